"""The browser door of enrollment: the page of one class with its why and why-not, one's own classes, a class's people."""

from flask import Blueprint

blueprint = Blueprint("enrollment", __name__, template_folder="../templates")

from academy.enrollment.web import apply, choices, mine, people, previews, rounds  # noqa: E402, F401 - the views register on the blueprint
