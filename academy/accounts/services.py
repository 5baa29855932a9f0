"""Every write of accounts."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from academy.accounts import messages, queries
from academy.accounts.models import PasswordReset, RoleGrant, User
from academy.accounts.policies import can_manage_users
from academy.accounts.rules import RESET_VALID_FOR, locked_until, normalized_email, password_problem
from academy.config import settings
from academy.core.access import Actor, Grant, Role
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, Text
from academy.notifications.services import plan

CONSENT_VERSION = "2026-11"


class EmailIsTaken(Conflict):
    """Somebody signs in with this address already."""

    message = N_("这个邮箱已经有账号了。")
    next_step = N_("请直接登录；忘了密码可以用邮箱重设。")


class PasswordIsWeak(Invalid):
    """The new password is refused."""

    message = N_("%(problem)s")


class SignInRefused(Invalid):
    """Wrong address or wrong password: the answer is the same for both."""

    message = N_("邮箱或密码不对。")
    next_step = N_("请再试一次；连续 5 次不对会暂停 15 分钟。")


class SignInIsLocked(Conflict):
    """Too many wrong passwords in a row."""

    message = N_("连续多次密码不对，登录已暂停到 %(until)s。")
    next_step = N_("到时再试，或用邮箱重设密码，重设后立即可用。")


class ResetLinkIsInvalid(Invalid):
    """The reset link is unknown, used or has lapsed."""

    message = N_("这个重设链接已经用过或过期了，密码没有改动。")
    next_step = N_("请重新申请一封重设邮件。")


class LastAdministrator(Conflict):
    """The academy would be left without an administrator."""

    message = N_("这是最后一位管理员，不能收回这个角色。")
    next_step = N_("请先给另一个人管理员角色。")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's Argon2id minimum


@cache
def _decoy_hash() -> str:
    """Checked for an unknown address, so that a miss takes as long as a hit."""
    return _hasher().hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Argon2id with salt and parameters in the result."""
    return _hasher().hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def create_user(
    *,
    email: str,
    name_zh: str,
    roles: Iterable[Grant],
    password: str | None,
    actor: Actor,
    now: datetime,
    locale: str = "zh_Hans",
) -> User:
    """Make an account. Without a password the person sets one through the reset mail."""
    address = normalized_email(email)
    if queries.find_user_by_email(address) is not None:
        raise EmailIsTaken
    if password is not None:
        _require_strong(password, address)
    user = User(
        code=random_code16(),
        email=address,
        name_zh=name_zh.strip(),
        locale=locale,
        password_hash=hash_password(password or secrets.token_urlsafe(32)),
        created_at=now,
        grants=[RoleGrant(role=grant.role, organization_id=grant.organization_id) for grant in roles],
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as error:  # somebody signed up with it between our look and our write
        raise EmailIsTaken from error
    record(actor, "accounts.user_created", f"user:{user.code}", now=now, after={"roles": [g.role.value for g in roles]})
    return user


def sign_up(*, email: str, name_zh: str, password: str, locale: str, now: datetime) -> User:
    """A learner makes her own account, having agreed to the privacy notice in force."""
    newcomer = Actor(user_id=None, name=name_zh)
    user = create_user(
        email=email, name_zh=name_zh, roles=[Grant(Role.LEARNER)], password=password, actor=newcomer, now=now, locale=locale
    )
    user.consent_version = CONSENT_VERSION
    facts = {"name": user.name_zh, "academy": settings().academy_name_zh}
    plan(reason=messages.WELCOME, recipient=messages.recipient_of(user), facts=facts, key=user.code, now=now)
    return user


def _require_strong(password: str, email: str) -> None:
    problem = password_problem(password, email)
    if problem:
        raise PasswordIsWeak(problem=Text(problem))


def check_password(*, email: str, password: str, now: datetime) -> tuple[User | None, datetime | None]:
    """The user when the password is right, and until when sign-in is locked. Counts failures; the caller commits."""
    user = queries.find_user_by_email(email)
    if user is None or not user.is_active:
        _matches(_decoy_hash(), password)
        return None, None
    if user.locked_until and user.locked_until > now:
        return None, user.locked_until
    if _matches(user.password_hash, password):
        user.failures, user.locked_until = 0, None
        record(_as_actor(user), "accounts.signed_in", f"user:{user.code}", now=now)
        return user, None
    return None, _count_failure(user, now)


def _count_failure(user: User, now: datetime) -> datetime | None:
    failures = db.session.execute(
        update(User).where(User.id == user.id).values(failures=User.failures + 1).returning(User.failures)
    ).scalar_one()
    until = locked_until(failures, now)
    if until:
        db.session.execute(update(User).where(User.id == user.id).values(locked_until=until))
        record(_as_actor(user), "accounts.sign_in_locked", f"user:{user.code}", now=now, after={"failures": failures})
    return until


def _as_actor(user: User) -> Actor:
    return Actor(user.id, user.name_zh)


def request_password_reset(*, email: str, now: datetime) -> None:
    """Mail a reset link if the address has an account; the caller's answer is the same either way."""
    user = queries.find_user_by_email(email)
    if user is None or not user.is_active:
        return
    token = secrets.token_urlsafe(32)
    reset = PasswordReset(user_id=user.id, token_hash=_token_hash(token), expires_at=now + RESET_VALID_FOR)
    db.session.add(reset)
    facts = {"name": user.name_zh, "until": reset.expires_at, "address": f"{settings().address}/password/{token}"}
    plan(
        reason=messages.PASSWORD_RESET,
        recipient=messages.recipient_of(user),
        facts=facts,
        key=reset.token_hash[:16],
        now=now,
    )
    record(_as_actor(user), "accounts.password_reset_requested", f"user:{user.code}", now=now)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def reset_password(*, token: str, password: str, now: datetime) -> User:
    """Set a new password by a mailed link, once. Ends every session and any lock."""
    reset = queries.find_valid_reset(_token_hash(token), now)
    if reset is None:
        raise ResetLinkIsInvalid
    user = queries.get_user(reset.user_id)
    _require_strong(password, user.email)
    taken = db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.id == reset.id, PasswordReset.used_at.is_(None))
        .values(used_at=now)
        .returning(PasswordReset.id)
    ).one_or_none()
    if taken is None:
        raise ResetLinkIsInvalid
    _set_password(user, password)
    record(_as_actor(user), "accounts.password_reset", f"user:{user.code}", now=now)
    return user


