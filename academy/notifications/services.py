"""Every write of notifications."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.outbox import announce_many
from academy.core.text import Text
from academy.notifications.models import Message
from academy.notifications.rules import Channel, MessageState, Reason, Recipient


def plan(*, reason: Reason, recipient: Recipient, facts: Mapping[str, Any], key: str, now: datetime) -> None:
    """Promise a message in the transaction of its fact. Planning the same occasion again changes nothing."""
    plan_many(reason=reason, letters=[(recipient, facts, key)], now=now)


def plan_many(*, reason: Reason, letters: list[tuple[Recipient, Mapping[str, Any], str]], now: datetime) -> None:
    """`plan` for many recipients (recipient, facts, key) in one statement."""
    rows = [row for letter in letters for row in _rows(reason, *letter, now)]
    if not rows:
        return
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Message).on_conflict_do_nothing().returning(Message.id, Message.channel)
    planned = db.session.execute(statement, rows).all()
    ids = [{"message_id": row.id} for row in planned if row.channel == Channel.EMAIL]
    announce_many("notifications.message_planned", ids, now=now)


def _rows(
    reason: Reason, recipient: Recipient, facts: Mapping[str, Any], key: str, now: datetime
) -> list[dict[str, Any]]:
    common = {
        "user_id": recipient.user_id,
        "name": recipient.name[:120],
        "locale": recipient.locale,
        "reason": reason.code,
        "key": key,
        "facts": Text("", **facts).as_json()["params"],
        "attempts": 0,
        "answer": "",
        "planned_at": now,
    }
    rows = []
    if recipient.user_id is not None:
        rows.append({"channel": Channel.IN_APP, "address": "", "state": MessageState.DELIVERED, "sent_at": now, **common})
    if recipient.email:
        rows.append({"channel": Channel.EMAIL, "address": recipient.email, "state": MessageState.PLANNED, "sent_at": None, **common})
    return [{"code": random_code16(), **row} for row in rows]
