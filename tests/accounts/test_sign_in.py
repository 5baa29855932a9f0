"""Signing in: the right password, the wrong ones, and what an attacker learns."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts import services
from academy.accounts.models import User
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from tests.accounts.factories import PASSWORD, make_user

WRONG = "不是这把钥匙也打不开"


def _try(email: str, password: str, now: datetime) -> tuple[User | None, datetime | None]:
    with transaction():
        return services.check_password(email=email, password=password, now=now)


def test_the_right_password_signs_in(client: Any) -> None:
    user = make_user(Role.LEARNER)
    answer = client.post_form("/sign-in", {"email": user.email.upper(), "password": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/")
    shown = client.get("/me").text
    assert "我的账号" in shown
    assert "/me/profile" in shown
    assert "d-lg-none" not in shown


def test_what_the_bar_of_a_phone_leaves_out_stands_on_ones_own_page(client: Any) -> None:
    user = make_user(Role.ADMINISTRATOR)
    client.post_form("/sign-in", {"email": user.email, "password": PASSWORD})
    below = client.get("/me").text.partition("d-lg-none")[2].partition("</nav>")[0]
    for path in ("/board", "/reports", "/manage/messages", "/manage/users"):
        assert f'href="{path}"' in below


def test_a_wrong_password_says_the_same_as_an_unknown_address(client: Any) -> None:
    user = make_user(Role.LEARNER)
    wrong = client.post_form("/sign-in", {"email": user.email, "password": WRONG})
    unknown = client.post_form("/sign-in", {"email": "nobody@example.org", "password": WRONG})
    assert wrong.status_code == unknown.status_code == 422
    assert "邮箱或密码不对" in wrong.text
    assert "邮箱或密码不对" in unknown.text


def test_the_fifth_wrong_password_locks_for_a_quarter_of_an_hour(session: Session, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    outcomes = [_try(user.email, WRONG, now)[1] for _ in range(5)]
    assert outcomes == [None, None, None, None, now + timedelta(minutes=15)]
    assert _try(user.email, PASSWORD, now) == (None, now + timedelta(minutes=15))
    after = now + timedelta(minutes=15, seconds=1)
    assert _try(user.email, PASSWORD, after)[0] is not None


def test_failures_are_kept_although_the_sign_in_fails(session: Session, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    _try(user.email, WRONG, now)
    session.expire_all()
    assert session.get_one(User, user.id).failures == 1


def test_a_closed_account_cannot_sign_in(session: Session, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    user.is_active = False
    session.commit()
    assert _try(user.email, PASSWORD, now) == (None, None)


def test_signing_in_leaves_an_audit_row(session: Session, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    _try(user.email, PASSWORD, now)
    rows = session.scalars(select(AuditRow.action).where(AuditRow.subject == f"user:{user.code}")).all()
    assert rows == ["accounts.signed_in"]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "/%09/evil.example",
        "//[evil",
        "http://[evil",
        "/%0D%0AX-Evil:1",
    ],
)
def test_it_does_not_lead_away_from_the_site(client: Any, target: str) -> None:
    user = make_user(Role.LEARNER)
    answer = client.post_form(f"/sign-in?next={target}", {"email": user.email, "password": PASSWORD}, page="/sign-in")
    assert answer.location == "/"


def test_it_leads_back_to_where_the_person_wanted_to_go(client: Any) -> None:
    user = make_user(Role.LEARNER)
    wanted = client.get("/me")
    assert wanted.location.startswith("/sign-in?next=/me")
    answer = client.post_form(wanted.location, {"email": user.email, "password": PASSWORD})
    assert answer.location.startswith("/me")


def test_a_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": "a@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert "没有提交" in answer.text


def test_signing_out_everywhere_ends_other_sessions(client: Any, sign_in: Callable[..., None]) -> None:
    user = make_user(Role.LEARNER)
    sign_in(client, user)
    other = client.application.test_client()
    sign_in(other, user)
    client.post_form("/me/sign-out-everywhere", page="/me")
    assert other.get("/me").status_code == 302


@pytest.mark.parametrize(
    "data", [{}, {"email": "x"}, {"email": "a" * 400 + "@example.org", "password": "p"}, {"email": "\x00", "password": "\x00"}]
)
def test_odd_input_is_explained(client: Any, data: dict[str, str]) -> None:
    answer = client.post_form("/sign-in", data)
    assert answer.status_code == 422
    assert "处要改" in answer.text


def test_cookies_are_closed_to_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
