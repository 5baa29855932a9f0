"""Resetting a password by mail: once, in time, and without telling who has an account."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts import services
from academy.core.access import Role
from academy.core.db import transaction
from academy.notifications.models import Message
from tests.accounts.factories import PASSWORD, make_user

NEW = "换了一把新的钥匙开新锁"


@pytest.fixture
def token(session: Session, now: datetime) -> str:
    """The token of a mailed link."""
    user = make_user(Role.LEARNER, email="reset@example.org")
    with transaction():
        services.request_password_reset(email=user.email, now=now)
    message = session.scalars(select(Message).where(Message.channel == "email", Message.email == user.email)).one()
    found = re.search(r"/password/([\w-]+)", message.facts["address"])
    assert found
    return found.group(1)


def _reset(token: str, now: datetime, password: str = NEW) -> None:
    with transaction():
        services.reset_password(token=token, password=password, now=now)


def test_the_link_sets_a_password_and_ends_sessions(token: str, session: Session, now: datetime) -> None:
    _reset(token, now)
    with transaction():
        user, _ = services.check_password(email="reset@example.org", password=NEW, now=now)
    assert user is not None
    assert user.session_version == 2


def test_the_link_works_once(token: str, now: datetime) -> None:
    _reset(token, now)
    with pytest.raises(services.ResetLinkIsInvalid):
        _reset(token, now)


def test_the_link_lapses_after_an_hour(token: str, now: datetime) -> None:
    with pytest.raises(services.ResetLinkIsInvalid):
        _reset(token, now + timedelta(minutes=61))


def test_a_weak_password_leaves_the_link_usable(token: str, now: datetime) -> None:
    with pytest.raises(services.PasswordIsWeak):
        _reset(token, now, "1234567890"[:9])
    _reset(token, now)


def test_a_locked_account_is_open_again(token: str, session: Session, now: datetime) -> None:
    for _ in range(5):
        with transaction():
            services.check_password(email="reset@example.org", password="wrong wrong wrong", now=now)
    _reset(token, now)
    with transaction():
        assert services.check_password(email="reset@example.org", password=NEW, now=now)[0] is not None


def test_the_answer_does_not_tell_who_has_an_account(client: Any) -> None:
    make_user(Role.LEARNER, email="known@example.org")
    known = client.post_form("/password", {"email": "known@example.org"}, follow_redirects=True)
    unknown = client.post_form("/password", {"email": "unknown@example.org"}, follow_redirects=True)
    hide = re.compile(r'value="[^"]+"')
    assert hide.sub("", known.text) == hide.sub("", unknown.text)


def test_an_invented_link_is_refused_with_the_next_step(client: Any) -> None:
    answer = client.post_form("/password/" + "x" * 43, {"password": PASSWORD})
    assert answer.status_code == 422
    assert "重新申请" in answer.text
