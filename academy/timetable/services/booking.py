"""Looking and writing under locks: no room, instructor or class is in two places at once.

Locks are taken in one order everywhere: the class, then its need, then instructors, then rooms, each by id. Whoever books
something holds it from the look to the commit, so that two saves at different sites cannot both find an instructor free. On
PostgreSQL an exclusion constraint has the last word; on SQLite writers take turns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries
from academy.timetable.models import Booking, ClassSession, SessionInstructor, TrainingClass
from academy.timetable.policies import can_edit_sessions, can_manage_classes
from academy.timetable.rules import (
    LONGEST_SESSION,
    Obstacle,
    ObstacleKind,
    ResourceKind,
    TeachingRole,
    Wanted,
    find_obstacles,
)


class SessionsAreFixed(Conflict):
    """The class has ended, or the session has been taught."""

    message = N_("已经上过或取消的课次和已结束的班，课表不能再改。")


class SessionTimeIsUnusable(Invalid):
    """Times out of order, outside the class's days, over midnight, or too long."""

    message = N_("课次要在开班和结束日期之间，当天开始当天结束，学时不能超过实际时长。")


class LearnersAreAffected(Conflict):
    """People have seats in the class: what a change does to them is looked at first (enrollment.services)."""

    message = N_("这个班已录取 %(admitted)s 人，什么都没有改动：改课表要先看对他们的影响。")
    next_step = N_("在班次页面逐次添加、移动或取消课次，那里会先列出影响。")


class DoesNotFit(Conflict):
    """Something stands in the way of a session; `obstacles` says everything about it."""

    message = N_("%(why)s")
    next_step = N_("%(fix)s")

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(why=obstacles[0].say, fix=obstacles[0].fix)
        self.obstacles = list(obstacles)


class IsTaken(DoesNotFit):
    """The room, an instructor or the class itself is elsewhere at that time, or on the way."""


class InstructorIsAway(DoesNotFit):
    """An instructor does not teach at that time."""


class WeekIsFull(DoesNotFit):
    """An instructor would teach more hours in the week than she may."""


class PlaceIsClosed(DoesNotFit):
    """The room or its site is not open at that time."""


class RoomDoesNotSuit(DoesNotFit):
    """The room is too small, or lacks equipment."""


