"""Every read of the timetable."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select

from academy.catalog import queries as catalog
from academy.catalog.rules import CardState, OpenClassCard, certificate_line, panel_class
from academy.core.clock import today
from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable.models import ClassSession as ClassSession  # what reads give back is public by name
from academy.timetable.models import SessionInstructor
from academy.timetable.models import TrainingClass as TrainingClass
from academy.timetable.rules import ClassState, EnrollmentFacts, SessionState, TeachingRole
from academy.timetable.week import Slot

IS_HELD = ClassSession.state == SessionState.PLANNED


def find_class(code: str) -> TrainingClass | None:
    """A class by its code."""
    return db.session.scalars(select(TrainingClass).where(TrainingClass.code == code)).one_or_none()


def get_class(code: str) -> TrainingClass:
    """A class by its code. Raises NotFound."""
    found = find_class(code)
    if found is None:
        raise NotFound
    return found


def class_by_id(class_id: int) -> TrainingClass:
    """A class by its id. Raises NotFound."""
    found = db.session.get(TrainingClass, class_id)
    if found is None:
        raise NotFound
    return found


def classes_by_ids(ids: Iterable[int]) -> dict[int, TrainingClass]:
    """Classes by id."""
    return {found.id: found for found in db.session.scalars(select(TrainingClass).where(TrainingClass.id.in_(list(ids))))}


def classes(states: Iterable[ClassState] | None = None) -> list[TrainingClass]:
    """Classes in these states (None: all) by first day and code."""
    query = select(TrainingClass).order_by(TrainingClass.starts_on, TrainingClass.code, TrainingClass.id)
    return list(db.session.scalars(query if states is None else query.where(TrainingClass.state.in_(list(states)))))


@dataclass(frozen=True, slots=True)
class ClassFilter:
    """What a list of classes is narrowed to."""

    search: str = ""
    states: frozenset[ClassState] | None = None
    program_id: int | None = None
    site_ids: frozenset[int] | None = None


def find_classes(filter_: ClassFilter, *, limit: int = 20, offset: int = 0) -> tuple[list[TrainingClass], int]:
    """A page of classes, the latest first day first, and how many there are in all."""
    conditions: list[ColumnElement[bool]] = []
    if filter_.states is not None:
        conditions.append(TrainingClass.state.in_(filter_.states))
    if filter_.program_id is not None:
        conditions.append(TrainingClass.program_id == filter_.program_id)
    if filter_.site_ids is not None:
        conditions.append(TrainingClass.site_id.in_(filter_.site_ids))
    if search := filter_.search.strip():
        titled = TrainingClass.title_zh.contains(search, autoescape=True)
        conditions.append(or_(titled, TrainingClass.code.contains(search.upper(), autoescape=True)))
    total = db.session.scalar(select(func.count(TrainingClass.id)).where(*conditions)) or 0
    query = select(TrainingClass).where(*conditions).order_by(TrainingClass.starts_on.desc(), TrainingClass.code)
    return list(db.session.scalars(query.limit(limit).offset(offset))), total


def counts_by_state() -> dict[ClassState, int]:
    """How many classes stand in each state."""
    query = select(TrainingClass.state, func.count(TrainingClass.id)).group_by(TrainingClass.state)
    return dict(db.session.execute(query).all())


def next_run_no(program_id: int, year: int) -> int:
    """The number of a program's next run in a year."""
    query = select(func.max(TrainingClass.run_no)).where(TrainingClass.program_id == program_id, TrainingClass.year == year)
    return (db.session.scalar(query) or 0) + 1


def next_class_serial(year: int) -> int:
    """The next class number of a year."""
    return (db.session.scalar(select(func.max(TrainingClass.class_serial)).where(TrainingClass.year == year)) or 0) + 1


def sessions_of(class_id: int, *, with_cancelled: bool = False) -> list[ClassSession]:
    """A class's sessions in order; those that were cancelled only if they are asked for."""
    query = select(ClassSession).where(ClassSession.class_id == class_id).order_by(ClassSession.starts_at, ClassSession.id)
    return list(db.session.scalars(query if with_cancelled else query.where(IS_HELD)))


def session_by_id(session_id: int) -> ClassSession:
    """A session by its id. Raises NotFound."""
    found = db.session.get(ClassSession, session_id)
    if found is None:
        raise NotFound
    return found


def sessions_by_ids(ids: Iterable[int]) -> dict[int, ClassSession]:
    """Sessions by id."""
    return {found.id: found for found in db.session.scalars(select(ClassSession).where(ClassSession.id.in_(list(ids))))}


