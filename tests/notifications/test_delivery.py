"""A letter is handed over once, whatever the server answers."""

import email
import email.policy
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.config import settings
from academy.core.db import transaction
from academy.core.outbox import drain
from academy.notifications import delivery, queries, services, transport
from academy.notifications.models import Message
from academy.notifications.rules import CLAIM_HOLDS, MOST_TRIES, Channel, MessageState
from tests.notifications.factories import ONE_TIME, make_user, plan, stranger, to
from tests.notifications.smtp_server import smtp_server

LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait twenty seconds for a silent server."""
    monkeypatch.setattr(transport, "SECONDS", 0.4)


@pytest.fixture
def mail_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Send by this MAIL_URL; returns the folder that is used when it is empty."""

    def use(url: str) -> Path:
        monkeypatch.setenv("MAIL_URL", url)
        monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
        settings.cache_clear()
        return settings().mail_dir

    yield use
    monkeypatch.undo()
    settings.cache_clear()


def _email(session: Session) -> Message:
    session.expire_all()
    return session.scalars(select(Message).where(Message.channel == Channel.EMAIL)).one()


def test_a_letter_arrives_at_a_real_server_once(session: Session, now: datetime, mail_to: Callable[[str], Path]) -> None:
    plan(to(make_user("sun@demo.example", now)), now)
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now)
        drain(now=now + LATER)
        delivery.deliver(message_id=_email(session).id, now=now + LATER)
    assert len(server.mails) == 1
    assert server.envelopes[0][1].upper().startswith("RCPT TO:<SUN@DEMO.EXAMPLE>")
    message = _email(session)
    assert (message.state, message.answer) == (MessageState.SENT, "250 2.0.0 queued as TEST")
    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert mail["Subject"] == "您已被录取：社区议事"
    assert mail["To"].addresses[0].display_name == "孙婷婷"
    assert mail["Message-ID"] == f"<{message.code}@xinan.example>"
    assert mail.get_content().splitlines() == [
        "您好，孙婷婷：2026年12月7日（周一） 开班。", "", f"{settings().address}/classes/XA-2026-015-03"
    ]  # fmt: skip


def test_a_5xx_is_final_and_on_the_not_reached_list(session: Session, now: datetime, mail_to: Callable[[str], Path]) -> None:
    plan(stranger(), now)
    with smtp_server(rcpt="550 5.1.1 no such mailbox") as server:
        mail_to(server.url)
        drain(now=now)
        drain(now=now + LATER)
    assert server.mails == []
    message = _email(session)
    assert (message.state, message.tries, message.answer) == (MessageState.NOT_REACHED, 1, "550 5.1.1 no such mailbox")
    assert [m.id for m in queries.not_reached()] == [message.id]