_REFUSALS: dict[ObstacleKind, type[DoesNotFit]] = {
    ObstacleKind.OWN: IsTaken,
    ObstacleKind.ROOM: IsTaken,
    ObstacleKind.INSTRUCTOR: IsTaken,
    ObstacleKind.ABSENCE: InstructorIsAway,
    ObstacleKind.WEEK: WeekIsFull,
    ObstacleKind.HOURS: PlaceIsClosed,
    ObstacleKind.CLOSURE: PlaceIsClosed,
    ObstacleKind.CAPACITY: RoomDoesNotSuit,
    ObstacleKind.EQUIPMENT: RoomDoesNotSuit,
}


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What a person decides about a session. `minutes` is teaching time.

    `roles` belong to `instructor_ids` in their order; without them the first leads and the others assist.
    """

    title_zh: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    course_id: int | None = None
    room_id: int | None = None
    instructor_ids: tuple[int, ...] = ()
    roles: tuple[TeachingRole, ...] = ()
    equipment: tuple[str, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """The same as the clash check asks it."""
        return Wanted(self.starts_at, self.ends_at, self.minutes, self.room_id, self.instructor_ids, self.equipment)

    @property
    def staff(self) -> dict[int, TeachingRole]:
        """Who teaches in which role."""
        roles = self.roles or (TeachingRole.LEAD, *[TeachingRole.ASSISTANT] * len(self.instructor_ids))
        return dict(zip(self.instructor_ids, roles, strict=False))


def refuse(obstacles: Sequence[Obstacle]) -> None:
    """Raise the refusal that the first obstacle calls for; nothing when there is none."""
    if obstacles:
        if obstacles[0].kind is ObstacleKind.DATES:
            raise SessionTimeIsUnusable
        raise _REFUSALS[obstacles[0].kind](obstacles)


def open_timetable(code: str, actor: Actor, *, learners_checked: bool) -> TrainingClass:
    """Hold a class's row to change its sessions, and count one more version of its timetable.

    An enrollment that was decided on an older version is decided again. `learners_checked`: the caller has looked at what
    the change does to those who have seats. Raises NotFound, Forbidden, SessionsAreFixed, LearnersAreAffected.
    """
    if not can_manage_classes(actor):
        raise Forbidden
    query = select(TrainingClass).where(TrainingClass.code == code).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    if not can_edit_sessions(actor, found):
        raise SessionsAreFixed
    if found.admitted_count and not learners_checked:
        raise LearnersAreAffected(admitted=found.admitted_count)
    found.timetable_version += 1
    db.session.flush()
    return found


def check_times(plan: SessionPlan) -> None:
    """Raise SessionTimeIsUnusable for a session that is no session; the class's days are the board's matter."""
    length = plan.ends_at - plan.starts_at
    is_one_day = local(plan.starts_at).date() == local(plan.ends_at).date()
    fits = is_one_day and timedelta(0) < length <= LONGEST_SESSION
    if not fits or not 0 < plan.minutes <= length.total_seconds() / 60:
        raise SessionTimeIsUnusable


def hold(wanted: Iterable[Wanted]) -> None:
    """Lock the instructors and the rooms of some sessions until the commit. Raises NotFound for one that does not exist."""
    listed = list(wanted)
    instructor_ids = {id_ for one in listed for id_ in one.instructor_ids}
    room_ids = {one.room_id for one in listed if one.room_id is not None}
    people.lock_instructors(instructor_ids)
    sites.lock_rooms(room_ids)
    if len(people.instructors_by_ids(instructor_ids)) < len(instructor_ids):
        raise NotFound
    if len(sites.rooms_by_ids(room_ids)) < len(room_ids):
        raise NotFound


def next_seq(class_id: int) -> int:
    """The number of a class's next session."""
    return (db.session.scalar(select(func.max(ClassSession.seq)).where(ClassSession.class_id == class_id)) or 0) + 1


def insert_session(
    found: TrainingClass, seq: int, plan: SessionPlan, now: datetime, *, repeat_id: int | None = None
) -> ClassSession:
    """Write a new session with its bookings; the caller holds what it needs and has looked."""
    session = ClassSession(class_id=found.id, seq=seq, repeat_id=repeat_id)
    copy_plan(found, session, plan, now)
    db.session.add(session)
    db.session.flush()
    book(found, session, plan)
    return session


def copy_plan(found: TrainingClass, session: ClassSession, plan: SessionPlan, now: datetime) -> None:
    """What a plan says about a session, with the revision of this change."""
    for name in ("title_zh", "starts_at", "ends_at", "minutes", "course_id", "room_id"):
        setattr(session, name, getattr(plan, name))
    session.equipment = list(plan.equipment)
    session.revision, session.changed_at = found.timetable_version, now


def free(session: ClassSession) -> None:
    """Give the session's room and instructors back, and forget who teaches it."""
    db.session.execute(delete(Booking).where(Booking.session_id == session.id))
    db.session.execute(delete(SessionInstructor).where(SessionInstructor.session_id == session.id))


def book(found: TrainingClass, session: ClassSession, plan: SessionPlan) -> None:
    """Book the room and the instructors. On PostgreSQL an exclusion constraint has the last word."""
    span = {"session_id": session.id, "starts_at": session.starts_at, "ends_at": session.ends_at}
    resources = [(ResourceKind.ROOM, plan.room_id)] if plan.room_id is not None else []
    resources += [(ResourceKind.INSTRUCTOR, id_) for id_ in plan.instructor_ids]
    rows: list[dict[str, Any]] = [{"resource_kind": kind, "resource_id": id_, **span} for kind, id_ in resources]
    if rows:
        try:
            with db.session.begin_nested():
                db.session.execute(insert(Booking), rows)
        except IntegrityError as error:  # somebody wrote past the locks
            board = queries.read_board(found, [plan.wanted], except_session=session.id)
            refuse(find_obstacles(plan.wanted, board))
            raise error from None
    taught = [{"session_id": session.id, "instructor_id": id_, "role": role} for id_, role in plan.staff.items()]
    if taught:
        db.session.execute(insert(SessionInstructor), taught)