def get_session(class_code: str, seq: int) -> ClassSession:
    """A session by its class and number. Raises NotFound."""
    query = select(ClassSession).join(TrainingClass, TrainingClass.id == ClassSession.class_id)
    found = db.session.scalars(query.where(TrainingClass.code == class_code, ClassSession.seq == seq)).one_or_none()
    if found is None:
        raise NotFound
    return found


def sessions_between(
    start: datetime,
    end: datetime,
    *,
    class_ids: Iterable[int] | None = None,
    instructor_id: int | None = None,
    states: Iterable[ClassState] | None = None,
) -> list[ClassSession]:
    """Sessions that begin in [start, end), in order; of some classes, of one instructor, of classes in some states.

    Cancelled sessions are left out.
    """
    query = select(ClassSession).where(ClassSession.starts_at >= start, ClassSession.starts_at < end, IS_HELD)
    if class_ids is not None:
        query = query.where(ClassSession.class_id.in_(list(class_ids)))
    if instructor_id is not None:
        taught = select(SessionInstructor.session_id).where(SessionInstructor.instructor_id == instructor_id)
        query = query.where(ClassSession.id.in_(taught))
    if states is not None:
        query = query.where(ClassSession.class_id.in_(select(TrainingClass.id).where(TrainingClass.state.in_(list(states)))))
    return list(db.session.scalars(query.order_by(ClassSession.starts_at, ClassSession.id)))


def session_instructors(session_ids: Iterable[int]) -> dict[int, list[int]]:
    """The instructors' ids of each session, the lead first."""
    query = select(SessionInstructor).where(SessionInstructor.session_id.in_(list(session_ids)))
    found: dict[int, list[int]] = {}
    for row in db.session.scalars(query.order_by(SessionInstructor.role.desc(), SessionInstructor.instructor_id)):
        found.setdefault(row.session_id, []).append(row.instructor_id)
    return found


def session_roles(session_ids: Iterable[int]) -> dict[tuple[int, int], TeachingRole]:
    """The role of each instructor in each session, by (session, instructor)."""
    query = select(SessionInstructor).where(SessionInstructor.session_id.in_(list(session_ids)))
    return {(row.session_id, row.instructor_id): row.role for row in db.session.scalars(query)}


def teaches(session_id: int, instructor_id: int) -> bool:
    """Whether an instructor teaches a session."""
    return db.session.get(SessionInstructor, (session_id, instructor_id)) is not None


def class_ids_of_instructor(instructor_id: int) -> list[int]:
    """The classes in which an instructor teaches."""
    query = (
        select(ClassSession.class_id)
        .join(SessionInstructor, SessionInstructor.session_id == ClassSession.id)
        .where(SessionInstructor.instructor_id == instructor_id, IS_HELD)
        .distinct()
        .order_by(ClassSession.class_id)
    )
    return list(db.session.scalars(query))


def minutes_of_classes(class_ids: Iterable[int]) -> dict[int, int]:
    """Planned teaching minutes of each class, cancelled sessions left out; so are classes without sessions."""
    query = select(ClassSession.class_id, func.sum(ClassSession.minutes)).where(ClassSession.class_id.in_(list(class_ids)))
    query = query.where(IS_HELD)
    return {class_id: int(minutes) for class_id, minutes in db.session.execute(query.group_by(ClassSession.class_id))}


_sessions = table_of(ClassSession)
_MINUTES = select(_sessions.c.id, _sessions.c.minutes).where(_sessions.c.class_id == bindparam("class_id"), IS_HELD)


def minutes_of_sessions(class_id: int) -> dict[int, int]:
    """The planned minutes of each session of a class, cancelled ones left out; for who asks often."""
    return dict(db.session.connection().execute(_MINUTES, {"class_id": class_id}).all())


_classes = table_of(TrainingClass)
# What the enrollment rule needs of a class; enrollment adds its own columns, so that a rush asks once.
FACTS = select(*[_classes.c[name] for name in EnrollmentFacts._fields])
_FACTS_BY_ID = FACTS.where(_classes.c.id == bindparam("class_id"))


def enrollment_facts(class_id: int) -> EnrollmentFacts:
    """What the enrollment rule needs of a class. Raises NotFound."""
    return _facts(db.session.execute(_FACTS_BY_ID, {"class_id": class_id}).one_or_none())


