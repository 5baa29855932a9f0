"""Starting an attempt, saving answers one by one, handing in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record, record_many
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Invalid, NotFound
from academy.core.outbox import announce, announce_many
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Answer, AnswerEvent, Attempt, ExamSitting, PaperItem
from academy.exams.rules.answers import read_response
from academy.exams.rules.delivery import GRACE, compute_due_at, is_late, may_enter
from academy.exams.rules.kinds import FINISHED, AttemptSource, AttemptState
from academy.exams.services.sittings import allowance_of, number_of
from academy.people import queries as people


class LearnerIsUnknown(Conflict):
    """The account belongs to nobody who learns here."""

    message = N_("您的账号还没有对应的学员档案，不能参加考试。")
    next_step = N_("请到“我的”补全资料，或联系班主任。")


class SittingIsNotOpen(Conflict):
    """A check of the admission does not hold."""

    message = N_("现在不能进入考试。%(reason)s")
    next_step = N_("下面逐条说明了原因和办法。")


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


class AnswerIsNoOption(Invalid):
    """The answer is not among the options."""

    message = N_("第 %(position)s 题没有这个选项，没有存。")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server holds after a save."""

    seq: int
    position: int
    response: str
    is_flagged: bool
    received_at: datetime


def start_attempt(*, sitting_id: int, actor: Actor, now: datetime) -> Attempt:
    """Begin, or go on with, the one attempt that the signed-in learner has."""
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise LearnerIsUnknown
    sitting = queries.sitting_by_id(sitting_id)
    existing = queries.find_attempt(sitting_id, learner.id)
    if existing is not None and existing.state is AttemptState.IN_PROGRESS and existing.user_id == actor.user_id:
        return existing
    verdict = queries.explain_sitting(sitting, learner.id, now=now)
    if not may_enter(verdict):
        raise SittingIsNotOpen(reason=verdict.unmet[0].say)
    return _begin(sitting, learner.id, actor, now)


def _begin(sitting: ExamSitting, learner_id: int, actor: Actor, now: datetime) -> Attempt:
    """Insert unless another request has just done so: the constraint decides, both get the same attempt."""
    number = number_of(sitting.id, learner_id)
    minutes, closes_at = allowance_of(sitting, learner_id)
    row = {
        "code": random_code16(),
        "sitting_id": sitting.id,
        "learner_id": learner_id,
        "user_id": actor.user_id,
        "candidate_no": number,
        "source": AttemptSource.ONLINE,
        "state": AttemptState.IN_PROGRESS,
        "started_at": now,
        "due_at": compute_due_at(now, minutes=minutes, closes_at=closes_at),
        "seq": 0,
    }
    statement = _insert(Attempt).values(row).on_conflict_do_nothing(index_elements=["sitting_id", "learner_id"])
    made = db.session.execute(statement.returning(Attempt.id)).one_or_none()
    attempt = queries.find_attempt(sitting.id, learner_id)
    if attempt is None:
        raise NotFound
    if made is not None:
        record(actor, "exams.attempt_started", f"attempt:{attempt.code}", now=now, after={"due_at": attempt.due_at.isoformat()})
    return attempt


def _insert(model: type[Any]) -> Any:
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


# One statement tells whose attempt it is, whether the position exists and which letters it knows.
_TARGET = (
    select(Attempt.id, PaperItem.kind, PaperItem.option_count, PaperItem.prompt_count)
    .join(ExamSitting, ExamSitting.id == Attempt.sitting_id)
    .join(PaperItem, (PaperItem.paper_id == ExamSitting.paper_id) & (PaperItem.position == bindparam("position")))
    .where(Attempt.code == bindparam("code"), Attempt.user_id == bindparam("user_id"))
)


