"""The inbox is one's own; the queue is for those who look after it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from academy.config import settings
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.outbox import drain
from academy.notifications import queries, services
from academy.notifications.models import Message
from academy.notifications.rules import Channel, MessageState
from tests.accounts.factories import actor_of, make_user
from tests.conftest import ContextClient
from tests.notifications.factories import ONE_TIME, plan, stranger, to

SignIn = Callable[[ContextClient, Any], None]
Client = ContextClient


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Letters become files of this test."""
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    monkeypatch.delenv("MAIL_URL", raising=False)
    settings.cache_clear()
    yield tmp_path / "mail"
    monkeypatch.undo()
    settings.cache_clear()


def _message(session: Session, channel: Channel = Channel.EMAIL) -> Message:
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == channel)).one()


def test_a_message_is_read_where_it_points(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    plan(to(user), now)
    sign_in(client, user)
    page = client.get("/inbox").get_data(as_text=True)
    assert "1 条消息没有看" in page
    assert "您已被录取：社区议事" in page
    assert "2026年12月7日（周一）" in page
    code = _message(session, Channel.IN_APP).code
    answer = client.post_form(f"/inbox/{code}/open", page="/inbox")
    assert answer.headers["Location"] == "/classes/XA-2026-015-03"
    assert queries.unread_count(user.id) == 0
    assert "消息都看过了" in client.get("/inbox").get_data(as_text=True)


def test_everything_is_marked_read_at_once_and_nobody_elses(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    user, other = make_user(Role.LEARNER), make_user(Role.LEARNER)
    for number in range(25):
        plan(to(user), now, key=str(number))
    plan(to(other), now)
    sign_in(client, user)
    assert "第 1—20 条，共 25 条" in client.get("/inbox").get_data(as_text=True)
    client.post_form("/inbox/read", page="/inbox")
    assert (queries.unread_count(user.id), queries.unread_count(other.id)) == (0, 1)


def test_another_persons_message_does_not_exist(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    owner, other = make_user(Role.LEARNER), make_user(Role.LEARNER)
    plan(to(owner), now)
    plan(to(other), now, key="mine")
    sign_in(client, other)
    code = next(m.code for m in queries.inbox(owner.id)[0])
    assert client.post_form(f"/inbox/{code}/open", page="/inbox").status_code == 404
    assert queries.unread_count(owner.id) == 1
    assert client.get("/manage/messages").status_code == 403


def test_the_reader_chooses_the_language(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    plan(to(user), now)
    sign_in(client, user)
    assert "7 Dec 2026" in client.get("/inbox?lang=en").get_data(as_text=True)


def test_a_letter_is_written_in_its_receivers_language(session: Session, folder: Path, now: datetime) -> None:
    plan(to(make_user(Role.LEARNER), "en"), now)
    drain(now=now)
    assert b"7 Dec 2026" in next(folder.iterdir()).read_bytes().replace(b"=\n", b"")


def test_the_operator_finds_reads_and_downloads_a_letter(
    session: Session, client: Client, sign_in: SignIn, now: datetime
) -> None:
    plan(stranger(), now)
    drain(now=now)
    sign_in(client, make_user(Role.ADMINISTRATOR))
    page = client.get("/manage/messages?q=王莎莎&group=sent").get_data(as_text=True)
    assert "您已被录取：社区议事" in page
    code = _message(session).code
    detail = client.get(f"/manage/messages/{code}").get_data(as_text=True)
    assert "wang@unit.example" in detail
    assert "2026年12月7日（周一） 开班" in detail
    mail = client.get(f"/manage/messages/{code}.eml")
    assert mail.mimetype == "message/rfc822"
    assert b"Message-ID" in mail.data
    assert "没有这样的邮件" in client.get("/manage/messages?q=nobody").get_data(as_text=True)


def test_a_one_time_address_is_not_shown_to_operators(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    plan(stranger(), now, reason=ONE_TIME)
    sign_in(client, make_user(Role.ADMINISTRATOR))
    code = _message(session).code
    for path in ("/manage/messages", f"/manage/messages/{code}"):
        assert "TOKEN" not in client.get(path).get_data(as_text=True)
    assert client.get(f"/manage/messages/{code}.eml").status_code == 404
    drain(now=now)
    assert client.get(f"/manage/messages/{code}").status_code == 200


def _lose(session: Session, state: MessageState) -> str:
    session.execute(update(Message).where(Message.channel == Channel.EMAIL).values(state=state))
    session.commit()
    return _message(session).code


@pytest.mark.parametrize("state", [MessageState.NOT_REACHED, MessageState.UNKNOWN])
def test_what_did_not_arrive_is_sent_again_once(
    session: Session, client: Client, sign_in: SignIn, folder: Path, now: datetime, state: MessageState
) -> None:
    plan(stranger(), now)
    code = _lose(session, state)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert "1 封邮件没有送到" in client.get("/manage/messages?group=lost").get_data(as_text=True)
    page = f"/manage/messages/{code}"
    token = client.token(page)
    for _ in range(2):
        client.post(f"{page}/resend", data={"csrf_token": token})
    drain(now=datetime.now(now.tzinfo))
    assert _message(session).state is MessageState.SENT
    assert len(list(folder.iterdir())) == 1
    assert len(session.scalars(select(AuditRow).where(AuditRow.action == "notifications.resent")).all()) == 1


def test_who_was_told_otherwise_leaves_the_list(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    plan(stranger(email=None), now)
    code = _message(session).code
    sign_in(client, make_user(Role.CERTIFICATE_OFFICER))
    client.post_form(f"/manage/messages/{code}/reached", page=f"/manage/messages/{code}")
    assert _message(session).state is MessageState.DELIVERED
    assert queries.not_reached_count() == 0


def test_what_has_arrived_is_not_sent_again(session: Session, now: datetime) -> None:
    plan(stranger(), now)
    drain(now=now)
    manager = actor_of(make_user(Role.ADMINISTRATOR))
    with pytest.raises(services.MessageCannotBeResent), transaction():
        services.resend(code=_message(session).code, actor=manager, now=now)
    plan(stranger(), now, reason=ONE_TIME, key="reset")
    one_time = session.scalars(select(Message).where(Message.is_one_time)).one()
    with pytest.raises(services.OneTimeLetterIsGone), transaction():
        services.resend(code=one_time.code, actor=manager, now=now)


def test_the_api_gives_ones_own_messages(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    user = make_user(Role.LEARNER)
    plan(to(user), now)
    assert client.get("/api/v1/me/messages").status_code == 401
    sign_in(client, user)
    answer = client.get("/api/v1/me/messages").get_json()
    assert (answer["total"], answer["unread"]) == (1, 1)
    assert answer["messages"][0]["subject"] == "您已被录取：社区议事"
    assert client.get("/api/v1/me/messages?limit=0").status_code == 422


@pytest.mark.parametrize("code", ["%00", "nothing", "长" * 300, "../../etc", "1.eml"])
def test_an_odd_address_of_a_letter_is_not_found(
    session: Session, client: Client, sign_in: SignIn, now: datetime, code: str
) -> None:
    sign_in(client, make_user(Role.ADMINISTRATOR))
    assert client.get(f"/manage/messages/{code}").status_code in (400, 404)
    assert client.get(f"/manage/messages/{code}.eml").status_code in (400, 404)
