"""The browser door of scoring."""

from flask import Blueprint, Flask

blueprint = Blueprint("scoring", __name__, template_folder="../templates")

from academy.scoring.web import manage, practice, results  # noqa: E402, F401 - the views register themselves


def install(app: Flask) -> None:
    """Let the pages of exams show a learner's results."""
    app.extensions["exams.results"] = results.links_of_learner
