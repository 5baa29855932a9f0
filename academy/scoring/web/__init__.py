"""The browser door of scoring."""

from flask import Blueprint, Flask

blueprint = Blueprint("scoring", __name__, template_folder="../templates")

from academy.scoring.web import analysis, changes, holds, manage, mine, passing, results, similarity, standards  # noqa: E402, F401 - views register
from academy.scoring.web.hooks import CERTIFICATES, NO_CERTIFICATES  # noqa: E402


def install(app: Flask) -> None:
    """Let the pages of exams show a learner's results; leave the place where certificates say what rests on them."""
    app.extensions["exams.results"] = results.links_of_learner
    app.extensions.setdefault(CERTIFICATES, NO_CERTIFICATES)
