"""Every read of accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from academy.accounts.models import Division, Organization, PasswordReset, PersonType, RoleGrant, User
from academy.accounts.rules import OrganizationKind, normalized_email
from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """What a request needs of the person who makes it, read in one statement."""

    actor: Actor
    email: str
    locale: str
    session_version: int


_SIGNED_IN = (
    select(
        User.name_zh,
        User.email,
        User.locale,
        User.session_version,
        RoleGrant.role,
        RoleGrant.organization_id,
    )
    .outerjoin(RoleGrant, RoleGrant.user_id == User.id)
    .where(User.is_active, User.id == bindparam("user_id"))
)


def find_signed_in_user(user_id: int) -> SignedInUser | None:
    """The active user with roles, as the guard needs them."""
    rows = db.session.connection().execute(_SIGNED_IN, {"user_id": user_id}).all()
    if not rows:
        return None
    grants = frozenset(Grant(row.role, row.organization_id) for row in rows if row.role)
    first = rows[0]
    return SignedInUser(Actor(user_id, first.name_zh, grants), first.email, first.locale, first.session_version)


def get_user(user_id: int) -> User:
    """A user by id. Raises NotFound."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def get_user_by_code(code: str) -> User:
    """A user by the code in the address. Raises NotFound."""
    user = db.session.scalars(select(User).where(User.code == code)).one_or_none()
    if user is None:
        raise NotFound
    return user


def find_user_by_email(email: str) -> User | None:
    """A user by e-mail, however it is written."""
    return db.session.scalars(select(User).where(User.email == normalized_email(email))).one_or_none()


def find_valid_reset(token_hash: str, now: datetime) -> PasswordReset | None:
    """An unused reset link that has not lapsed."""
    return db.session.scalars(
        select(PasswordReset).where(
            PasswordReset.token_hash == token_hash, PasswordReset.used_at.is_(None), PasswordReset.expires_at > now
        )
    ).one_or_none()


def lock_roles(user_id: int) -> None:
    """Hold a user and every administrator until the end of the transaction, in the order of their ids."""
    holders = select(RoleGrant.user_id).where(RoleGrant.role == Role.ADMINISTRATOR)
    wanted = select(User.id).where(or_(User.id == user_id, User.id.in_(holders)))
    db.session.execute(wanted.order_by(User.id).with_for_update())


def users_with_role(role: Role) -> list[User]:
    """Active users who hold a role, whatever it is bound to."""
    holders = select(RoleGrant.user_id).where(RoleGrant.role == role)
    return list(db.session.scalars(select(User).where(User.is_active, User.id.in_(holders)).order_by(User.id)))


def coordinators_of(organization_id: int) -> list[User]:
    """Active users who speak for an organization."""
    holders = select(RoleGrant.user_id).where(
        RoleGrant.role == Role.ORGANIZATION_COORDINATOR, RoleGrant.organization_id == organization_id
    )
    return list(db.session.scalars(select(User).where(User.is_active, User.id.in_(holders)).order_by(User.id)))


def users(*, search: str = "", role: Role | None = None, limit: int = 50, offset: int = 0) -> tuple[list[User], int]:
    """A page of users by name, and how many there are in all."""
    query = select(User)
    if search:
        like = f"%{search.strip().lower()}%"
        query = query.where(or_(func.lower(User.name_zh).like(like), User.email.like(like)))
    if role is not None:
        query = query.where(User.id.in_(select(RoleGrant.user_id).where(RoleGrant.role == role)))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(db.session.scalars(query.order_by(User.name_zh, User.id).limit(limit).offset(offset))), total


def users_by_ids(ids: Iterable[int]) -> dict[int, User]:
    """Users by id."""
    return {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(list(ids))))}


def organizations(kind: OrganizationKind | None = None) -> list[Organization]:
    """Organizations by code."""
    query = select(Organization).order_by(Organization.code)
    return list(db.session.scalars(query.where(Organization.kind == kind) if kind else query))


def get_organization(code: str) -> Organization:
    """An organization by its code. Raises NotFound."""
    organization = db.session.scalars(select(Organization).where(Organization.code == code)).one_or_none()
    if organization is None:
        raise NotFound
    return organization


def organizations_by_ids(ids: Iterable[int]) -> dict[int, Organization]:
    """Organizations by id."""
    found = db.session.scalars(select(Organization).where(Organization.id.in_(list(ids))))
    return {organization.id: organization for organization in found}


def organizations_by_code() -> dict[str, Organization]:
    """All organizations by code."""
    return {organization.code: organization for organization in organizations()}


def person_types() -> list[PersonType]:
    """The 12 person types in order."""
    return list(db.session.scalars(select(PersonType).order_by(PersonType.code)))


def divisions(level: str | None = None) -> list[Division]:
    """Divisions by code; `level` is province, city or county."""
    query = select(Division).order_by(Division.code)
    return list(db.session.scalars(query.where(Division.level == level) if level else query))


def find_division(code: str) -> Division | None:
    """A division by code."""
    return db.session.get(Division, code)