def test_a_4xx_is_tried_again_with_growing_pauses_and_then_given_up(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    plan(stranger(), now)
    moment, tried = now, list[datetime]()
    with smtp_server(data="451 4.3.0 try later") as server:
        mail_to(server.url)
        for _ in range(24 * 60):
            drain(now=moment)
            if _email(session).tries > len(tried):
                tried.append(moment)
            moment += timedelta(minutes=1)
            if _email(session).state is MessageState.NOT_REACHED:
                break
    assert server.mails == []
    assert len(tried) == _email(session).tries == MOST_TRIES
    pauses = [b - a for a, b in pairwise(tried[3:])]
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    states = [event.state for event in queries.events_of(_email(session).id)]
    assert states == [MessageState.SENDING, MessageState.BOUNCED] * (MOST_TRIES - 1) + [
        MessageState.SENDING, MessageState.NOT_REACHED
    ]  # fmt: skip


def test_a_letter_put_off_goes_out_once_when_the_server_is_back(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    plan(stranger(), now)
    mail_to("smtp://127.0.0.1:1")  # nobody listens there
    drain(now=now)
    assert _email(session).state is MessageState.BOUNCED
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now + LATER)
        drain(now=now + 2 * LATER)
    assert len(server.mails) == 1
    assert _email(session).state is MessageState.SENT


@pytest.mark.parametrize("moment", ["HELLO", "RCPT"])
def test_a_server_silent_before_the_content_is_tried_again(
    session: Session, now: datetime, mail_to: Callable[[str], Path], moment: str
) -> None:
    plan(stranger(), now)
    with smtp_server(silent_after=moment) as server:
        mail_to(server.url)
        drain(now=now)
    assert server.mails == []
    assert _email(session).state is MessageState.BOUNCED


def test_a_server_silent_after_the_content_leaves_the_outcome_open_and_no_second_copy(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    plan(stranger(), now)
    with smtp_server(silent_after="DONE") as server:
        mail_to(server.url)
        drain(now=now)
        drain(now=now + LATER)
    assert len(server.mails) == 1
    assert _email(session).state is MessageState.UNKNOWN
    assert queries.not_reached_count() == 1


def test_a_claim_that_nobody_finished_is_shown_and_not_sent_again(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    plan(stranger(), now)
    with transaction():
        assert services.claim(message_id=_email(session).id, now=now)
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now)
        assert _email(session).state is MessageState.SENDING
        drain(now=now + CLAIM_HOLDS + LATER)
    assert server.mails == []
    assert _email(session).state is MessageState.UNKNOWN


def test_without_a_server_the_letter_is_a_file(session: Session, now: datetime, mail_to: Callable[[str], Path]) -> None:
    plan(stranger(), now)
    folder = mail_to("")
    drain(now=now)
    message = _email(session)
    assert message.state is MessageState.SENT
    assert [path.name for path in folder.iterdir()] == [f"{message.code}.eml"]
    mail = email.message_from_bytes(transport.eml_path(folder, message.code).read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "您已被录取：社区议事"


def test_an_unwritable_folder_is_tried_again(session: Session, now: datetime, mail_to: Callable[[str], Path]) -> None:
    plan(stranger(), now)
    folder = mail_to("")
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    drain(now=now)
    assert _email(session).state is MessageState.BOUNCED


@pytest.mark.parametrize("address", ["a@b.example\r\nRCPT TO:<victim@x.example>", "a@b.example\nBcc: victim@x.example"])
def test_an_address_cannot_smuggle_a_second_receiver(
    session: Session, now: datetime, mail_to: Callable[[str], Path], address: str
) -> None:
    plan(stranger(email=address), now)
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now)
    assert server.envelopes == []
    assert _email(session).state is MessageState.NOT_REACHED


def test_a_name_cannot_smuggle_a_header(session: Session, now: datetime, mail_to: Callable[[str], Path]) -> None:
    plan(stranger(name='王"\r\nBcc: victim@x.example\r\n\r\nowned'), now)
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now)
    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert len(server.envelopes) == 1


def test_a_body_with_dots_alone_on_a_line_arrives_whole(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    envelope = transport.Envelope("CODE", "a@b.example", "王", "s", "one\n.\nMAIL FROM:<x@y.example>\n..\ntwo\n", now)
    with smtp_server() as server:
        mail_to(server.url)
        transport.hand_over(envelope, delivery.post())
    lines = server.mails[0].decode().splitlines()
    assert lines[-5:] == ["one", "..", "MAIL FROM:<x@y.example>", "...", "two"]  # stuffed as RFC 5321, 4.5.2 says


def test_a_password_is_not_sent_over_an_open_line(
    session: Session, now: datetime, mail_to: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LOOPBACK", ())
    plan(stranger(), now)
    with smtp_server() as server:
        mail_to(f"smtp://user:secret@127.0.0.1:{server.port}")
        drain(now=now)
    assert server.mails == []
    assert "not sent" in _email(session).answer


def test_a_one_time_address_leaves_the_ledger_with_the_letter(
    session: Session, now: datetime, mail_to: Callable[[str], Path]
) -> None:
    plan(to(make_user("sun@demo.example", now)), now, reason=ONE_TIME)
    with smtp_server() as server:
        mail_to(server.url)
        drain(now=now)
    assert b"TOKEN" in server.mails[0]
    assert _email(session).facts == {}