def _facts(row: Row[Any] | None) -> EnrollmentFacts:
    if row is None:
        raise NotFound
    return EnrollmentFacts._make(row)


def slots_of(found: TrainingClass) -> list[Slot]:
    """A class's sessions as the timetable shows them."""
    sessions = sessions_of(found.id)
    teaching = session_instructors(session.id for session in sessions)
    named = people.instructors_by_ids({id_ for ids in teaching.values() for id_ in ids})
    courses = catalog.courses_by_ids({session.course_id for session in sessions if session.course_id})
    elsewhere = sites.rooms_by_ids({session.room_id for session in sessions if session.room_id not in {None, found.room_id}})
    return [
        Slot(
            session_id=session.id,
            seq=session.seq,
            title=session.title_zh,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            minutes=session.minutes,
            panel=panel_class(courses[session.course_id].field_code) if session.course_id else "",
            people=tuple(named[id_].name_zh for id_ in teaching.get(session.id, ())),
            place=elsewhere[session.room_id].name_zh if session.room_id in elsewhere else "",
        )
        for session in sessions
    ]


def instructors_of(class_id: int) -> list[people.Instructor]:
    """Who teaches in a class, in the order of their first session."""
    ids = [session.id for session in sessions_of(class_id)]
    teaching = session_instructors(ids)
    ordered = dict.fromkeys(id_ for session_id in ids for id_ in teaching.get(session_id, ()))
    named = people.instructors_by_ids(ordered)
    return [named[id_] for id_ in ordered]


def open_class_cards(*, now: datetime) -> list[OpenClassCard]:
    """The classes that take, or will soon take, enrollments, as the catalog shows them; the next to start first."""
    found = [one for one in classes([ClassState.OPEN]) if one.enroll_closes_at > now]
    programs = catalog.programs_by_ids({one.program_id for one in found})
    fields = {field.code: field for field in catalog.fields()}
    places = sites.sites_by_ids({one.site_id for one in found})
    minutes = minutes_of_classes(one.id for one in found)
    return [
        _card(one, programs[one.program_id], fields[programs[one.program_id].field_code], places[one.site_id], minutes, now)
        for one in found
    ]


def _card(
    found: TrainingClass,
    program: catalog.Program,
    field: catalog.Field,
    site: sites.TeachingSite,
    minutes: dict[int, int],
    now: datetime,
) -> OpenClassCard:
    state, words = seats_words(found, now)
    return OpenClassCard(
        title=found.title_zh,
        code=found.code,
        href=f"/classes/{found.code}",
        program_code=program.code,
        field_code=field.code,
        field_name=field.name_zh,
        panel=panel_class(field.code),
        run=found.run,
        summary=program.summary_zh,
        city_code=site.city_code,
        city=site.city_zh,
        county=site.county_zh,
        site_name=site.name_zh,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        hours=minutes.get(found.id, 0) // MINUTES_PER_HOUR,
        seats=found.seats,
        taken=found.admitted_count,
        certificate=certificate_line(program.certificate_kind, program.validity_months),
        person_types=tuple(found.audience),
        state=state,
        state_words=words,
        note=_window_words(found, now),
    )


def _window_words(found: TrainingClass, now: datetime) -> Text:
    if now < found.enroll_opens_at:
        return Text(N_("%(day)s 开放报名"), day=today(found.enroll_opens_at))
    return Text(N_("报名截止 %(day)s"), day=today(found.enroll_closes_at))


def seats_words(found: TrainingClass, now: datetime) -> tuple[CardState, Text]:
    """How it stands with an open class's seats, in a few words."""
    if now < found.enroll_opens_at:
        return "wait", Text(N_("尚未开放"))
    if now >= found.enroll_closes_at:
        return "draft", Text(N_("报名已截止"))
    if found.waiting_count or not found.seats_left:
        return "wait", Text(N_("已满，候补 %(count)s 人"), count=found.waiting_count)
    return "ok", Text(N_("余 %(left)s 席"), left=found.seats_left)


def class_ids_of_program(program_id: int) -> Select[int]:
    """In SQL: the ids of a program's classes."""
    return select(TrainingClass.id).where(TrainingClass.program_id == program_id)


def open_runs(program_id: int) -> list[TrainingClass]:
    """A program's classes that take people, the next to start first."""
    query = select(TrainingClass).where(TrainingClass.program_id == program_id, TrainingClass.state == ClassState.OPEN)
    return list(db.session.scalars(query.order_by(TrainingClass.starts_on, TrainingClass.id)))
