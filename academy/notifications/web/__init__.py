"""The browser door of the message ledger: everybody's inbox, and the operator's queue."""

from flask import Blueprint, Flask

from academy.core.access import Actor
from academy.notifications import queries

blueprint = Blueprint("notifications", __name__, template_folder="../templates")


def _unread(actor: Actor) -> int:
    return queries.unread_count(actor.user_id) if actor.user_id is not None else 0


def install(app: Flask) -> None:
    """Give the navigation its number."""
    app.extensions["navigation.counts"]["unread"] = _unread


from academy.notifications.web import inbox, manage  # noqa: E402, F401 - the views register on the blueprint
