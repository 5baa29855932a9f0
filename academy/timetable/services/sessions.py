"""Planning sessions: one at a time, or all of a program's courses over half days."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import Conflict, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.timetable import messages, queries
from academy.timetable.models import Booking, ClassSession, TrainingClass
from academy.timetable.rules import (
    EDITABLE,
    Board,
    ClassState,
    CourseToPlan,
    ObstacleKind,
    PlannedSession,
    SessionState,
    Wanted,
    compute_days_needed,
    compute_plan,
    find_obstacles,
)
from academy.timetable.services.booking import IsTaken as IsTaken  # what callers give and catch is public by name
from academy.timetable.services.booking import SessionPlan as SessionPlan
from academy.timetable.services.booking import SessionsAreFixed as SessionsAreFixed
from academy.timetable.services.booking import SessionTimeIsUnusable as SessionTimeIsUnusable
from academy.timetable.services.booking import (
    book,
    check_times,
    copy_plan,
    free,
    hold,
    insert_session,
    next_seq,
    open_timetable,
    refuse,
)

TOLD = frozenset({ClassState.OPEN, ClassState.RUNNING})  # in these states people have planned with the timetable
ABOUT_INSTRUCTOR = frozenset({ObstacleKind.INSTRUCTOR, ObstacleKind.ABSENCE, ObstacleKind.WEEK})


class PlanDoesNotFit(Conflict):
    """The program's courses need more days than the class has."""

    message = N_("课程共需 %(needed)s 天，这个班只有 %(available)s 天，排不下。")
    next_step = N_("把结束日期往后移，或逐次添加课次。")


class AlreadyCancelled(Conflict):
    """The session was cancelled before."""

    message = N_("这次课已经取消，没有再改动什么。")


class CancelReasonIsMissing(Invalid):
    """Whoever planned with the session reads why it is not held."""

    message = N_("请写明取消的原因，学员和讲师会看到。")


def generate_sessions(*, code: str, actor: Actor, now: datetime, instructor_ids: Sequence[int] = ()) -> list[ClassSession]:
    """Plan the program's courses over half days of the class's dates, in place of all sessions there were.

    Each session gets the first of the instructors who teaches the course's field and may teach then, else the first who may.
    Raises Forbidden, SessionsAreFixed, LearnersAreAffected, PlanDoesNotFit, and DoesNotFit for what stands in the way.
    """
    found = open_timetable(code, actor, learners_checked=False)
    if found.state not in EDITABLE:
        raise SessionsAreFixed
    courses = catalog.program_courses(found.program_id)
    to_plan = [CourseToPlan(course.id, course.title_zh, course.hours) for course in courses]
    planned = compute_plan(to_plan, found.starts_on, found.ends_on)
    if planned is None:
        raise PlanDoesNotFit(needed=compute_days_needed(to_plan), available=(found.ends_on - found.starts_on).days + 1)
    pool = _pool(instructor_ids)
    everything = [_wanted(found, one, tuple(member.id for member in pool)) for one in planned]
    hold(everything)
    board = queries.read_board(found, everything, without_own=True)
    held = ClassSession.state == SessionState.PLANNED
    db.session.execute(delete(ClassSession).where(ClassSession.class_id == found.id, held))
    fields = {course.id: course.field_code for course in courses}
    first = next_seq(found.id)
    made = [
        insert_session(found, seq, _chosen(found, one, pool, fields[one.course_id], board), now)
        for seq, one in enumerate(planned, start=first)
    ]
    after = {"sessions": len(made), "minutes": sum(session.minutes for session in made)}
    record(actor, "timetable.sessions_generated", f"class:{code}", now=now, after=after)
    return made


def _pool(ids: Sequence[int]) -> list[Instructor]:
    known = people.instructors_by_ids(ids)
    return [known[id_] for id_ in ids if id_ in known]


def _wanted(found: TrainingClass, one: PlannedSession, instructor_ids: tuple[int, ...]) -> Wanted:
    return Wanted(one.starts_at, one.ends_at, one.minutes, found.room_id, instructor_ids)


def _chosen(found: TrainingClass, one: PlannedSession, pool: list[Instructor], field: str, board: Board) -> SessionPlan:
    """The session with the instructor who suits best; without one when nobody may teach then."""
    refuse(find_obstacles(_wanted(found, one, ()), board))
    by_field = sorted(pool, key=lambda member: field not in member.field_codes)  # stable
    wanted = _wanted(found, one, ())
    for member in by_field:
        asked = _wanted(found, one, (member.id,))
        if not any(obstacle.kind in ABOUT_INSTRUCTOR for obstacle in find_obstacles(asked, board)):
            wanted = asked
            break
    board.add(wanted, one.title_zh)
    span = (one.starts_at, one.ends_at)
    return SessionPlan(one.title_zh, *span, one.minutes, one.course_id, found.room_id, wanted.instructor_ids)


