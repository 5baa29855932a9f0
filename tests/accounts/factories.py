"""Users for tests."""

import secrets
from datetime import UTC, datetime
from functools import cache

from academy.accounts.models import Organization, RoleGrant, User
from academy.accounts.rules import OrganizationKind
from academy.accounts.services import hash_password
from academy.core.access import Actor, Grant, Role
from academy.core.codes import random_code16
from academy.core.db import db

PASSWORD = "一把钥匙开一把锁"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def _hash() -> str:
    return hash_password(PASSWORD)


def make_user(*roles: Role, email: str | None = None, name: str = "孙婷婷", organization: Organization | None = None) -> User:
    """A user whose password is PASSWORD; flushed and committed within the test."""
    user = User(
        code=random_code16(),
        email=email or f"{secrets.token_hex(6)}@example.org",
        name_zh=name,
        password_hash=_hash(),
        created_at=EPOCH,
        grants=[
            RoleGrant(role=r, organization_id=organization.id if organization and r is Role.ORGANIZATION_COORDINATOR else None)
            for r in roles
        ],
    )
    db.session.add(user)
    db.session.commit()
    return user


def make_organization(code: str | None = None, kind: OrganizationKind = OrganizationKind.WORK_UNIT) -> Organization:
    """A work unit."""
    organization = Organization(code=code or f"WU-{secrets.token_hex(3)}", name_zh="滨城区蒲湖街道办事处（演示）", kind=kind)
    db.session.add(organization)
    db.session.commit()
    return organization


def actor_of(user: User) -> Actor:
    """The user as an actor."""
    return Actor(user.id, user.name_zh, frozenset(Grant(g.role, g.organization_id) for g in user.grants))
