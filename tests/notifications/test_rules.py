"""What a message is and what an answer means."""

import pytest

from academy.notifications.rules import (
    MOST_TRIES,
    Answer,
    Channel,
    MessageState,
    Outcome,
    Reason,
    Recipient,
    channels_for,
    filled_link,
    is_address,
    one_line,
    outcome_of_code,
    state_after,
)

PLAIN = Reason(code="a", subject="s", body="b")
ONE_TIME = Reason(code="a", subject="s", body="b", is_one_time=True)


@pytest.mark.parametrize(
    ("reason", "user_id", "email", "channels"),
    [
        (PLAIN, 1, "a@b.example", [Channel.IN_APP, Channel.EMAIL]),
        (PLAIN, 1, None, [Channel.IN_APP]),
        (PLAIN, None, "a@b.example", [Channel.EMAIL]),
        (PLAIN, None, None, [Channel.EMAIL]),
        (ONE_TIME, 1, "a@b.example", [Channel.EMAIL]),
        (ONE_TIME, 1, None, [Channel.EMAIL]),
    ],
)
def test_everybody_gets_a_row_and_one_time_addresses_stay_out_of_the_inbox(
    reason: Reason, user_id: int | None, email: str | None, channels: list[Channel]
) -> None:
    assert channels_for(reason, Recipient(user_id, email, "王")) == channels


def test_a_person_is_the_same_however_the_address_is_written() -> None:
    assert Recipient(None, " Wang@B.example", "王").person == Recipient(None, "wang@b.example", "王莎莎").person
    assert Recipient(7, "x@b.example", "王").person == Recipient(7, "y@b.example", "王").person
    assert Recipient(None, None, "王").person != Recipient(None, None, "李").person


@pytest.mark.parametrize(
    "email",
    ["a@b.example\nBcc: c@d.example", "a@b.example\r\n", "a@b.example, c@d.example", "a b@c.example", "@b.example", "a@",
     "a@-b.example", "a@b..example", "<a@b.example>", "", "a@b.example;c@d.example", "a\x00@b.example", "甲@b.example\n"],
)  # fmt: skip
def test_an_address_that_could_carry_more_than_one_receiver_is_refused(email: str) -> None:
    assert not is_address(email)


@pytest.mark.parametrize("email", ["sun.tingting+x@unit.example", "a@b", "王@unit.example", "a_b@x-y.example"])
def test_a_usual_address_is_taken(email: str) -> None:
    assert is_address(email)


def test_a_header_line_has_no_line_breaks_left() -> None:
    assert one_line("王莎莎\r\nBcc: c@d.example\u2028x\x00y") == "王莎莎 Bcc: c@d.example x y"
    assert len(one_line("长" * 500)) == 200


def test_a_link_stays_on_this_installation() -> None:
    assert filled_link("/classes/%(code)s", {"code": "XA/../1?x"}) == "/classes/XA%2F..%2F1%3Fx"
    assert filled_link("https://evil.example/%(code)s", {"code": "1"}) is None
    assert filled_link("//evil.example", {}) is None
    assert filled_link(None, {}) is None


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(250, Outcome.SENT), (421, Outcome.LATER), (450, Outcome.LATER), (550, Outcome.REFUSED), (354, Outcome.REFUSED)],
)
def test_a_reply_code_decides(code: int, outcome: Outcome) -> None:
    assert outcome_of_code(code) is outcome


def test_what_is_put_off_is_given_up_after_the_last_try() -> None:
    later = Answer(Outcome.LATER, "450 busy")
    assert state_after(later, 1) is MessageState.BOUNCED
    assert state_after(later, MOST_TRIES) is MessageState.NOT_REACHED
    assert state_after(Answer(Outcome.REFUSED, "550 no"), 1) is MessageState.NOT_REACHED
    assert state_after(Answer(Outcome.UNKNOWN, "timeout"), 1) is MessageState.UNKNOWN
    assert state_after(Answer(Outcome.SENT, "250"), 1) is MessageState.SENT
