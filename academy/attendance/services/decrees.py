"""Decrees: a set of people, one act, undone as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from academy.attendance import messages, queries
from academy.attendance.models import CreditEntry, HoursDecree, HoursDecreePerson, RegistrationPeriod
from academy.attendance.policies import can_keep_hours
from academy.attendance.queries import DecreeFilter, DecreePreview, DecreeRow
from academy.attendance.rules import MOST_EXTENDED_MONTHS, EntryKind, EntrySource
from academy.attendance.services.ledger import MOST_HOURS, DecidesAboutOneself, counter, require_reason
from academy.core.access import Actor
from academy.core.audit import record, record_many
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people


class DecreeIsEmpty(Invalid):
    """A decree without a number, without an effect, or without people."""

    message = N_("文件要有文号；延长 0—%(months)s 个月、认定 0—%(hours)s 学时，不能都是 0；至少涉及一人。什么都没有改动。")


class DecreeIsCarriedOut(Conflict):
    """One document is one act."""

    message = N_("文件 %(number)s 已经执行过，什么都没有改动。")
    next_step = N_("要重新执行，请先撤销原来那次。")


class DecreePreviewIsStale(Conflict):
    """Between looking and pressing, somebody's period changed."""

    message = N_("名单或有效期在您看过之后有变动，什么都没有改动。")
    next_step = N_("请再看一遍名单，然后执行。")


class DecreeIsUndone(Conflict):
    """It is undone once."""

    message = N_("这份文件已经撤销过了。")


class DecreeIsBuiltUpon(Conflict):
    """A later change depends on what the decree did."""

    message = N_("不能撤销：%(count)s 人后来有变动，例如 %(name)s，%(problem)s。什么都没有改动。")
    next_step = N_("请先撤销后来的变动，名单见下。")


@dataclass(frozen=True, slots=True)
class DecreeOrder:
    """What a document orders: the months by which periods end later, and hours for everybody."""

    number: str
    reason: str
    months: int
    hours: int

    @property
    def minutes(self) -> int:
        """The hours in minutes."""
        return self.hours * MINUTES_PER_HOUR


def carry_out_decree(*, order: DecreeOrder, chosen: DecreeFilter, digest: str, actor: Actor, now: datetime) -> HoursDecree:
    """Do what was previewed, for exactly the people of the preview whose `digest` is given.

    Learners are locked in the order of their ids, then the periods; the preview is made once more under the locks. Raises
    Forbidden, ReasonIsMissing, DecreeIsEmpty, DecreePreviewIsStale, DecreeIsCarriedOut.
    """
    if not can_keep_hours(actor):
        raise Forbidden
    said, number = require_reason(order.reason), order.number.strip()
    within = 0 <= order.months <= MOST_EXTENDED_MONTHS and 0 <= order.hours <= MOST_HOURS
    if not (2 <= len(number) <= 60 and within and order.months + order.hours):
        raise DecreeIsEmpty(months=MOST_EXTENDED_MONTHS, hours=MOST_HOURS)
    seen = queries.preview_decree(chosen, months=order.months, minutes=order.minutes)
    people.lock_learners(row.learner.id for row in seen.rows)
    preview = queries.preview_decree(chosen, months=order.months, minutes=order.minutes, is_locked=True)
    _require_same(seen, preview, digest, actor)
    decree = _insert(order, number, said, chosen, preview, actor, now)
    _write(decree, preview, actor, now)
    return decree


def _require_same(seen: DecreePreview, preview: DecreePreview, digest: str, actor: Actor) -> None:
    if not preview.included:
        raise DecreeIsEmpty(months=MOST_EXTENDED_MONTHS, hours=MOST_HOURS)
    if preview.digest != digest or seen.digest != digest:
        raise DecreePreviewIsStale
    if any(actor.user_id is not None and row.learner.user_id == actor.user_id for row in preview.included):
        raise DecidesAboutOneself


