"""Starting an attempt, giving it more time, handing in."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm.util import identity_key

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record, record_many
from academy.core.codes import random_code16
from academy.core.db import UtcDateTime, db, sent_together, table_of
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.outbox import announce, announce_many
from academy.core.text import N_
from academy.exams import queries
from academy.exams.models import Attempt, ExamSitting
from academy.exams.policies import can_manage_sittings
from academy.exams.queries.receipts import Ended
from academy.exams.rules.delivery import GRACE, compute_due_at, may_enter
from academy.exams.rules.devices import may_write
from academy.exams.rules.kinds import FINISHED, AttemptSource, AttemptState
from academy.exams.rules.shuffling import lane_of
from academy.exams.services.answers import AttemptIsElsewhere, insert_or_renew
from academy.exams.services.receipts import compute_receipts, keep_receipts
from academy.exams.services.sittings import allowance_of, number_of
from academy.people import queries as people

AT_A_TIME = 200  # attempts whose time is over are collected in slices


class LearnerIsUnknown(Conflict):
    """The account belongs to nobody who learns here."""

    message = N_("您的账号还没有对应的学员档案，不能参加考试。")
    next_step = N_("请到“我的”补全资料，或联系班主任。")


class SittingIsNotOpen(Conflict):
    """A check of the admission does not hold."""

    message = N_("现在不能进入考试。%(reason)s")
    next_step = N_("下面逐条说明了原因和办法。")


class OrderIsFixed(Conflict):
    """Somebody has begun with the order as it is."""

    message = N_("已经有人进入考试，题目的次序不能再改。")


def start_attempt(*, sitting_id: int, actor: Actor, now: datetime, device: str = "") -> Attempt:
    """Begin, or go on with, the one attempt that the signed-in learner has. It is bound to the machine of `device`.

    Raises LearnerIsUnknown, SittingIsNotOpen, AttemptIsElsewhere.
    """
    learner_id = people.find_learner_id_of_user(actor.user_id) if actor.user_id is not None else None
    if learner_id is None:
        raise LearnerIsUnknown
    sitting = queries.sitting_by_id(sitting_id)
    existing = queries.find_attempt(sitting_id, learner_id)
    if existing is not None and existing.state is AttemptState.IN_PROGRESS and existing.user_id == actor.user_id:
        return _here(existing, device)
    verdict = queries.explain_entry(sitting, learner_id, existing, now=now)
    if not may_enter(verdict):
        raise SittingIsNotOpen(reason=verdict.unmet[0].say)
    return _begin(sitting, learner_id, actor, now, device)


def _here(attempt: Attempt, device: str) -> Attempt:
    if not may_write(attempt.device, device):
        raise AttemptIsElsewhere
    return attempt


def _begin(sitting: ExamSitting, learner_id: int, actor: Actor, now: datetime, device: str) -> Attempt:
    """Insert unless another request has just done so: the constraint decides, both get the same attempt."""
    number = number_of(sitting.id, learner_id)
    minutes, closes_at = allowance_of(sitting, learner_id)
    seat = queries.seat_of(sitting.id, learner_id) if sitting.is_shuffled else None
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
        "seed": secrets.randbelow(2**31 - 1) + 1 if sitting.is_shuffled else 0,
        "lane": lane_of(seat.row, seat.column) if seat else None,
        "device": device,
    }
    statement = insert_or_renew(Attempt).values(row).on_conflict_do_nothing(index_elements=["sitting_id", "learner_id"])
    attempt: Attempt | None = db.session.scalars(statement.returning(Attempt)).one_or_none()
    if attempt is None:
        attempt = queries.find_attempt(sitting.id, learner_id)
        if attempt is None:
            raise NotFound
        return _here(attempt, device)
    record(actor, "exams.attempt_started", f"attempt:{attempt.code}", now=now, after={"due_at": attempt.due_at.isoformat()})
    return attempt


def set_shuffling(*, sitting_id: int, is_shuffled: bool, actor: Actor, now: datetime) -> ExamSitting:
    """Whether every candidate of a sitting sees questions and options in an order of her own. Raises OrderIsFixed."""
    if not can_manage_sittings(actor):
        raise Forbidden
    sitting = db.session.scalars(select(ExamSitting).where(ExamSitting.id == sitting_id).with_for_update()).one()
    if queries.tally(sitting_id):
        raise OrderIsFixed
    was, sitting.is_shuffled = sitting.is_shuffled, is_shuffled
    before, after = {"is_shuffled": was}, {"is_shuffled": is_shuffled}
    record(actor, "exams.shuffling_set", f"exam_sitting:{sitting.code}", now=now, before=before, after=after)
    return sitting


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What was handed in, and the hash over it."""

    id: int
    code: str
    state: AttemptState
    submitted_at: datetime
    receipt: str | None


