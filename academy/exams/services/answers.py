"""Saving one answer: the hot path of an exam."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, DateTime, Integer, String, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.db import db, table_of
from academy.core.errors import Conflict, Invalid, NotFound
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Answer, AnswerEvent, Attempt, ExamSitting, PaperItem
from academy.exams.rules.answers import Fault, read_response
from academy.exams.rules.delivery import GRACE, is_late
from academy.exams.rules.devices import may_write
from academy.exams.rules.kinds import AttemptState, QuestionKind

LONGEST_RESPONSE = 20_000


class AnswerIsLate(Conflict):
    """The answer arrived after the time was over; it was not kept."""

    message = N_("时间到了，第 %(position)s 题这次的作答没有收。到点前收到的答案都在，已经替您交卷。")


class AttemptIsOver(Conflict):
    """The paper has been handed in; nothing is changed any more."""

    message = N_("这份卷子已经在 %(at)s 交了，第 %(position)s 题没有改动。")


class AnswerIsStale(Conflict):
    """Somebody has answered in another window since this page was opened; nothing was merged."""

    message = N_("您在别的窗口或设备上接着答过这份卷子，这个窗口的第 %(position)s 题没有存。")
    next_step = N_("请刷新，看服务器上的最新答案；之后只用一个窗口作答。")


class AttemptIsElsewhere(Conflict):
    """The attempt is bound to another machine; nothing is written from this one."""

    message = N_("这份卷子正在另一台设备上作答，这台设备没有写入任何答案。")
    next_step = N_("要在这台设备上接着答，请向监考人员要换机码。")


class AnswerIsNoOption(Invalid):
    """The answer is not among the options."""

    message = N_("第 %(position)s 题没有这个选项，没有存。")


class AnswerIsTooLong(Invalid):
    """The answer is longer than what is kept."""

    message = N_("第 %(position)s 题写得太长，这次没有存；之前存的还在。")
    next_step = N_("论述题最多两万字，填空每空最多 500 字。")


class AnswerIsUnreadable(Invalid):
    """The answer does not have the form of its kind."""

    message = N_("第 %(position)s 题的作答读不出来，没有存。")
    next_step = N_("请刷新后再答一遍。")


_REFUSALS = {Fault.TOO_LONG: AnswerIsTooLong, Fault.UNREADABLE: AnswerIsUnreadable}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server holds after a save."""

    seq: int
    position: int
    response: str
    is_flagged: bool
    received_at: datetime


class _Shape(NamedTuple):
    """What a position can be answered with. It never changes once somebody has begun."""

    position: int
    kind: QuestionKind
    options: int
    prompts: int


class _Standing(NamedTuple):
    """Where an attempt stands."""

    id: int
    state: AttemptState
    submitted_at: datetime | None
    due_at: datetime
    device: str


def save_answer(
    *, code: str, seq: int, position: int, response: str, is_flagged: bool, actor: Actor, now: datetime, device: str = ""
) -> Receipt:
    """Keep an answer as the attempt's event number `seq`: the next one after the last that the server holds.

    On PostgreSQL one statement. A conditional update decides whether the answer is in time, in order, from the machine that
    holds the attempt and on an open attempt. The same event again (its acknowledgement was lost) is acknowledged again; any
    other event under a number that is taken is refused. The event is the trail of this write. `device` is a `device_mark`.
    Raises NotFound, AnswerIsNoOption, AnswerIsTooLong, AnswerIsUnreadable, AttemptIsElsewhere, AnswerIsLate, AttemptIsOver,
    AnswerIsStale.
    """
    shape = _shapes(code).get(position)
    if shape is None:
        raise NotFound
    reading = read_response(response, kind=shape.kind, options=shape.options, prompts=shape.prompts)
    fault = Fault.TOO_LONG if len(reading.response) > LONGEST_RESPONSE else reading.fault
    if fault is not None:
        attempt_id = _own(code, actor).id
        raise _REFUSALS.get(fault, AnswerIsNoOption)(position=queries.number_of_position(attempt_id, position))
    receipt = Receipt(seq, position, reading.response, is_flagged, now)
    write = _write_at_once if db.session.get_bind().dialect.name == "postgresql" else _write_step_by_step
    if not write(code, actor, device, receipt):
        return _acknowledge_again(_own(code, actor), receipt, device)
    return receipt


@lru_cache(maxsize=20_000)
def _shapes(code: str) -> Mapping[int, _Shape]:
    """The positions of an attempt's paper, read once by each process. Raises NotFound (which is not remembered)."""
    rows = db.session.execute(_SHAPES, {"code": code}).all()
    if not rows:
        raise NotFound
    return _by_position(tuple(_Shape(*row) for row in rows))


@lru_cache(maxsize=256)
def _by_position(shapes: tuple[_Shape, ...]) -> Mapping[int, _Shape]:
    """One mapping for all attempts at a paper."""
    return {shape.position: shape for shape in shapes}


