"""Reasons and recipients for tests."""

from datetime import date, datetime

from academy.accounts.models import User
from academy.accounts.services import create_user
from academy.core.access import SYSTEM, Grant, Role
from academy.core.db import transaction
from academy.core.text import N_
from academy.notifications import services
from academy.notifications.rules import Reason, Recipient

ADMITTED = Reason(
    code="test.admitted",
    subject=N_("您已被录取：%(title)s"),
    body=N_("您好，%(name)s：%(starts_on)s 开班。"),
    link="/classes/%(class_code)s",
)
ONE_TIME = Reason(code="test.one_time", subject=N_("重设密码"), body=N_("打开 %(address)s"), is_one_time=True)
FACTS = {"title": "社区议事", "name": "孙婷婷", "starts_on": date(2026, 12, 7), "class_code": "XA-2026-015-03"}


def make_user(email: str, now: datetime, role: Role = Role.LEARNER, name: str = "孙婷婷") -> User:
    """A user with one role, committed."""
    with transaction():
        return create_user(email=email, name_zh=name, roles=[Grant(role)], password=None, actor=SYSTEM, now=now)


def to(user: User, locale: str = "zh_Hans") -> Recipient:
    """A user as recipient."""
    return Recipient(user.id, user.email, user.name_zh, locale)


def stranger(email: str | None = "wang@unit.example", name: str = "王莎莎") -> Recipient:
    """Somebody without an account."""
    return Recipient(None, email, name)


def plan(recipient: Recipient, now: datetime, *, key: str = "E26-0001", reason: Reason = ADMITTED) -> None:
    """Plan the admission letter, committed."""
    facts = {"address": "https://academy.example/password/TOKEN"} if reason is ONE_TIME else FACTS
    with transaction():
        services.plan(reason=reason, recipient=recipient, facts=facts, key=key, now=now)
