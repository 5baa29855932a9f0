"""The browser door of certificates."""

from flask import Blueprint

blueprint = Blueprint("certificates", __name__, template_folder="../templates")

from academy.certificates.web import manage, mine, public  # noqa: E402, F401 - the views register on the blueprint
