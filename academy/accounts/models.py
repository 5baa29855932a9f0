"""Tables of accounts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.accounts.rules import OrganizationKind
from academy.core.access import Role
from academy.core.db import Base, UtcDateTime, state_type


class User(Base):
    """A person who can sign in. E-mail is kept lower case and is unique."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(10), default="zh_Hans")
    password_hash: Mapped[str] = mapped_column(String(255))
    session_version: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_version: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    grants: Mapped[list["RoleGrant"]] = relationship(order_by="RoleGrant.id", lazy="selectin")


class RoleGrant(Base):
    """A role of a user, bound to an organization or to the whole academy."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "organization_id", name="uq_role_grant_scope"),
        # NULL is never equal to NULL: a role for the whole academy needs an index of its own
        Index(
            "uq_role_grant_academy",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("organization_id IS NULL"),
            postgresql_where=text("organization_id IS NULL"),
        ),
        CheckConstraint("role <> 'organization_coordinator' OR organization_id IS NOT NULL", name="coordinator_has_scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Role] = mapped_column(state_type(Role, 40))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))


class PasswordReset(Base):
    """A mailed link with which a password may be set once. Only the hash of its token is kept."""

    __tablename__ = "password_reset"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Division(Base):
    """An administrative area by its six-digit code (GB/T 2260)."""

    __tablename__ = "division"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    pinyin: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(12))
    type: Mapped[str] = mapped_column(String(30))
    parent_code: Mapped[str] = mapped_column(String(6), index=True)
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class Organization(Base):
    """A university, institute, social organization or work unit linked to the academy."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    kind: Mapped[OrganizationKind] = mapped_column(state_type(OrganizationKind, 30), index=True)
    division_code: Mapped[str | None] = mapped_column(ForeignKey("division.code"))
    uscc: Mapped[str | None] = mapped_column(String(18))
    contact_zh: Mapped[str] = mapped_column(String(60), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    named_in_source: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_fictional: Mapped[bool] = mapped_column(default=False, server_default=false())


class PersonType(Base):
    """One of the 12 kinds of people that the academy serves, in 3 groups."""

    __tablename__ = "person_type"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    group_code: Mapped[str] = mapped_column(String(4))
    group_zh: Mapped[str] = mapped_column(String(40))
    group_en: Mapped[str] = mapped_column(String(60))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
