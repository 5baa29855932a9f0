"""The browser door of accounts."""

from flask import Blueprint
from flask_login import UserMixin

from academy.accounts import queries
from academy.core.access import Actor
from academy.core.extensions import login_manager

blueprint = Blueprint("accounts", __name__, template_folder="../templates")


class SessionUser(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The signed-in person as Flask-Login knows her; the session names the user and the session version."""

    def __init__(self, actor: Actor, email: str, session_version: int) -> None:
        self.actor = actor
        self.email = email
        self.id = f"{actor.user_id}.{session_version}"


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def load_user(session_id: str) -> SessionUser | None:
    """The user of a session, unless the account was closed or its sessions were ended."""
    user_id, _, version = session_id.partition(".")
    found = queries.find_signed_in_user(int(user_id)) if user_id.isdigit() else None
    if found is None or str(found.session_version) != version:
        return None
    return SessionUser(found.actor, found.email, found.session_version)


from academy.accounts.web import entry, me, organizations, users  # noqa: E402, F401 - the views register on the blueprint

organizations.register(blueprint)
