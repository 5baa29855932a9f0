"""The browser door of reports: start pages, work list, board, audit trail, reports."""

from flask import Blueprint, Flask

from academy.core.access import Actor
from academy.core.clock import now
from academy.reports.queries import worklist as waiting
from academy.reports.rules.worklist import kinds_for

blueprint = Blueprint("reports", __name__, template_folder="../templates")


def _waiting(actor: Actor) -> int:
    return waiting.waiting_count(kinds_for(actor.roles), now())


def install(app: Flask) -> None:
    """Give the navigation its number."""
    app.extensions["navigation.counts"]["waiting"] = _waiting


from academy.reports.web import (  # noqa: E402 - the views register on the blueprint
    board,  # noqa: F401
    exam_prints,  # noqa: F401
    home,  # noqa: F401
    prints,  # noqa: F401
    runs,  # noqa: F401
    trail,  # noqa: F401
    worklist,  # noqa: F401
)
