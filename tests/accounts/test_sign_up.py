"""A learner makes her own account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts import services
from academy.accounts.models import User
from academy.accounts.rules import password_problem
from academy.core.access import Role
from academy.core.db import transaction
from tests.accounts.factories import make_user
from tests.conftest import NOW, LiveApp

GOOD = {"name_zh": "李𬀩", "email": "New@Example.org", "password": "风吹麦浪一层层", "consent": "y"}


@pytest.fixture
def good() -> dict[str, str]:
    return {**GOOD, "password": "风吹麦浪一层又一层层"}


def test_she_is_a_learner_and_signed_in(client: Any, session: Session, good: dict[str, str]) -> None:
    assert client.post_form("/sign-up", good).status_code == 302
    user = session.scalars(select(User).where(User.email == "new@example.org")).one()
    assert [grant.role for grant in user.grants] == [Role.LEARNER]
    assert user.consent_version == services.CONSENT_VERSION
    assert client.get("/me").status_code == 200


def test_an_address_is_used_once_however_it_is_written(client: Any, good: dict[str, str]) -> None:
    make_user(Role.LEARNER, email="new@example.org")
    answer = client.post_form("/sign-up", good)
    assert answer.status_code == 422
    assert "已经有账号" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name_zh", "", "请填写姓名"),
        ("name_zh", "a\nb", "换行"),
        ("name_zh", "长" * 61, "60"),
        ("email", "not-an-address", "写得不对"),
        ("password", "short", "至少 10 个字符"),
        ("password", "aaaaaaaaaaaa", "太容易"),
        ("consent", "", "先同意"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_kept(
    client: Any, good: dict[str, str], field: str, value: str, words: str
) -> None:
    data = {k: v for k, v in {**good, field: value}.items() if v}
    answer = client.post_form("/sign-up", data)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_password_like_the_address_is_refused() -> None:
    assert password_problem("sunting2026", "sunting2026@example.org")


def test_it_cannot_make_an_administrator(client: Any, session: Session, good: dict[str, str]) -> None:
    client.post_form("/sign-up", {**good, "roles": "administrator", "role": "administrator"})
    user = session.scalars(select(User).where(User.email == "new@example.org")).one()
    assert [grant.role for grant in user.grants] == [Role.LEARNER]


def test_two_at_once_make_one_account(session: Session, now: datetime) -> None:
    with transaction():
        services.sign_up(email="twice@example.org", name_zh="甲", password="一二三四五六七八九十", locale="zh_Hans", now=now)
    with pytest.raises(services.EmailIsTaken), transaction():
        services.sign_up(email="TWICE@example.org", name_zh="乙", password="一二三四五六七八九十", locale="zh_Hans", now=now)


@pytest.mark.parallel
def test_pressing_twice_at_once_makes_one_account(live_app: LiveApp) -> None:
    def press(_number: int) -> bool:
        with live_app.app.app_context():
            try:
                with transaction():
                    services.sign_up(
                        email="new@example.org", name_zh="李𬀩", password="风吹麦浪一层又一层层", locale="zh_Hans", now=NOW
                    )
            except services.EmailIsTaken:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(press, range(6))) == 1
