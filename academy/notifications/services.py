"""Every write of the message ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.outbox import announce_many
from academy.core.text import N_
from academy.notifications import letters
from academy.notifications.models import Message, MessageEvent
from academy.notifications.policies import can_manage
from academy.notifications.queries import get_message
from academy.notifications.rules import (
    CLAIM_HOLDS,
    MAY_BE_CLAIMED,
    MAY_BE_RESENT,
    Answer,
    Channel,
    MessageState,
    Reason,
    Recipient,
    channels_for,
    state_after,
)

NO_ADDRESS = N_("没有账号，也没有邮箱")
NEVER_RECORDED = N_("发送后没有来得及记录结果")


class MessageCannotBeResent(Conflict):
    """Only what did not arrive, or may not have, is sent again."""

    message = N_("这封信不用重发：它已经发出，或者正在排队。")


class OneTimeLetterIsGone(Conflict):
    """A letter with a one-time address is not kept."""

    message = N_("这封信里的一次性地址没有留存，不能重发。")
    next_step = N_("请本人重新申请。")


def plan(*, reason: Reason, recipient: Recipient, facts: Mapping[str, object], key: str, now: datetime) -> None:
    """Plan a message in the open transaction of the fact it tells. Planning it again changes nothing."""
    plan_many(reason=reason, letters=[(recipient, facts, key)], now=now)


def plan_many(*, reason: Reason, letters: Sequence[tuple[Recipient, Mapping[str, object], str]], now: datetime) -> None:
    """`plan` for many people in one statement: (recipient, facts, key) each."""
    rows = [
        _row(reason, recipient, facts, key, channel, now)
        for recipient, facts, key in letters
        for channel in channels_for(reason, recipient)
    ]
    if not rows:
        return
    planned = _insert_new(rows)
    event = "notifications.one_time_email_planned" if reason.is_one_time else "notifications.email_planned"
    announce_many(event, [{"message_id": message_id} for message_id in planned], now=now)


def _row(
    reason: Reason, recipient: Recipient, facts: Mapping[str, object], key: str, channel: Channel, now: datetime
) -> dict[str, Any]:
    kept = letters.frozen(facts)
    letters.letter(subject=reason.subject, body=reason.body, link=reason.link, facts=kept)  # a missing fact fails here
    state, answer = MessageState.PLANNED, ""
    if channel is Channel.IN_APP:
        state = MessageState.DELIVERED
    elif not recipient.email:
        state, answer = MessageState.NOT_REACHED, NO_ADDRESS
    return {
        "code": random_code16(),
        "person": recipient.person,
        "reason": reason.code,
        "key": key[:120],
        "channel": channel,
        "user_id": recipient.user_id,
        "email": recipient.email.strip()[:254] if recipient.email else None,
        "name": recipient.name[:120],
        "locale": recipient.locale,
        "subject": reason.subject,
        "body": reason.body,
        "link": reason.link,
        "facts": kept,
        "is_one_time": reason.is_one_time,
        "state": state,
        "tries": 0,
        "answer": answer,
        "planned_at": now,
        "changed_at": now,
    }


def _insert_new(rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows that are not there yet; the ids of the e-mails among them that wait to be sent."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Message).on_conflict_do_nothing(index_elements=["person", "reason", "key", "channel"])
    inserted = db.session.execute(statement.returning(Message.id, Message.state), rows)
    return [message_id for message_id, state in inserted if state is MessageState.PLANNED]


def claim(*, message_id: int, now: datetime) -> Message | None:
    """Take a message for sending; None when there is nothing to send. A claim that nobody finished becomes UNKNOWN."""
    taken = db.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state.in_(MAY_BE_CLAIMED))
        .values(state=MessageState.SENDING, claim=random_code16(), claimed_at=now, changed_at=now, tries=Message.tries + 1)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        _give_up_lost_send(message_id, now)
        return None
    _log(message_id, MessageState.SENDING, "", now)
    message = db.session.get_one(Message, message_id, populate_existing=True)
    db.session.expunge(message)  # it is sent without a transaction, with the claim as it is now
    return message


def _give_up_lost_send(message_id: int, now: datetime) -> None:
    lost = db.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.SENDING, Message.claimed_at <= now - CLAIM_HOLDS)
        .values(state=MessageState.UNKNOWN, claim=None, changed_at=now, answer=NEVER_RECORDED)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if lost is not None:
        _log(message_id, MessageState.UNKNOWN, NEVER_RECORDED, now)


def settle(*, message: Message, answer: Answer, now: datetime) -> MessageState:
    """Record what became of a claimed message; returns its new state. A claim that was lost records nothing."""
    state = state_after(answer, message.tries)
    is_over = state is not MessageState.BOUNCED
    values: dict[str, Any] = {"state": state, "claim": None, "changed_at": now, "answer": answer.words[:500]}
    if message.is_one_time and is_over:
        values["facts"] = {}
    settled = db.session.execute(
        update(Message)
        .where(Message.id == message.id, Message.claim == message.claim)
        .values(**values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if settled is not None:
        _log(message.id, state, answer.words, now)
    return state


def _log(message_id: int, state: MessageState, answer: str, now: datetime) -> None:
    db.session.execute(insert(MessageEvent).values(message_id=message_id, state=state, at=now, answer=answer[:500]))


def resend(*, code: str, actor: Actor, now: datetime) -> Message:
    """Send an e-mail again that did not arrive, or may not have. The operator takes the risk of a second copy."""
    message = _managed(code, actor)
    if message.is_one_time:
        raise OneTimeLetterIsGone
    if not message.email:
        raise MessageCannotBeResent
    _change(message, MessageState.PLANNED, actor, now, "notifications.resent", tries=0, answer="")
    announce_many("notifications.email_planned", [{"message_id": message.id}], now=now)
    return message


def mark_reached(*, code: str, actor: Actor, now: datetime) -> Message:
    """Take an e-mail off the not-reached list, because the person has been told in another way."""
    message = _managed(code, actor)
    _change(message, MessageState.DELIVERED, actor, now, "notifications.marked_reached")
    return message


def _managed(code: str, actor: Actor) -> Message:
    if not can_manage(actor):
        raise Forbidden
    return get_message(code)


def _change(message: Message, state: MessageState, actor: Actor, now: datetime, action: str, **values: Any) -> None:
    before = message.state
    changed = db.session.execute(
        update(Message)
        .where(Message.id == message.id, Message.channel == Channel.EMAIL, Message.state.in_(MAY_BE_RESENT))
        .values(state=state, changed_at=now, **values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise MessageCannotBeResent
    _log(message.id, state, actor.name, now)
    subject = f"message:{message.code}"
    record(actor, action, subject, now=now, before={"state": before.value}, after={"state": state.value})


def mark_read(*, code: str, actor: Actor, now: datetime) -> Message:
    """The reader has seen one of her own messages. Seeing it twice keeps the first time."""
    message = get_message(code, user_id=actor.user_id)
    if message.read_at is None:
        message.read_at = now
    return message


def mark_all_read(*, actor: Actor, now: datetime) -> None:
    """The reader has seen all her messages."""
    db.session.execute(
        update(Message)
        .where(Message.user_id == actor.user_id, Message.channel == Channel.IN_APP, Message.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )


def hand_over_messages(*, from_user_id: int, to_user_id: int) -> None:
    """Show one account's messages in the inbox of another account of the same person. What they say stays as it was."""
    moved = update(Message).where(Message.user_id == from_user_id).values(user_id=to_user_id)
    db.session.execute(moved.execution_options(synchronize_session=False))