def save_session(
    *, code: str, seq: int | None, plan: SessionPlan, actor: Actor, now: datetime, learners_checked: bool = False
) -> ClassSession:
    """Add a session (seq None) or change one that has not begun; books its room and instructors, tells the instructors.

    In a class with admitted people, go through enrollment.services.move_session, which looks at their other classes first.
    Raises Forbidden, NotFound, SessionsAreFixed, SessionTimeIsUnusable, LearnersAreAffected, and DoesNotFit by its sentences.
    """
    found = open_timetable(code, actor, learners_checked=learners_checked)
    check_times(plan)
    session = None if seq is None else _changeable(found, seq, now)
    hold([plan.wanted])
    board = queries.read_board(found, [plan.wanted], except_session=session.id if session else None)
    refuse(find_obstacles(plan.wanted, board))
    if session is None:
        session, before = insert_session(found, next_seq(found.id), plan, now), None
        is_moved, relieved, kept = True, set[int](), set[int]()
    else:
        before, taught = shown(session), set(queries.session_instructors([session.id]).get(session.id, []))
        is_moved = (session.starts_at, session.ends_at, session.room_id) != (plan.starts_at, plan.ends_at, plan.room_id)
        relieved, kept = taught - set(plan.instructor_ids), taught & set(plan.instructor_ids)
        _change(found, session, plan, now)
    record(actor, "timetable.session_saved", f"session:{code}/{session.seq}", now=now, before=before, after=shown(session))
    if found.state in TOLD:
        _tell(found, session, is_moved, relieved, kept, set(plan.instructor_ids) - kept, now)
    return session


def _changeable(found: TrainingClass, seq: int, now: datetime) -> ClassSession:
    session = queries.get_session(found.code, seq)
    db.session.refresh(session)  # as it is under the lock
    if session.is_cancelled or (found.state is ClassState.RUNNING and session.starts_at <= now):
        raise SessionsAreFixed
    return session


def _change(found: TrainingClass, session: ClassSession, plan: SessionPlan, now: datetime) -> None:
    copy_plan(found, session, plan, now)
    db.session.flush()
    free(session)
    book(found, session, plan)


def _tell(
    found: TrainingClass,
    session: ClassSession,
    is_moved: bool,  # noqa: FBT001 - one of the facts told
    relieved: set[int],
    kept: set[int],
    added: set[int],
    now: datetime,
) -> None:
    """Letters to the instructors whom the change concerns; the learners are told by whoever subscribes."""
    messages.tell_instructors(messages.RELIEVED, relieved, found, session, now=now)
    messages.tell_instructors(messages.ASSIGNED, added, found, session, now=now)
    if is_moved:
        messages.tell_instructors(messages.MOVED, kept, found, session, now=now)
        announce("timetable.session_changed", now=now, session_id=session.id)


def cancel_session(
    *, code: str, seq: int, reason: str, actor: Actor, now: datetime, learners_checked: bool = False
) -> ClassSession:
    """Call a session off that has not begun. It stays visible with its reason; its room and instructors are free again.

    Raises Forbidden, NotFound, SessionsAreFixed, AlreadyCancelled, CancelReasonIsMissing, LearnersAreAffected.
    """
    found = open_timetable(code, actor, learners_checked=learners_checked)
    if not reason.strip():
        raise CancelReasonIsMissing
    session = queries.get_session(code, seq)
    db.session.refresh(session)  # as it is under the lock
    if session.is_cancelled:
        raise AlreadyCancelled
    if found.state is ClassState.RUNNING and session.starts_at <= now:
        raise SessionsAreFixed
    before = shown(session)
    session.state, session.cancelled_reason, session.cancelled_at = SessionState.CANCELLED, reason.strip()[:500], now
    session.revision, session.changed_at = found.timetable_version, now
    db.session.flush()
    db.session.execute(delete(Booking).where(Booking.session_id == session.id))
    subject, after = f"session:{code}/{seq}", {"state": session.state.value}
    record(actor, "timetable.session_cancelled", subject, now=now, before=before, after=after, reason=session.cancelled_reason)
    if found.state in TOLD:
        taught = queries.session_instructors([session.id]).get(session.id, [])
        told = session.cancelled_reason
        messages.tell_instructors(messages.CANCELLED, taught, found, session, now=now, reason=told)
        announce("timetable.session_cancelled", now=now, session_id=session.id)
    return session


def delete_session(*, code: str, seq: int, actor: Actor, now: datetime) -> None:
    """Take a session out of a timetable that nobody has planned with yet; later it is cancelled instead.

    Raises Forbidden, NotFound, SessionsAreFixed, LearnersAreAffected.
    """
    found = open_timetable(code, actor, learners_checked=False)
    session = queries.get_session(code, seq)
    db.session.refresh(session)
    if found.state not in EDITABLE or session.is_cancelled:
        raise SessionsAreFixed
    record(actor, "timetable.session_deleted", f"session:{code}/{seq}", now=now, before=shown(session))
    db.session.delete(session)
    db.session.flush()


def shown(session: ClassSession) -> dict[str, object]:
    """A session as the audit trail keeps it."""
    span = {"starts_at": local(session.starts_at).isoformat(), "ends_at": local(session.ends_at).isoformat()}
    return {"title_zh": session.title_zh, **span, "minutes": session.minutes, "room_id": session.room_id}
