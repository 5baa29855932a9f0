"""Planning sittings, numbering candidates, closing what has ended."""

from datetime import datetime

from sqlalchemy import func, insert, select, update

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record, record_many
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce_many
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.exams import queries
from academy.exams.models import Attempt, ExamCandidate, ExamRoom, ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.rules.delivery import GRACE, MOST_MINUTES, candidate_number
from academy.exams.rules.incidents import compute_allowance
from academy.exams.rules.kinds import AttemptState, SittingState
from academy.timetable import queries as timetable


class WindowIsBackwards(Invalid):
    """The window ends before it begins, or is shorter than the exam."""

    message = N_("从开考到收卷只有 %(window)s 分钟，不够答 %(minutes)s 分钟的卷子。")
    next_step = N_("请把收卷时间改晚，或缩短答题时间。")


class EntryClosesTooLate(Invalid):
    """Entry would stay open longer than the window."""

    message = N_("开考 %(entry)s 分钟后停止入场，可是这场考试一共只有 %(window)s 分钟。")
    next_step = N_("请填一个更小的数；不填就是收卷前都可以入场。")


class SittingHasAttempts(Conflict):
    """Somebody has begun; it cannot be called off any more."""

    message = N_("已有 %(count)s 人进入这场考试，不能取消。")
    next_step = N_("收卷后可以不确认成绩，另排一场。")


