"""Keeping a person's result back from a release, with a reason, and giving it free later."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring import queries
from academy.scoring.models import Result, ResultHold, ResultList
from academy.scoring.policies import can_confirm
from academy.scoring.rules import ResultState

LONGEST_REASON = 500


class NoSuchCandidate(Invalid):
    """The number belongs to nobody in this sitting."""

    message = N_("这场考试没有考生号 %(number)s。")
    next_step = N_("请对照成绩表里的考生号。")


class HoldReasonIsMissing(Invalid):
    """A decision about a person's result names its reason."""

    message = N_("要写明原因，没有改动。")


class ResultIsHeldAlready(Conflict):
    """One hold at a time."""

    message = N_("考生 %(number)s 的成绩已经在暂缓名单里。")


class ResultIsSeen(Conflict):
    """The newest version was released to her; what was seen is not taken back."""

    message = N_("考生 %(number)s 的成绩已经发布，本人看得到了，不能再暂缓。")
    next_step = N_("成绩有误请发起更正；更正后的新一版可以先暂缓。")


def require_reason(reason: str) -> str:
    """A reason that says something, cut to its column. Raises HoldReasonIsMissing."""
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise HoldReasonIsMissing
    return reason


def hold_result(*, sitting_id: int, candidate_no: str, reason: str, actor: Actor, now: datetime) -> ResultHold:
    """Keep a person's result back from the next release.

    Raises NoSuchCandidate, HoldReasonIsMissing, ResultIsHeldAlready, ResultIsSeen.
    """
    if not can_confirm(actor):
        raise Forbidden
    reason = require_reason(reason)
    learner_id = exams.candidates_of(sitting_id).get(candidate_no)
    if learner_id is None:
        raise NoSuchCandidate(number=candidate_no[:20])
    newest = _locked_newest(sitting_id)
    if newest is not None and newest.state is ResultState.RELEASED and _is_released(newest, learner_id):
        raise ResultIsSeen(number=candidate_no)
    made = ResultHold(
        code=random_code16(),
        sitting_id=sitting_id,
        learner_id=learner_id,
        candidate_no=candidate_no,
        reason=reason,
        held_by=actor.name[:120],
        held_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise ResultIsHeldAlready(number=candidate_no) from error
    record(actor, "scoring.result_held", _subject(made), now=now, after={"candidate": candidate_no}, reason=reason)
    return made


def lift_hold(*, sitting_id: int, code: str, reason: str, actor: Actor, now: datetime) -> bool:
    """Give a held result free; what its version has been released for the others, it is released at once.

    False: it was lifted before, and nothing changed. Raises NotFound, HoldReasonIsMissing.
    """
    if not can_confirm(actor):
        raise Forbidden
    reason = require_reason(reason)
    hold = queries.get_hold(code, sitting_id=sitting_id)
    _locked_newest(sitting_id)
    values = {"lift_reason": reason, "lifted_by": actor.name[:120], "lifted_at": now}
    lifted = db.session.execute(
        update(ResultHold)
        .where(ResultHold.id == hold.id, ResultHold.lifted_at.is_(None))
        .values(**values)
        .returning(ResultHold.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if lifted is None:
        return False
    db.session.refresh(hold)
    record(actor, "scoring.hold_lifted", _subject(hold), now=now, after={"candidate": hold.candidate_no}, reason=reason)
    _release_one(hold, now)
    return True


def _release_one(hold: ResultHold, now: datetime) -> None:
    released = queries.find_released_list(hold.sitting_id)
    if released is None:
        return
    db.session.execute(
        update(Result)
        .where(Result.list_id == released.id, Result.learner_id == hold.learner_id, Result.state == ResultState.CONFIRMED)
        .values(state=ResultState.RELEASED, released_at=now)
    )
    announce("scoring.results_released", now=now, sitting_id=hold.sitting_id)


def _locked_newest(sitting_id: int) -> ResultList | None:
    """The newest version, locked: a release goes through this row, so it sees the hold or comes first."""
    query = select(ResultList).where(ResultList.sitting_id == sitting_id).order_by(ResultList.version.desc()).limit(1)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def _is_released(found: ResultList, learner_id: int) -> bool:
    query = select(Result.state).where(Result.list_id == found.id, Result.learner_id == learner_id)
    return db.session.scalar(query) is ResultState.RELEASED


def _subject(hold: ResultHold) -> str:
    return f"exam_sitting:{exams.sitting_by_id(hold.sitting_id).code}"
