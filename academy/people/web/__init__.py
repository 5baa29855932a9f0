"""The browser door of people."""

from flask import Blueprint

blueprint = Blueprint("people", __name__, template_folder="../templates")
