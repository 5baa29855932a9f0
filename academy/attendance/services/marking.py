"""Marking on the roster: everybody at once, one person by a tap, and the rest as absent."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from academy.attendance import queries
from academy.attendance.policies import can_mark
from academy.attendance.rules import MarkSource, MarkState
from academy.attendance.services.writing import Marked, Seen, hold, put_marks
from academy.core.access import Actor
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_
from academy.enrollment import queries as enrollment
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.timetable.rules import ClassState

OPENS_BEFORE = timedelta(minutes=30)
MARKABLE = frozenset({ClassState.RUNNING, ClassState.CLOSED})


class SessionHasNotBegun(Conflict):
    """Nobody is marked in advance."""

    message = N_("这次课 %(at)s 开始，开始前 30 分钟才能点名。")


class SessionHasNotEnded(Conflict):
    """People may still come."""

    message = N_("这次课 %(at)s 才结束，签到还开着，现在不能把其余的人都记缺勤。")
    next_step = N_("下课后再点，或先关闭签到。")


class SessionIsCancelled(Conflict):
    """The session was called off: nobody was there."""

    message = N_("这次课已取消（%(reason)s），不能点名。")


class ClassIsNotTaught(Conflict):
    """The class has not started, or its records are closed."""

    message = N_("这个班现在不能点名：还没有开班，或者已经归档。")


def mark_session(
    *,
    session_id: int,
    marks: Mapping[int, Seen],
    actor: Actor,
    now: datetime,
    reason: str = "",
    source: MarkSource = MarkSource.ROSTER,
) -> Marked:
    """Mark people in a session, or correct marks; earlier marks stay in the history, credits are countered, never edited.

    Posting the same again changes nothing. Raises NotFound, Forbidden, ClassIsNotTaught, SessionIsCancelled,
    SessionHasNotBegun, NotOnTheRoster, and CorrectionNeedsReason when a standing mark changes without a `reason`.
    """
    session = timetable.session_by_id(session_id)
    if not can_mark(actor, session):
        raise Forbidden
    check_time(session, now)
    hold(session.class_id, marks)
    return put_marks(session, marks, actor=actor, now=now, source=source, reason=reason)


def mark_rest(*, session_id: int, actor: Actor, now: datetime) -> Marked:
    """Mark everybody who has no mark yet: on leave when leave was approved, else absent. Pressed twice, nothing changes.

    Raises NotFound, Forbidden, ClassIsNotTaught, and SessionHasNotEnded while people may still check in.
    """
    session = timetable.session_by_id(session_id)
    if not can_mark(actor, session):
        raise Forbidden
    check_time(session, now)
    if now < session.ends_at and queries.live_openings([session.id], now):
        raise SessionHasNotEnded(at=session.ends_at)
    ids = enrollment.admitted_learner_ids(session.class_id)
    hold(session.class_id, ids)
    marked = queries.fresh_marks(session.id, ids)
    on_leave = queries.learners_on_leave(session.id)
    rest = {id_: Seen(MarkState.LEAVE if id_ in on_leave else MarkState.ABSENT) for id_ in ids if id_ not in marked}
    return put_marks(session, rest, actor=actor, now=now, source=MarkSource.ROSTER, reason="")


def check_time(session: ClassSession, now: datetime) -> None:
    """Raises ClassIsNotTaught, SessionIsCancelled, or SessionHasNotBegun until half an hour before the start."""
    if timetable.class_by_id(session.class_id).state not in MARKABLE:
        raise ClassIsNotTaught
    if session.is_cancelled:
        raise SessionIsCancelled(reason=session.cancelled_reason)
    if now < session.starts_at - OPENS_BEFORE:
        raise SessionHasNotBegun(at=session.starts_at)