def plan_sitting(
    *,
    class_id: int,
    paper_id: int,
    title_zh: str,
    opens_at: datetime,
    closes_at: datetime,
    minutes: int,
    entry_minutes: int | None = None,
    is_slot: bool = False,
    actor: Actor,
    now: datetime,
) -> ExamSitting:
    """Plan a paper for a class in a window and number its candidates; those of a slot are numbered once they have booked.

    Raises WindowIsBackwards, EntryClosesTooLate.
    """
    if not can_manage_sittings(actor):
        raise Forbidden
    training_class, paper = timetable.class_by_id(class_id), queries.paper_by_id(paper_id)
    window = int((closes_at - opens_at).total_seconds() // 60)
    if not 0 < minutes <= MOST_MINUTES or window < minutes:
        raise WindowIsBackwards(window=window, minutes=minutes)
    if entry_minutes is not None and not 0 < entry_minutes < window:
        raise EntryClosesTooLate(entry=entry_minutes, window=window)
    sitting = ExamSitting(
        code=random_code16(),
        class_id=class_id,
        paper_id=paper.id,
        title_zh=title_zh,
        opens_at=opens_at,
        closes_at=closes_at,
        minutes=minutes,
        entry_minutes=entry_minutes,
        state=SittingState.PLANNED,
        created_at=now,
        created_by=actor.name[:120],
    )
    db.session.add(sitting)
    db.session.flush()
    after = {"class": training_class.code, "paper": paper.code, "opens_at": opens_at.isoformat()}
    record(actor, "exams.sitting_planned", f"exam_sitting:{sitting.code}", now=now, after=after)
    if not is_slot:
        assign_candidate_numbers(sitting_id=sitting.id, actor=actor, now=now)
    return sitting


def assign_candidate_numbers(*, sitting_id: int, actor: Actor, now: datetime) -> int:
    """Number those who have no number yet, in the order of admission or of booking; returns how many are new."""
    if not can_manage_sittings(actor):
        raise Forbidden
    sitting = lock_sitting(sitting_id)
    known = set(queries.candidates_of(sitting_id).values())
    new = [learner_id for learner_id in _expected(sitting) if learner_id not in known]
    add_candidates(sitting_id, new)
    _give_missing_tickets(sitting_id)
    if new:
        record(actor, "exams.candidates_numbered", f"exam_sitting:{sitting.code}", now=now, after={"count": len(new)})
    return len(new)


def _give_missing_tickets(sitting_id: int) -> None:
    """A ticket for those who were numbered before there were tickets."""
    without = select(ExamCandidate).where(ExamCandidate.sitting_id == sitting_id, ExamCandidate.ticket_code.is_(None))
    for candidate in db.session.scalars(without):
        candidate.ticket_code = random_code16()
    db.session.flush()


def _expected(sitting: ExamSitting) -> list[int]:
    """Everybody whom the class has admitted; of a slot those who have booked it."""
    admitted = enrollment.admitted_learner_ids(sitting.class_id)
    if queries.find_slot(sitting.id) is None:
        return admitted
    there = set(admitted)
    return [learner_id for learner_id in queries.booked_learner_ids(sitting.id) if learner_id in there]


def lock_sitting(sitting_id: int) -> ExamSitting:
    """The sitting, locked: numbers and seats are given out by one hand at a time."""
    return db.session.scalars(select(ExamSitting).where(ExamSitting.id == sitting_id).with_for_update()).one()


def add_candidates(sitting_id: int, learner_ids: list[int]) -> None:
    """Give the next numbers, and a ticket each. The caller holds the lock on the sitting; a number is never given twice."""
    number = ExamCandidate.candidate_no
    given = select(number).where(ExamCandidate.sitting_id == sitting_id)
    last = db.session.scalar(given.order_by(func.length(number).desc(), number.desc()).limit(1))
    already = int(last.removeprefix("K")) if last else 0
    rows = [
        {
            "sitting_id": sitting_id,
            "learner_id": learner_id,
            "candidate_no": candidate_number(already + place),
            "ticket_code": random_code16(),
        }
        for place, learner_id in enumerate(learner_ids, 1)
    ]
    if rows:
        db.session.execute(insert(ExamCandidate), rows)


def number_of(sitting_id: int, learner_id: int) -> str:
    """A learner's candidate number; somebody admitted after the numbering gets the next one.

    Her row is held for reading until the end of the transaction, so that extra time is decided before her start or after it.
    """
    query = select(ExamCandidate.candidate_no).where(
        ExamCandidate.sitting_id == sitting_id, ExamCandidate.learner_id == learner_id
    )
    number = db.session.scalar(query.with_for_update(read=True))
    if number is None:
        lock_sitting(sitting_id)
        number = db.session.scalar(query)
    if number is None:
        add_candidates(sitting_id, [learner_id])
        number = db.session.scalars(query).one()
    return number


def allowance_of(sitting: ExamSitting, learner_id: int) -> tuple[int, datetime]:
    """How many minutes a candidate has and when her window closes, extra time in percent included. After `number_of`."""
    percent = db.session.scalar(
        select(ExamCandidate.extra_percent).where(
            ExamCandidate.sitting_id == sitting.id, ExamCandidate.learner_id == learner_id
        )
    )
    return compute_allowance(minutes=sitting.minutes, closes_at=sitting.closes_at, percent=percent or 0)


def cancel_sitting(*, sitting_id: int, actor: Actor, now: datetime) -> ExamSitting:
    """Call a sitting off before anybody has begun."""
    if not can_manage_sittings(actor):
        raise Forbidden
    sitting = lock_sitting(sitting_id)
    begun = sum(queries.tally(sitting_id).values())
    if begun:
        raise SittingHasAttempts(count=begun)
    sitting.state = SittingState.CANCELLED
    db.session.execute(update(ExamRoom).where(ExamRoom.sitting_id == sitting_id).values(is_held=False))
    record(actor, "exams.sitting_cancelled", f"exam_sitting:{sitting.code}", now=now)
    return sitting


def close_finished_sittings(*, now: datetime) -> list[int]:
    """Close sittings whose window has ended and in which nobody is still writing; announces each."""
    writing = select(Attempt.id).where(Attempt.sitting_id == ExamSitting.id, Attempt.state == AttemptState.IN_PROGRESS)
    closed = db.session.execute(
        update(ExamSitting)
        .where(ExamSitting.state == SittingState.PLANNED, ExamSitting.closes_at < now - GRACE, ~writing.exists())
        .values(state=SittingState.CLOSED)
        .returning(ExamSitting.id, ExamSitting.code)
        .execution_options(synchronize_session=False)
    ).all()
    record_many(SYSTEM, "exams.sitting_closed", [(f"exam_sitting:{row.code}", None, None) for row in closed], now=now)
    announce_many("exams.sitting_closed", [{"sitting_id": row.id} for row in closed], now=now)
    return [row.id for row in closed]
