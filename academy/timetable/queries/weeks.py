"""The sessions of a week, of whatever: classes, rooms, a site, an instructor. What week grids and calendars show."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from academy.catalog import queries as catalog
from academy.catalog.rules import panel_class
from academy.core.clock import local
from academy.core.db import db
from academy.people import queries as people
from academy.sites import queries as sites
from academy.sites.rules import day_span
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass
from academy.timetable.queries.classes import session_instructors
from academy.timetable.rules import ClassState, SessionState
from academy.timetable.week import Slot

SHOWN_TO_ALL = frozenset({ClassState.APPROVED, ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED, ClassState.ARCHIVED})


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose sessions: of these classes, or of this instructor, or in these rooms, or at this site without a room.

    `states` narrows to classes in some states; cancelled classes never count.
    """

    class_ids: Collection[int] = ()
    instructor_id: int | None = None
    room_ids: Collection[int] = ()
    roomless_site_id: int | None = None
    states: Collection[ClassState] | None = None


@dataclass(frozen=True, slots=True)
class WeekSlots:
    """A week: what takes place, what was called off, and the Monday of the next week in which anything does."""

    held: list[Slot]
    cancelled: list[Slot]
    next_monday: date | None


def _of(whose: Whose) -> ColumnElement[bool]:
    taught = select(SessionInstructor.session_id).where(SessionInstructor.instructor_id == whose.instructor_id)
    roomless = and_(ClassSession.room_id.is_(None), TrainingClass.site_id == whose.roomless_site_id)
    ways: list[ColumnElement[bool]] = []
    if whose.class_ids:
        ways.append(ClassSession.class_id.in_(list(whose.class_ids)))
    if whose.instructor_id is not None:
        ways.append(ClassSession.id.in_(taught))
    if whose.room_ids:
        ways.append(ClassSession.room_id.in_(list(whose.room_ids)))
    if whose.roomless_site_id is not None:
        ways.append(roomless)
    counts = TrainingClass.state != ClassState.CANCELLED
    if whose.states is not None:
        counts = TrainingClass.state.in_(list(whose.states))
    return and_(or_(*ways), counts) if ways else ClassSession.id.is_(None)


def week_of_slots(whose: Whose, monday: date, *, href: str = "") -> WeekSlots:
    """The sessions of seven days from a Monday. `href` is a pattern of addresses with {code} and {seq}."""
    (since, _), (until, _) = day_span(monday), day_span(monday + timedelta(days=7))
    query = (
        select(ClassSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == ClassSession.class_id)
        .where(ClassSession.starts_at >= since, ClassSession.starts_at < until, _of(whose))
        .order_by(ClassSession.starts_at, ClassSession.id)
    )
    rows = [(session, found) for session, found in db.session.execute(query)]
    slots = _slots(rows, whose, href)
    return WeekSlots(
        held=[slot for slot, (session, _) in zip(slots, rows, strict=True) if not session.is_cancelled],
        cancelled=[slot for slot, (session, _) in zip(slots, rows, strict=True) if session.is_cancelled],
        next_monday=None if rows else _next_monday(whose, until),
    )


def _next_monday(whose: Whose, since: datetime) -> date | None:
    query = select(func.min(ClassSession.starts_at)).join(TrainingClass, TrainingClass.id == ClassSession.class_id)
    is_held = ClassSession.state == SessionState.PLANNED
    first = db.session.scalar(query.where(ClassSession.starts_at >= since, is_held, _of(whose)))
    if first is None:
        return None
    day = local(first).date()
    return day - timedelta(days=day.weekday())


def _slots(rows: list[tuple[ClassSession, TrainingClass]], whose: Whose, href: str) -> list[Slot]:
    staff = session_instructors(session.id for session, _ in rows)
    named = people.instructors_by_ids({id_ for ids in staff.values() for id_ in ids})
    courses = catalog.courses_by_ids({session.course_id for session, _ in rows if session.course_id})
    rooms = sites.rooms_by_ids({session.room_id for session, _ in rows if session.room_id})
    places = sites.sites_by_ids({room.site_id for room in rooms.values()} | {found.site_id for _, found in rows})
    slots = []
    for session, found in rows:
        room = rooms.get(session.room_id or 0)
        site = places[room.site_id if room else found.site_id]
        slots.append(
            Slot(
                session_id=session.id,
                seq=session.seq,
                title=session.title_zh,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                minutes=session.minutes,
                panel=panel_class(courses[session.course_id].field_code) if session.course_id else "",
                people=tuple(named[id_].name_zh for id_ in staff.get(session.id, ())),
                place="" if whose.room_ids else f"{site.name_zh} {room.name_zh}" if room else site.name_zh,
                note=found.title_zh,
                href=href.format(code=found.code, seq=session.seq),
                why=session.cancelled_reason,
            )
        )
    return slots


def cancelled_of(class_id: int) -> list[ClassSession]:
    """A class's sessions that were called off, in order."""
    query = select(ClassSession).where(ClassSession.class_id == class_id, ClassSession.state == SessionState.CANCELLED)
    return list(db.session.scalars(query.order_by(ClassSession.starts_at, ClassSession.id)))
