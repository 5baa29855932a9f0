"""Planning sessions, and booking rooms and instructors for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.models import Booking, ClassSession, SessionInstructor, TrainingClass
from academy.timetable.policies import can_edit_sessions, can_manage_classes
from academy.timetable.rules import (
    EDITABLE,
    ClassState,
    CourseToPlan,
    PlannedSession,
    ResourceKind,
    TeachingRole,
    compute_days_needed,
    compute_plan,
)

LONGEST_SESSION = timedelta(hours=12)


class PlanDoesNotFit(Conflict):
    """The program's courses need more days than the class has."""

    message = N_("课程共需 %(needed)s 天，这个班只有 %(available)s 天，排不下。")
    next_step = N_("把结束日期往后移，或逐次添加课次。")


class SessionsAreFixed(Conflict):
    """The class has ended, or the session has been taught."""

    message = N_("已经上过的课次和已结束的班，课表不能再改。")


class SessionTimeIsUnusable(Invalid):
    """Times out of order, outside the class's days, or too long."""

    message = N_("课次要在开班和结束日期之间，先开始后结束，学时不能超过实际时长。")


class IsTaken(Conflict):
    """A room or an instructor is booked for another session at that time."""

    message = N_("%(who)s%(when)s已排给“%(title)s”（%(code)s）的“%(session)s”。")
    next_step = N_("换一个时间，或换一间教室、一位讲师。")


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What a person decides about a session. `minutes` is teaching time."""

    title_zh: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    course_id: int | None = None
    room_id: int | None = None
    instructor_ids: tuple[int, ...] = ()


def generate_sessions(*, code: str, actor: Actor, now: datetime, instructor_ids: Sequence[int] = ()) -> list[ClassSession]:
    """Plan the program's courses over half days of the class's dates, in place of all sessions there were.

    Each session gets the first of the instructors who teaches the course's field and is free, else the first free one.
    Raises Forbidden, SessionsAreFixed, PlanDoesNotFit, IsTaken (the room).
    """
    found = _editable(code, actor)
    if found.state not in EDITABLE:
        raise SessionsAreFixed
    courses = catalog.program_courses(found.program_id)
    to_plan = [CourseToPlan(course.id, course.title_zh, course.hours) for course in courses]
    planned = compute_plan(to_plan, found.starts_on, found.ends_on)
    if planned is None:
        raise PlanDoesNotFit(needed=compute_days_needed(to_plan), available=(found.ends_on - found.starts_on).days + 1)
    _count_change(found)
    db.session.execute(delete(ClassSession).where(ClassSession.class_id == found.id))
    fields = {course.id: course.field_code for course in courses}
    pool = _Pool(instructor_ids)
    made = [
        _insert(found, seq, _session_plan(found, one, pool.choose(fields[one.course_id], one.starts_at, one.ends_at)))
        for seq, one in enumerate(planned, start=1)
    ]
    after = {"sessions": len(made), "minutes": sum(session.minutes for session in made)}
    record(actor, "timetable.sessions_generated", f"class:{code}", now=now, after=after)
    return made


class _Pool:
    """The instructors among whom a plan chooses."""

    def __init__(self, ids: Sequence[int]) -> None:
        known = people.instructors_by_ids(ids)
        self.members = [known[id_] for id_ in ids if id_ in known]

    def choose(self, field_code: str, starts_at: datetime, ends_at: datetime) -> tuple[int, ...]:
        """The instructor for a course of this field at this time; empty when nobody is free."""
        by_field = sorted(self.members, key=lambda member: field_code not in member.field_codes)  # stable
        for member in by_field:
            if queries.find_booking_clash(ResourceKind.INSTRUCTOR, member.id, starts_at, ends_at) is None:
                return (member.id,)
        return ()


def _session_plan(found: TrainingClass, one: PlannedSession, instructor_ids: tuple[int, ...]) -> SessionPlan:
    return SessionPlan(one.title_zh, one.starts_at, one.ends_at, one.minutes, one.course_id, found.room_id, instructor_ids)


def save_session(*, code: str, seq: int | None, plan: SessionPlan, actor: Actor, now: datetime) -> ClassSession:
    """Add a session (seq None) or change one that has not begun; books its room and instructors.

    Raises Forbidden, NotFound, SessionsAreFixed, SessionTimeIsUnusable, IsTaken.
    """
    found = _editable(code, actor)
    _check_times(found, plan)
    _count_change(found)
    if seq is None:
        session = _insert(found, _next_seq(found.id), plan)
        before = None
    else:
        session = queries.get_session(code, seq)
        if found.state is ClassState.RUNNING and session.starts_at <= now:
            raise SessionsAreFixed
        before = _shown(session)
        _change(session, plan)
    record(actor, "timetable.session_saved", f"session:{code}/{session.seq}", now=now, before=before, after=_shown(session))
    if found.state in {ClassState.OPEN, ClassState.RUNNING}:
        announce("timetable.session_changed", now=now, session_id=session.id)
    return session


def delete_session(*, code: str, seq: int, actor: Actor, now: datetime) -> None:
    """Take a session out of the timetable. Raises Forbidden, NotFound, SessionsAreFixed."""
    found = _editable(code, actor)
    if found.state not in EDITABLE:
        raise SessionsAreFixed
    session = queries.get_session(code, seq)
    _count_change(found)
    record(actor, "timetable.session_deleted", f"session:{code}/{seq}", now=now, before=_shown(session))
    db.session.delete(session)
    db.session.flush()


def _editable(code: str, actor: Actor) -> TrainingClass:
    found = queries.get_class(code)
    if not can_manage_classes(actor):
        raise Forbidden
    if not can_edit_sessions(actor, found):
        raise SessionsAreFixed
    return found


def _count_change(found: TrainingClass) -> None:
    """One more version of the class's timetable: an enrollment that was decided on an older one is decided again.

    The row stays locked until the commit.
    """
    query = update(TrainingClass).where(TrainingClass.id == found.id)
    db.session.execute(query.values(timetable_version=TrainingClass.timetable_version + 1))


def _check_times(found: TrainingClass, plan: SessionPlan) -> None:
    length = plan.ends_at - plan.starts_at
    first, last = local(plan.starts_at).date(), local(plan.ends_at).date()
    fits = found.starts_on <= first and last <= found.ends_on and timedelta(0) < length <= LONGEST_SESSION
    if not fits or not 0 < plan.minutes <= length.total_seconds() / 60:
        raise SessionTimeIsUnusable


def _next_seq(class_id: int) -> int:
    return (db.session.scalar(select(func.max(ClassSession.seq)).where(ClassSession.class_id == class_id)) or 0) + 1


def _insert(found: TrainingClass, seq: int, plan: SessionPlan) -> ClassSession:
    session = ClassSession(class_id=found.id, seq=seq)
    _copy(session, plan)
    db.session.add(session)
    db.session.flush()
    _book(session, plan.instructor_ids)
    return session


def _change(session: ClassSession, plan: SessionPlan) -> None:
    _copy(session, plan)
    db.session.flush()
    db.session.execute(delete(Booking).where(Booking.session_id == session.id))
    db.session.execute(delete(SessionInstructor).where(SessionInstructor.session_id == session.id))
    _book(session, plan.instructor_ids)


def _copy(session: ClassSession, plan: SessionPlan) -> None:
    for name in ("title_zh", "starts_at", "ends_at", "minutes", "course_id", "room_id"):
        setattr(session, name, getattr(plan, name))


def _book(session: ClassSession, instructor_ids: Iterable[int]) -> None:
    """Book the room and the instructors. On PostgreSQL an exclusion constraint has the last word."""
    wanted = [(ResourceKind.ROOM, session.room_id)] if session.room_id else []
    roles = {id_: TeachingRole.LEAD if n == 0 else TeachingRole.ASSISTANT for n, id_ in enumerate(instructor_ids)}
    for kind, resource_id in [*wanted, *((ResourceKind.INSTRUCTOR, id_) for id_ in roles)]:
        _refuse_if_taken(kind, resource_id, session)
        try:
            with db.session.begin_nested():
                db.session.execute(insert(Booking).values(**_booking(kind, resource_id, session)))
        except IntegrityError as error:  # somebody booked it between our look and our write
            _refuse_if_taken(kind, resource_id, session)
            raise error from None
    if roles:
        taught = [{"session_id": session.id, "instructor_id": id_, "role": role} for id_, role in roles.items()]
        db.session.execute(insert(SessionInstructor), taught)


def _booking(kind: ResourceKind, resource_id: int, session: ClassSession) -> dict[str, object]:
    span = {"starts_at": session.starts_at, "ends_at": session.ends_at}
    return {"resource_kind": kind, "resource_id": resource_id, "session_id": session.id, **span}


def _refuse_if_taken(kind: ResourceKind, resource_id: int, session: ClassSession) -> None:
    clash = queries.find_booking_clash(kind, resource_id, session.starts_at, session.ends_at, except_session=session.id)
    if clash is None:
        return
    if kind is ResourceKind.ROOM:
        who = Text(N_("教室“%(name)s”"), name=sites.room_by_id(resource_id).name_zh)
    else:
        who = Text(N_("讲师%(name)s"), name=people.instructor_by_id(resource_id).name_zh)
    raise IsTaken(who=who, when=clash.starts_at, title=clash.class_title, code=clash.class_code, session=clash.session_title)


def _shown(session: ClassSession) -> dict[str, object]:
    span = {"starts_at": local(session.starts_at).isoformat(), "ends_at": local(session.ends_at).isoformat()}
    return {"title_zh": session.title_zh, **span, "minutes": session.minutes, "room_id": session.room_id}