def save_answer(*, code: str, seq: int, position: int, response: str, is_flagged: bool, actor: Actor, now: datetime) -> Receipt:
    """Keep an answer as the attempt's event number `seq`: the next one after the last that the server holds.

    Four statements. One conditional update decides whether the answer is in time, in order and on an open attempt. The same
    event again (its acknowledgement was lost) is acknowledged again; any other event under a number that is taken is refused.
    The event is the trail of this write. Raises NotFound, AnswerIsNoOption, AnswerIsLate, AttemptIsOver, AnswerIsStale.
    """
    where = {"code": code, "user_id": actor.user_id, "position": position}
    target = db.session.execute(_TARGET, where).one_or_none()
    if target is None:
        raise NotFound
    reading = read_response(response, kind=target.kind, options=target.option_count, prompts=target.prompt_count)
    if reading.fault is not None:
        raise AnswerIsNoOption(position=position)
    receipt = Receipt(seq, position, reading.response, is_flagged, now)
    if not _advance(target.id, seq, now):
        return _acknowledge_again(target.id, receipt)
    values = {"attempt_id": target.id, "position": position, "response": reading.response, "is_flagged": is_flagged, "seq": seq}
    db.session.execute(insert(AnswerEvent).values(**values, received_at=now))
    latest = _insert(Answer).values(**values)
    changed = {name: latest.excluded[name] for name in ("response", "is_flagged", "seq")}
    db.session.execute(latest.on_conflict_do_update(index_elements=["attempt_id", "position"], set_=changed))
    return receipt


def _advance(attempt_id: int, seq: int, now: datetime) -> bool:
    """Take the event number, if the attempt is open, in time, and nobody has taken it before."""
    moved = db.session.execute(
        update(Attempt)
        .where(
            Attempt.id == attempt_id,
            Attempt.state == AttemptState.IN_PROGRESS,
            Attempt.seq == seq - 1,
            Attempt.due_at >= now - GRACE,
        )
        .values(seq=seq)
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    )
    return moved.one_or_none() is not None


def _acknowledge_again(attempt_id: int, receipt: Receipt) -> Receipt:
    """The event that is there already, if it is the same one; else the reason why this one was refused."""
    known = db.session.execute(
        select(AnswerEvent.position, AnswerEvent.response, AnswerEvent.is_flagged, AnswerEvent.received_at).where(
            AnswerEvent.attempt_id == attempt_id, AnswerEvent.seq == receipt.seq
        )
    ).one_or_none()
    if known is not None and known[:3] == (receipt.position, receipt.response, receipt.is_flagged):
        return Receipt(receipt.seq, *known)
    attempt = db.session.execute(
        select(Attempt.state, Attempt.submitted_at, Attempt.due_at, Attempt.seq).where(Attempt.id == attempt_id)
    ).one()
    raise _refusal(attempt, receipt)


def _refusal(attempt: Row[AttemptState, datetime | None, datetime, int], receipt: Receipt) -> Conflict:
    if attempt.state is AttemptState.SUBMITTED:
        return AttemptIsOver(at=attempt.submitted_at, position=receipt.position)
    if attempt.state is AttemptState.TIMED_OUT or is_late(receipt.received_at, attempt.due_at):
        return AnswerIsLate(position=receipt.position)
    return AnswerIsStale(position=receipt.position)


def submit_attempt(*, code: str, actor: Actor, now: datetime) -> Attempt:
    """Hand in what the server holds. Handing in again changes nothing; after the time it counts as timed out."""
    attempt = queries.get_attempt(code, user_id=actor.user_id).attempt
    late = is_late(now, attempt.due_at)
    state = AttemptState.TIMED_OUT if late else AttemptState.SUBMITTED
    changed = db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.state == AttemptState.IN_PROGRESS)
        .values(state=state, submitted_at=attempt.due_at if late else now)
        .returning(Attempt.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(attempt)
    if changed is not None:
        record(actor, f"exams.attempt_{state.value}", f"attempt:{code}", now=now, after={"events": attempt.seq})
        announce("exams.attempt_submitted", now=now, attempt_id=attempt.id)
    return attempt


def time_out_overdue(*, now: datetime) -> int:
    """Hand in, as acknowledged, every attempt whose time is over; returns how many."""
    ended = db.session.execute(
        update(Attempt)
        .where(Attempt.state.not_in(FINISHED), Attempt.due_at < now - GRACE)
        .values(state=AttemptState.TIMED_OUT, submitted_at=Attempt.due_at)
        .returning(Attempt.id, Attempt.code)
        .execution_options(synchronize_session=False)
    ).all()
    record_many(SYSTEM, "exams.attempt_timed_out", [(f"attempt:{row.code}", None, None) for row in ended], now=now)
    announce_many("exams.attempt_submitted", [{"attempt_id": row.id} for row in ended], now=now)
    return len(ended)