def _set_password(user: User, password: str) -> None:
    user.password_hash = hash_password(password)
    user.session_version += 1
    user.failures, user.locked_until = 0, None


def sign_out_everywhere(*, user_id: int, actor: Actor, now: datetime) -> None:
    """End every session of a user."""
    user = queries.get_user(user_id)
    user.session_version += 1
    record(actor, "accounts.signed_out_everywhere", f"user:{user.code}", now=now)


def set_roles(*, user_id: int, grants: Iterable[Grant], actor: Actor, now: datetime) -> User:
    """Replace a user's roles. The academy keeps at least one administrator."""
    if not can_manage_users(actor):
        raise Forbidden
    queries.lock_roles(user_id)
    user = queries.get_user(user_id)
    wanted = set(grants)
    before = sorted(g.role.value for g in user.grants)
    loses_administrator = "administrator" in before and Grant(Role.ADMINISTRATOR) not in wanted
    if loses_administrator and len(queries.users_with_role(Role.ADMINISTRATOR)) == 1:
        raise LastAdministrator
    kept = [g for g in user.grants if Grant(g.role, g.organization_id) in wanted]
    held = {Grant(g.role, g.organization_id) for g in kept}
    for gone in [g for g in user.grants if g not in kept]:
        db.session.delete(gone)
    user.grants = kept + [RoleGrant(role=g.role, organization_id=g.organization_id) for g in sorted(wanted - held)]
    after = sorted(g.role.value for g in user.grants)
    record(actor, "accounts.roles_changed", f"user:{user.code}", now=now, before={"roles": before}, after={"roles": after})
    return user


def set_active(*, user_id: int, is_active: bool, reason: str, actor: Actor, now: datetime) -> User:
    """Close or reopen an account; closing ends its sessions."""
    if not can_manage_users(actor) or actor.user_id == user_id:
        raise Forbidden
    user = queries.get_user(user_id)
    user.is_active = is_active
    user.session_version += 1
    action = "accounts.user_reopened" if is_active else "accounts.user_closed"
    record(actor, action, f"user:{user.code}", now=now, reason=reason)
    return user
