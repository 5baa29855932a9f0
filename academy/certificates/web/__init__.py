"""The browser door of certificates."""

from flask import Blueprint, Flask

blueprint = Blueprint("certificates", __name__, template_folder="../templates")

from academy.certificates.web import manage, mine, public, statements, touched  # noqa: E402, F401 - the views register on the blueprint


def install(app: Flask) -> None:
    """Show annual statements on the pages of hours, and on those of scoring the certificates that a change touches."""
    app.extensions["attendance.statements"] = statements.lines_of
    app.extensions["scoring.certificates"] = touched.certificates_touched