_SHAPES = (
    select(PaperItem.position, PaperItem.kind, PaperItem.option_count, PaperItem.prompt_count)
    .join(ExamSitting, ExamSitting.paper_id == PaperItem.paper_id)
    .join(Attempt, Attempt.sitting_id == ExamSitting.id)
    .where(Attempt.code == bindparam("code"))
    .order_by(PaperItem.position)
)

# The update locks the attempt, so that of two writers of one number the second finds it taken and writes nothing.
_AT_ONCE = text("""
WITH moved AS (
    UPDATE attempt SET seq = :seq
    WHERE code = :code AND user_id = :user_id AND state = 'in_progress' AND seq = :seq - 1 AND due_at >= :since
      AND device IN ('', :device)
    RETURNING id
), event AS (
    INSERT INTO answer_event (attempt_id, position, response, is_flagged, seq, received_at)
    SELECT id, :position, :response, :is_flagged, :seq, :received_at FROM moved
)
INSERT INTO answer (attempt_id, position, response, is_flagged, seq)
SELECT id, :position, :response, :is_flagged, :seq FROM moved
ON CONFLICT (attempt_id, position)
DO UPDATE SET response = excluded.response, is_flagged = excluded.is_flagged, seq = excluded.seq
RETURNING attempt_id
""").bindparams(
    bindparam("seq", type_=Integer),
    bindparam("user_id", type_=Integer),
    bindparam("position", type_=Integer),
    bindparam("code", type_=String),
    bindparam("device", type_=String),
    bindparam("response", type_=String),
    bindparam("is_flagged", type_=Boolean),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("received_at", type_=DateTime(timezone=True)),
)


def _write_at_once(code: str, actor: Actor, device: str, receipt: Receipt) -> bool:
    """Take the number, add the event and renew the answer, or do nothing."""
    values = {"code": code, "user_id": actor.user_id, "device": device, "since": receipt.received_at - GRACE}
    event = {name: getattr(receipt, name) for name in ("seq", "position", "response", "is_flagged", "received_at")}
    return db.session.connection().execute(_AT_ONCE, {**values, **event}).first() is not None


def _write_step_by_step(code: str, actor: Actor, device: str, receipt: Receipt) -> bool:
    """The same for SQLite, where writers take turns."""
    moved = db.session.execute(
        update(Attempt)
        .where(
            Attempt.code == code,
            Attempt.user_id == actor.user_id,
            Attempt.state == AttemptState.IN_PROGRESS,
            Attempt.seq == receipt.seq - 1,
            Attempt.due_at >= receipt.received_at - GRACE,
            Attempt.device.in_(["", device]),
        )
        .values(seq=receipt.seq)
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        return False
    values = {name: getattr(receipt, name) for name in ("seq", "position", "response", "is_flagged")}
    values["attempt_id"] = moved.id
    db.session.execute(insert(table_of(AnswerEvent)).values(**values, received_at=receipt.received_at))
    latest = insert_or_renew(Answer).values(**values)
    changed = {name: latest.excluded[name] for name in ("response", "is_flagged", "seq")}
    db.session.execute(latest.on_conflict_do_update(index_elements=["attempt_id", "position"], set_=changed))
    return True


def insert_or_renew(model: type[Any]) -> Any:
    """An INSERT of this database that may meet a row which is there already."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def _own(code: str, actor: Actor) -> _Standing:
    """Where an attempt of this person stands. Raises NotFound."""
    found = db.session.execute(
        select(Attempt.id, Attempt.state, Attempt.submitted_at, Attempt.due_at, Attempt.device).where(
            Attempt.code == code, Attempt.user_id == actor.user_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return _Standing(*found)


def _acknowledge_again(attempt: _Standing, receipt: Receipt, device: str) -> Receipt:
    """The event that is there already, if it is the same one; else the reason why this one was refused."""
    known = db.session.execute(
        select(AnswerEvent.position, AnswerEvent.response, AnswerEvent.is_flagged, AnswerEvent.received_at).where(
            AnswerEvent.attempt_id == attempt.id, AnswerEvent.seq == receipt.seq
        )
    ).one_or_none()
    if known is not None and known[:3] == (receipt.position, receipt.response, receipt.is_flagged):
        return Receipt(receipt.seq, *known)
    raise _refusal(attempt, receipt, device)


def _refusal(attempt: _Standing, receipt: Receipt, device: str) -> Conflict:
    number = queries.number_of_position(attempt.id, receipt.position)
    if attempt.state is AttemptState.SUBMITTED:
        return AttemptIsOver(at=attempt.submitted_at, position=number)
    if attempt.state is AttemptState.TIMED_OUT or is_late(receipt.received_at, attempt.due_at):
        return AnswerIsLate(position=number)
    if not may_write(attempt.device, device):
        return AttemptIsElsewhere()
    return AnswerIsStale(position=number)
