"""The browser door of sites."""

from flask import Blueprint

blueprint = Blueprint("sites", __name__, template_folder="../templates")
