"""The browser door of enrollment: the page of one class with its why and why-not, one's own classes, a class's people."""

from flask import Blueprint, Flask

blueprint = Blueprint("enrollment", __name__, template_folder="../templates")

from academy.enrollment.web import apply, exports, imports, mine, people  # noqa: E402, F401 - the views register on the blueprint


def install(app: Flask) -> None:
    """Say where a roster that is for a class is shown."""
    app.extensions.setdefault("people.roster_pages", {})["class"] = imports.page_of_roster
