"""The browser door of exams."""

from flask import Blueprint, Flask

blueprint = Blueprint(
    "exams", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static/exams"
)

from academy.exams.web import (  # noqa: E402 - the views register themselves
    bank,  # noqa: F401
    imports,  # noqa: F401
    manage,  # noqa: F401
    mine,  # noqa: F401
    paper,  # noqa: F401
    papers,  # noqa: F401
    practice,  # noqa: F401
    seating,  # noqa: F401
    slots,  # noqa: F401
    watching,  # noqa: F401
)
from academy.exams.web.hooks import NO_RESULTS, RESULTS  # noqa: E402


def install(app: Flask) -> None:
    """Leave the place where scoring says what a learner's results are."""
    app.extensions.setdefault(RESULTS, NO_RESULTS)