def _insert(
    order: DecreeOrder, number: str, said: str, chosen: DecreeFilter, preview: DecreePreview, actor: Actor, now: datetime
) -> HoursDecree:
    decree = HoursDecree(
        code=random_code16(),
        number=number,
        reason=said,
        months=order.months,
        minutes=order.minutes,
        chosen=chosen.as_json(),
        people=len(preview.included),
        made_by_id=actor.user_id,
        made_by=actor.name[:120],
        made_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(decree)
    except IntegrityError as error:
        raise DecreeIsCarriedOut(number=number) from error
    return decree


def _write(decree: HoursDecree, preview: DecreePreview, actor: Actor, now: datetime) -> None:
    """Change the periods and write one row a person. `old_ends_on` is read before the period is touched."""
    rows = preview.included
    people_rows = [_person(decree, row) for row in rows]
    if decree.months:
        for row in rows:
            row.period.ends_on = row.new_ends_on
            row.period.version += 1
            row.period.changed_by, row.period.changed_at = actor.name[:120], now
    db.session.flush()
    db.session.execute(insert(HoursDecreePerson), people_rows)
    if decree.minutes:
        db.session.execute(insert(CreditEntry), [_grant(decree, row, now) for row in rows])
    record(actor, "attendance.decree_carried_out", f"decree:{decree.code}", now=now, after=_facts(decree), reason=decree.reason)
    changes = [
        (f"learner:{row.learner.code}", {"ends_on": said["old_ends_on"].isoformat()}, _said(decree, said["new_ends_on"]))
        for row, said in zip(rows, people_rows, strict=True)
    ]
    record_many(actor, "attendance.decree_applied", list(changes), now=now, reason=decree.reason)
    _tell(decree, people_rows, now)


def _person(decree: HoursDecree, row: DecreeRow) -> dict[str, Any]:
    return {
        "decree_id": decree.id,
        "period_id": row.period.id,
        "learner_id": row.learner.id,
        "old_ends_on": row.period.ends_on,
        "new_ends_on": row.new_ends_on,
        "version_after": row.period.version + (1 if decree.months else 0),
    }


def _grant(decree: HoursDecree, row: DecreeRow, now: datetime) -> dict[str, Any]:
    return {
        "learner_id": row.learner.id,
        "source": EntrySource.DECREE,
        "decree_id": decree.id,
        "title_zh": decree.number,
        "kind": EntryKind.CREDIT,
        "minutes": decree.minutes,
        "counters_id": None,
        "rule": EntrySource.DECREE.value,
        "earned_on": today(now),
        "entered_at": now,
    }


def _said(decree: HoursDecree, ends_on: Any) -> dict[str, Any]:
    return {"decree": decree.code, "number": decree.number, "ends_on": ends_on.isoformat(), "minutes": decree.minutes}


def _facts(decree: HoursDecree) -> dict[str, Any]:
    given = {"number": decree.number, "months": decree.months, "minutes": decree.minutes}
    return {**given, "chosen": decree.chosen, "people": decree.people}


def _tell(decree: HoursDecree, rows: list[dict[str, Any]], now: datetime) -> None:
    if not decree.months:
        return  # granted hours stand in the ledger; only a changed deadline is worth a letter
    facts = [
        (row["learner_id"], decree.code, {"number": decree.number, "ends_on": row["new_ends_on"], "reason": decree.reason})
        for row in rows
    ]
    messages.tell(messages.PERIOD_CHANGED, facts, now=now)


def undo_decree(*, code: str, reason: str, actor: Actor, now: datetime) -> HoursDecree:
    """Put everything back as it was before the decree: ends of periods, and its hours countered. All or nothing.

    Raises NotFound, Forbidden, ReasonIsMissing, DecreeIsUndone, DecreeIsBuiltUpon (with what builds on it).
    """
    if not can_keep_hours(actor):
        raise Forbidden
    said = require_reason(reason)
    rows = queries.decree_people(queries.get_decree(code).id)
    people.lock_learners(row.learner_id for row in rows)
    decree = queries.get_decree(code, is_locked=True)
    if decree.undone_at is not None:
        raise DecreeIsUndone
    _require_free(queries.undo_problems(decree, rows))
    decree.undone_by, decree.undone_at, decree.undo_reason = actor.name[:120], now, said
    db.session.flush()
    _restore(decree, rows, actor, now)
    record(actor, "attendance.decree_undone", f"decree:{decree.code}", now=now, before=_facts(decree), reason=said)
    return decree


def _require_free(problems: Mapping[int, Text]) -> None:
    if problems:
        learner_id, problem = min(problems.items())
        name = people.learner_by_id(learner_id).name_zh
        raise DecreeIsBuiltUpon(count=len(problems), name=name, problem=problem)


def _restore(decree: HoursDecree, rows: list[HoursDecreePerson], actor: Actor, now: datetime) -> None:
    """The version goes back too: an earlier decree of the same period can then be undone in its turn."""
    by_id = people.learners_by_ids(row.learner_id for row in rows)
    for row in rows if decree.months else ():
        db.session.execute(
            update(RegistrationPeriod)
            .where(RegistrationPeriod.id == row.period_id)
            .values(ends_on=row.old_ends_on, version=row.version_after - 1, changed_by=actor.name[:120], changed_at=now)
        )
    if decree.minutes:
        granted = [entry for row in rows for entry in queries.standing_credits(row.learner_id, decree_id=decree.id)]
        counter(granted, now=now)
    changes = [
        (f"learner:{by_id[row.learner_id].code}", _said(decree, row.new_ends_on), {"ends_on": row.old_ends_on.isoformat()})
        for row in rows
    ]
    record_many(actor, "attendance.decree_taken_back", list(changes), now=now, reason=decree.undo_reason)
