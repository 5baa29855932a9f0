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


from academy.reports.web import board, home, prints, runs, trail, worklist  # noqa: E402, F401 - the views register on the blueprint