def submit_attempt(*, code: str, actor: Actor, now: datetime, device: str = "") -> HandedIn:
    """Hand in what the server holds, from the machine that holds the attempt.

    Handing in again changes nothing; after the time it counts as timed out. Raises NotFound, AttemptIsElsewhere.
    """
    done = (
        db.session.connection()
        .execute(_END, {"code_": code, "user": actor.user_id, "mark": device, "now": now, "since": now - GRACE})
        .one_or_none()
    )
    if done is None:
        return _handed_in(code, actor)
    known = db.session.identity_map.get(identity_key(Attempt, done.id))
    if known is not None:
        db.session.expire(known)
    ended = Ended(done.id, code, done.state, done.submitted_at)
    receipt = compute_receipts([ended])[done.id]
    with sent_together():
        keep_receipts({done.id: receipt})
        after = {"events": done.seq, "receipt": receipt}
        record(actor, f"exams.attempt_{ended.state.value}", f"attempt:{code}", now=now, after=after)
        announce("exams.attempt_submitted", now=now, attempt_id=done.id)
    return HandedIn(done.id, code, ended.state, ended.submitted_at, receipt)


_attempt = table_of(Attempt).c
_is_in_time = _attempt.due_at >= bindparam("since", type_=UtcDateTime)
_END = (
    update(table_of(Attempt))
    .where(
        _attempt.code == bindparam("code_"),
        _attempt.user_id == bindparam("user"),
        _attempt.state == AttemptState.IN_PROGRESS,
        _attempt.device.in_(["", bindparam("mark")]),
    )
    .values(
        state=case((_is_in_time, AttemptState.SUBMITTED), else_=AttemptState.TIMED_OUT),
        submitted_at=case((_is_in_time, bindparam("now", type_=UtcDateTime)), else_=_attempt.due_at),
    )
    .returning(_attempt.id, _attempt.state, _attempt.submitted_at, _attempt.seq)
)


def _handed_in(code: str, actor: Actor) -> HandedIn:
    """What was handed in before; an attempt that goes on belongs to another machine."""
    attempt = queries.get_attempt(code, user_id=actor.user_id).attempt
    db.session.refresh(attempt)
    if attempt.submitted_at is None:
        raise AttemptIsElsewhere
    return HandedIn(attempt.id, code, attempt.state, attempt.submitted_at, attempt.receipt)


def time_out_overdue(*, now: datetime) -> int:
    """Hand in, as acknowledged, every attempt whose time is over; returns how many."""
    overdue = list(
        db.session.scalars(
            select(Attempt.id).where(Attempt.state.not_in(FINISHED), Attempt.due_at < now - GRACE).order_by(Attempt.id)
        )
    )
    slices = (overdue[start : start + AT_A_TIME] for start in range(0, len(overdue), AT_A_TIME))
    return sum(_time_out(ids, now) for ids in slices)


def _time_out(attempt_ids: list[int], now: datetime) -> int:
    """The update asks again: an attempt may have been handed in, or have been given more time, since."""
    rows = db.session.execute(
        update(Attempt)
        .where(Attempt.id.in_(attempt_ids), Attempt.state.not_in(FINISHED), Attempt.due_at < now - GRACE)
        .values(state=AttemptState.TIMED_OUT, submitted_at=Attempt.due_at)
        .returning(Attempt.id, Attempt.code, Attempt.state, Attempt.submitted_at)
        .execution_options(synchronize_session=False)
    ).all()
    ended = [Ended(row.id, row.code, row.state, row.submitted_at) for row in rows if row.submitted_at is not None]
    keep_receipts(compute_receipts(ended))
    record_many(SYSTEM, "exams.attempt_timed_out", [(f"attempt:{one.code}", None, None) for one in ended], now=now)
    announce_many("exams.attempt_submitted", [{"attempt_id": one.attempt_id} for one in ended], now=now)
    return len(ended)
