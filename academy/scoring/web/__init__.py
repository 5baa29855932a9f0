"""The browser door of scoring."""

from flask import Blueprint, Flask

blueprint = Blueprint(
    "scoring", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static/scoring"
)

from academy.scoring.web import (  # noqa: E402, F401 - views register
    analysis,
    appeal_desk,
    appeals,
    changes,
    holds,
    manage,
    marking,
    marking_board,
    mine,
    passing,
    practice,
    results,
    similarity,
    standards,
)
from academy.scoring.web.hooks import CERTIFICATES, NO_CERTIFICATES  # noqa: E402


def install(app: Flask) -> None:
    """Let exams show a learner's results, certificates say what rests on them, the navigation what waits for a marker."""
    app.extensions["exams.results"] = results.links_of_learner
    app.extensions.setdefault(CERTIFICATES, NO_CERTIFICATES)
    app.extensions["navigation.counts"]["marking"] = marking.waiting
