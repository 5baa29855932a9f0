"""The browser door of exams."""

from flask import Blueprint, Flask

blueprint = Blueprint(
    "exams", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static/exams"
)

from academy.exams.web import (  # noqa: E402, F401 - views register
    bank,
    blueprints,
    exports,
    imports,
    manage,
    materials,
    mine,
    paper,
    papers,
    practice,
    prints,
    questions,
    receipts,
    resume,
    review,
    seating,
    slots,
    watching,
)
from academy.exams.web.hooks import NO_RESULTS, RESULTS  # noqa: E402


def install(app: Flask) -> None:
    """Leave the place where scoring says what a learner's results are."""
    app.extensions.setdefault(RESULTS, NO_RESULTS)
