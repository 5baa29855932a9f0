"""The browser door of the sites."""

from flask import Blueprint

blueprint = Blueprint("sites", __name__, template_folder="../templates")

from academy.sites.web import views  # noqa: E402, F401 - the views register on the blueprint
