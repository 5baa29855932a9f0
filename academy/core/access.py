"""Who acts, and which views they may enter. Closed by default: an undeclared view answers 403."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a person may be here; a coordinator's role is bound to one organization."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    CLASS_MANAGER = "class_manager"
    CERTIFICATE_OFFICER = "certificate_officer"
    ORGANIZATION_COORDINATOR = "organization_coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Grant(NamedTuple):
    """A role, and the organization it is bound to (None: the whole academy)."""

    role: Role
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a signed-in person, the system, or nobody we know."""

    user_id: int | None
    name: str
    grants: frozenset[Grant] = frozenset()
    is_system: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The person's roles, whatever they are bound to."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def organizations(self) -> frozenset[int]:
        """The organizations for which the person coordinates."""
        return frozenset(
            grant.organization_id
            for grant in self.grants
            if grant.role is Role.ORGANIZATION_COORDINATOR and grant.organization_id is not None
        )

    def has(self, *roles: Role) -> bool:
        """Whether the person holds one of the roles. The system holds all of them."""
        return self.is_system or any(grant.role in roles for grant in self.grants)


SYSTEM = Actor(user_id=None, name="系统", is_system=True)
ANONYMOUS = Actor(user_id=None, name="")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may enter a view: everybody, whoever is signed in, or holders of a role."""

    is_public: bool = False
    roles: frozenset[Role] = frozenset()


def public(view: View) -> View:
    """Anybody may enter."""
    return _declare(view, AccessRule(is_public=True))


def signed_in(view: View) -> View:
    """Whoever has signed in may enter."""
    return _declare(view, AccessRule())


def allow(*roles: Role) -> Callable[[View], View]:
    """Only holders of one of these roles may enter."""
    return lambda view: _declare(view, AccessRule(roles=frozenset(roles)))


def _declare(view: View, rule: AccessRule) -> View:
    view.access_rule = rule  # type: ignore[attr-defined]  # a mark on the function, read by the guard
    return view


def access_rule(endpoint: str) -> AccessRule | None:
    """The rule that a view declared, None if it declared none."""
    return getattr(current_app.view_functions.get(endpoint), "access_rule", None)


def current_actor() -> Actor:
    """Who makes this request. For doors only."""
    actor: Actor = current_user.actor if current_user.is_authenticated else ANONYMOUS
    return actor


def wants_json() -> bool:
    """Whether the request came through the JSON door."""
    return request.path.startswith("/api/")


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static" or request.endpoint.endswith(".static"):
        return None
    rule = access_rule(request.endpoint)
    if rule is None:
        abort(403)
    if rule.is_public:
        return None
    if not current_user.is_authenticated:
        if wants_json():
            abort(401)
        return redirect(url_for("accounts.sign_in", next=request.full_path if request.method == "GET" else None))
    if rule.roles and not current_user.actor.has(*rule.roles):
        abort(403)
    return None


def install_guard(app: Flask) -> None:
    """Ask the guard before every request."""
    app.before_request(_guard)
