"""The browser door of scoring."""

from flask import Blueprint, Flask

blueprint = Blueprint(
    "scoring", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static/scoring"
)

from academy.scoring.web import (  # noqa: E402 - the views register themselves
    appeal_desk,  # noqa: F401
    appeals,  # noqa: F401
    manage,  # noqa: F401
    marking,
    marking_board,  # noqa: F401
    results,
)


def install(app: Flask) -> None:
    """Let the pages of exams show a learner's results, and the navigation how many scripts wait for a marker."""
    app.extensions["exams.results"] = results.links_of_learner
    app.extensions["navigation.counts"]["marking"] = marking.waiting
