"""Results are confirmed by a second person, then released: by hand or at an instant that was set."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring import queries
from academy.scoring.models import Result, ResultHold, ResultList
from academy.scoring.policies import can_confirm, is_same_person
from academy.scoring.rules import ResultState

FARTHEST = timedelta(days=366)


class ScorerMayNotConfirm(Conflict):
    """Results are looked at by two people."""

    message = N_("这份成绩是您评的，要由另一个人确认。")
    next_step = N_("请另一位管理员、班主任或证书管理员来确认。")


class ListIsOutOfDate(Conflict):
    """A newer version has been made since."""

    message = N_("这份成绩之后又重新评过，第 %(version)s 版不能再确认。")
    next_step = N_("请看最新一版。")


class ResultsAreNotConfirmed(Conflict):
    """Only what two people have looked at is shown to learners."""

    message = N_("这份成绩还没有第二个人确认，不能发布。")
    next_step = N_("请先由评分人以外的人确认。")


class ReleaseIsOutOfReach(Invalid):
    """The instant has gone by, or lies more than a year ahead."""

    message = N_("发布时间要在现在之后、一年之内。")
    next_step = N_("要马上发布，确认后按“发布”。")


class ResultsAreReleased(Conflict):
    """What learners have seen has no time of release any more."""

    message = N_("这份成绩已经发布，不能再改发布时间。")


def confirm_results(*, sitting_id: int, version: int, actor: Actor, now: datetime, release_at: datetime | None = None) -> bool:
    """A second person confirms a version, once, and may set when it is released. False: it was confirmed before.

    Raises ScorerMayNotConfirm, ListIsOutOfDate, ReleaseIsOutOfReach.
    """
    if not can_confirm(actor):
        raise Forbidden
    found = _newest(sitting_id, version)
    if is_same_person(actor, found.scored_by_id, found.scored_by):
        raise ScorerMayNotConfirm
    _require_reachable(release_at, now)
    values = {"state": ResultState.CONFIRMED, "confirmed_by": actor.name[:120], "confirmed_at": now}
    planned = {"release_at": release_at, "release_set_by": actor.name[:120] if release_at else ""}
    if not _move(found, ResultState.PROVISIONAL, values, confirmed_by_id=actor.user_id, **planned):
        return False
    tell(actor, "confirmed", found, now)
    return True


def schedule_release(*, sitting_id: int, version: int, release_at: datetime | None, actor: Actor, now: datetime) -> bool:
    """Set, move or (None) take back the instant at which a version is released. False: it is set so already.

    Raises ListIsOutOfDate, ResultsAreNotConfirmed, ResultsAreReleased, ReleaseIsOutOfReach.
    """
    if not can_confirm(actor):
        raise Forbidden
    found = _newest(sitting_id, version)
    if found.state is ResultState.PROVISIONAL:
        raise ResultsAreNotConfirmed
    if found.release_at == release_at and found.state is ResultState.CONFIRMED:
        return False
    _require_reachable(release_at, now)
    before = found.release_at
    changed = db.session.execute(
        update(ResultList)
        .where(ResultList.id == found.id, ResultList.state == ResultState.CONFIRMED)
        .values(release_at=release_at, release_set_by=actor.name[:120])
        .returning(ResultList.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ResultsAreReleased
    db.session.refresh(found)
    code = exams.sitting_by_id(sitting_id).code
    was, is_now = ({"release_at": at.isoformat() if at else None} for at in (before, release_at))
    record(actor, "scoring.release_scheduled", f"exam_sitting:{code}", now=now, before=was, after=is_now)
    return True


def release_due(*, now: datetime) -> int:
    """Release every confirmed version whose instant has come, unless a newer version stands; returns how many."""
    due = select(ResultList.sitting_id, ResultList.version).where(
        ResultList.state == ResultState.CONFIRMED, ResultList.release_at <= now, ~_overtaken()
    )
    rows = db.session.execute(due.order_by(ResultList.release_at, ResultList.id)).all()
    return sum(release_results(sitting_id=row.sitting_id, version=row.version, actor=SYSTEM, now=now) for row in rows)


def _overtaken() -> Any:
    newer = ResultList.__table__.alias("newer")
    is_newer = (newer.c.sitting_id == ResultList.sitting_id) & (newer.c.version > ResultList.version)
    return select(newer.c.id).where(is_newer).exists()


def _require_reachable(release_at: datetime | None, now: datetime) -> None:
    if release_at is not None and not now < release_at <= now + FARTHEST:
        raise ReleaseIsOutOfReach


def release_results(*, sitting_id: int, version: int, actor: Actor, now: datetime) -> bool:
    """Show a confirmed version to the learners, once, but for results that are held back. False: it was released before.

    Raises ResultsAreNotConfirmed, ListIsOutOfDate.
    """
    if not can_confirm(actor):
        raise Forbidden
    found = _newest(sitting_id, version)
    if found.state is ResultState.PROVISIONAL:
        raise ResultsAreNotConfirmed
    return release_list(found, actor=actor, now=now)


def release_list(found: ResultList, *, actor: Actor, now: datetime) -> bool:
    """`release_results` for a version that is at hand and may be released. False: it was released before."""
    values = {"state": ResultState.RELEASED, "released_at": now}
    if not _move(found, ResultState.CONFIRMED, values, released_by=actor.name[:120]):
        return False
    tell(actor, "released", found, now)
    return True


def _newest(sitting_id: int, version: int) -> ResultList:
    found = queries.find_newest_list(sitting_id)
    if found is None or found.version != version:
        raise ListIsOutOfDate(version=version)
    return found


def _move(found: ResultList, source: ResultState, values: dict[str, Any], **of_the_list: Any) -> bool:
    """Move a version on by one conditional update; whoever comes second finds it moved and changes nothing."""
    newer = select(func.max(ResultList.version)).where(ResultList.sitting_id == found.sitting_id).scalar_subquery()
    moved = db.session.execute(
        update(ResultList)
        .where(ResultList.id == found.id, ResultList.state == source, ResultList.version == newer)
        .values(**values, **of_the_list)
        .returning(ResultList.id)
        .execution_options(synchronize_session=False)
    )
    if moved.one_or_none() is None:
        return False
    moving = update(Result).where(Result.list_id == found.id)
    if values["state"] is ResultState.RELEASED:
        moving = moving.where(Result.learner_id.not_in(_held(found.sitting_id)))
    db.session.execute(moving.values(**values))
    db.session.refresh(found)
    return True


def _held(sitting_id: int) -> Any:
    return select(ResultHold.learner_id).where(ResultHold.sitting_id == sitting_id, ResultHold.lifted_at.is_(None))


def tell(actor: Actor, what: str, found: ResultList, now: datetime) -> None:
    """Record what happened to a version, and announce it."""
    sitting = exams.sitting_by_id(found.sitting_id)
    after = {"version": found.version, "count": found.count, "digest": found.digest}
    record(actor, f"scoring.results_{what}", f"exam_sitting:{sitting.code}", now=now, after=after)
    announce(f"scoring.results_{what}", now=now, sitting_id=sitting.id)
