"""Sample data: fifteen classes around today, in every state.

SAMPLE_EXAM_CLASS has ended with full attendance: exams, scores and certificates of the sample build on it. Its code is
fixed, whenever the sample is loaded; the other codes carry the year in which their class starts.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.catalog.queries import Course, Program
from academy.core.clock import TZ, today
from academy.core.db import db
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.people.queries import Instructor
from academy.sites import queries as sites
from academy.sites.rules import TravelTimes
from academy.timetable import sample_needs
from academy.timetable.models import Booking, ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import (
    AdmissionMode,
    ClassState,
    CourseToPlan,
    PlannedSession,
    ResourceKind,
    SessionState,
    Spot,
    TeachingRole,
    Week,
    class_code,
    compute_days_needed,
    compute_plan,
    week_of,
)

EXAM_PROGRAM = "XA-001"
SAMPLE_EXAM_CLASS = "XA-2026-001-01"
DEMO_INSTRUCTOR = "F-001"
CADRE_PROGRAM = "XA-020"  # its run is a cadre class: leave is limited
CANCELLED_IN = "XA-026"  # a session of its class has been called off


class Sample(NamedTuple):
    """One class: when it starts (days from today), how many seats, taken and waited for."""

    program: str
    run_no: int
    state: ClassState
    starts_in: int
    room: str
    seats: int
    admitted: int = 0
    waiting: int = 0
    opens_in: int = -12
    has_sessions: bool = True
    year: int | None = None  # None: of its first day
    held: int = 0  # for people who have been asked
    reserved: int = 0  # for a unit that has not named anybody
    admission: AdmissionMode = AdmissionMode.DIRECT


SAMPLES: tuple[Sample, ...] = (
    Sample("XA-018", 1, ClassState.ARCHIVED, -130, "TS-T-001-2", 40, 32),
    Sample("XA-021", 1, ClassState.CLOSED, -84, "TS-T-002-2", 45, 40),
    Sample("XA-010", 1, ClassState.CLOSED, -56, "TS-T-005-2", 42, 40),
    Sample(EXAM_PROGRAM, 1, ClassState.CLOSED, -35, "TS-T-001-1", 48, 44, year=2026),
    Sample("XA-020", 1, ClassState.RUNNING, -2, "TS-T-001-2", 40, 36),
    Sample("XA-012", 2, ClassState.RUNNING, -1, "TS-P-005-1", 30, 28),
    Sample("XA-019", 1, ClassState.OPEN, 9, "TS-P-003-1", 24, 23, waiting=7, held=1),
    Sample("XA-015", 3, ClassState.OPEN, 12, "TS-T-001-1", 30, 26, reserved=3),
    Sample("XA-017", 1, ClassState.OPEN, 18, "TS-T-007-1", 50, 31),
    Sample("XA-002", 1, ClassState.OPEN, 20, "TS-T-006-2", 40, 12, admission=AdmissionMode.UNIT_AND_ACADEMY),
    Sample("XA-026", 1, ClassState.OPEN, 26, "TS-T-009-1", 60, 21),
    Sample("XA-030", 1, ClassState.OPEN, 54, "TS-T-001-3", 40, opens_in=7),
    Sample("XA-023", 1, ClassState.APPROVED, 47, "TS-T-005-1", 50, opens_in=10),
    Sample("XA-028", 1, ClassState.SUBMITTED, 40, "TS-T-007-2", 36, opens_in=10),
    Sample("XA-027", 1, ClassState.DRAFT, 61, "TS-T-001-2", 40, opens_in=20, has_sessions=False),
    Sample("XA-005", 1, ClassState.CANCELLED, 15, "TS-R-001-1", 40, has_sessions=False),
)


def first_day(sample: Sample, now: datetime) -> date:
    """The class's first day: a Monday, but for those that run today."""
    day = today(now) + timedelta(days=sample.starts_in)
    if sample.state is ClassState.RUNNING:
        return day
    return day - timedelta(days=day.weekday()) if sample.starts_in < 0 else day + timedelta(days=-day.weekday() % 7)


def load(*, now: datetime) -> None:
    """Load the classes unless there are any."""
    if db.session.scalar(select(TrainingClass.id).limit(1)) is None:
        _load_classes(now)
    sample_needs.load(now=now)


def _load_classes(now: datetime) -> None:
    programs = {program.code: program for program in catalog.programs()}
    courses = {sample.program: catalog.program_courses(programs[sample.program].id) for sample in SAMPLES}
    db.session.execute(insert(TrainingClass), _classes(programs, courses, now))
    classes = {(row.program_id, row.run_no): row for row in db.session.scalars(select(TrainingClass))}
    staff = _Staff(people.instructors(), sites.travel_times(site.id for site in sites.sites()))
    for sample in SAMPLES:
        if sample.has_sessions:
            found = classes[programs[sample.program].id, sample.run_no]
            _load_sessions(found, courses[sample.program], staff, is_demo=sample.program == "XA-012")
    _cancel_one(classes[programs[CANCELLED_IN].id, 1], now)


def _cancel_one(found: TrainingClass, now: datetime) -> None:
    """The last session of a class that is open has been called off: it stays visible, and frees what it had."""
    sessions = select(ClassSession).where(ClassSession.class_id == found.id).order_by(ClassSession.starts_at.desc())
    last = db.session.scalars(sessions.limit(1)).one()
    last.state, last.cancelled_reason, last.cancelled_at = SessionState.CANCELLED, "讲师临时出差，另行补课", now
    last.revision, last.changed_at, found.timetable_version = 1, now, 1
    db.session.execute(delete(Booking).where(Booking.session_id == last.id))


def _classes(programs: dict[str, Program], courses: dict[str, list[Course]], now: datetime) -> list[dict[str, Any]]:
    rooms = {room.code: room for room in sites.rooms()}
    manager, admin = (accounts.find_user_by_email(f"{name}@demo.example") for name in ("manager", "admin"))
    staff = (manager.id if manager else None, admin.id if admin else None)
    serials: dict[int, int] = {}
    rows = []
    for sample in SAMPLES:
        starts_on = first_day(sample, now)
        year = sample.year or starts_on.year
        serials[year] = serials.get(year, 0) + 1
        room = rooms[sample.room]
        rows.append(
            {
                **_times(sample, starts_on, compute_days_needed(_to_plan(courses[sample.program])), now),
                **_people(sample, staff, now),
                "code": class_code(sample.program, year, sample.run_no),
                "program_id": programs[sample.program].id,
                "year": year,
                "run_no": sample.run_no,
                "class_serial": serials[year],
                "title_zh": programs[sample.program].title_zh,
                "audience": programs[sample.program].audience,
                "state": sample.state,
                "site_id": room.site_id,
                "room_id": room.id,
                "seats": sample.seats,
                "admitted_count": sample.admitted,
                "waiting_count": sample.waiting,
                "waitlist_seq": sample.waiting + sample.held,
                "held_count": sample.held,
                "reserved_count": sample.reserved,
                "admission": sample.admission,
                "fee_fen": 0,
                "is_cadre": sample.program == CADRE_PROGRAM,
                "ended_reason": "报名人数不足，并入下一期" if sample.state is ClassState.CANCELLED else "",
            }
        )
    return rows


def _times(sample: Sample, starts_on: date, days: int, now: datetime) -> dict[str, Any]:
    closes = datetime.combine(starts_on - timedelta(days=4), time(18), tzinfo=TZ)
    opens = datetime.combine(today(now) + timedelta(days=sample.opens_in), time(9), tzinfo=TZ)
    return {
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=days - 1),
        "enroll_opens_at": min(opens, closes - timedelta(days=25)) if sample.starts_in < 0 else opens,
        "enroll_closes_at": closes,
        "created_at": min(opens, closes) - timedelta(days=40),
    }


def _people(sample: Sample, staff: tuple[int | None, int | None], now: datetime) -> dict[str, Any]:
    manager, admin = staff
    is_submitted = sample.state is not ClassState.DRAFT
    is_approved = is_submitted and sample.state is not ClassState.SUBMITTED
    return {
        "manager_user_id": manager,
        "submitted_by_id": manager if is_submitted else None,
        "submitted_at": now - timedelta(days=2) if is_submitted else None,
        "approved_by_id": admin if is_approved else None,
        "approved_at": now - timedelta(days=1) if is_approved else None,
    }


def _to_plan(courses: Iterable[Course]) -> list[CourseToPlan]:
    return [CourseToPlan(course.id, course.title_zh, course.hours) for course in courses]


class _Staff:
    """Gives each session an instructor of its field who may teach then; few for one class, and not always the same ones."""

    def __init__(self, instructors: list[Instructor], times: TravelTimes) -> None:
        self.instructors = instructors
        self.times = times
        self.taken: dict[int, list[Spot]] = {one.id: [] for one in instructors}
        self.minutes: Counter[tuple[int, Week]] = Counter()

    def choose(self, field: str, planned: PlannedSession, site_id: int, team: set[int], *, is_demo: bool) -> int:
        """The best one; there are 120, somebody is always free."""
        spot = Spot(planned.starts_at, planned.ends_at, site_id)
        free = [one for one in self.instructors if self._may_teach(one, spot, planned.minutes)]
        best = min(
            free,
            key=lambda one: (
                not (is_demo and one.code == DEMO_INSTRUCTOR),
                field not in one.field_codes,
                one.id not in team,
                len(self.taken[one.id]),
                one.code,
            ),
        )
        self.taken[best.id].append(spot)
        self.minutes[best.id, week_of(spot.starts_at)] += planned.minutes
        team.add(best.id)
        return best.id

    def _may_teach(self, one: Instructor, spot: Spot, minutes: int) -> bool:
        if self.minutes[one.id, week_of(spot.starts_at)] + minutes > one.max_hours_per_week * MINUTES_PER_HOUR:
            return False
        return all(self._is_apart(spot, other) for other in self.taken[one.id])

    def _is_apart(self, spot: Spot, other: Spot) -> bool:
        way = timedelta(minutes=self.times.between(spot.site_id, other.site_id).minutes)
        return spot.ends_at + way <= other.starts_at or other.ends_at + way <= spot.starts_at


def _load_sessions(found: TrainingClass, courses: list[Course], staff: _Staff, *, is_demo: bool) -> None:
    planned = compute_plan(_to_plan(courses), found.starts_on, found.ends_on) or []
    rows = [{"class_id": found.id, "seq": seq, "room_id": found.room_id, **one._asdict()} for seq, one in enumerate(planned, 1)]
    db.session.execute(insert(ClassSession), rows)
    ids = db.session.scalars(select(ClassSession.id).where(ClassSession.class_id == found.id).order_by(ClassSession.seq))
    fields = {course.id: course.field_code for course in courses}
    team: set[int] = set()
    teaching, bookings = [], []
    for session_id, one in zip(ids, planned, strict=True):
        chosen = staff.choose(fields[one.course_id], one, found.site_id, team, is_demo=is_demo)
        teaching.append({"session_id": session_id, "instructor_id": chosen, "role": TeachingRole.LEAD})
        span = {"session_id": session_id, "starts_at": one.starts_at, "ends_at": one.ends_at}
        bookings.append({"resource_kind": ResourceKind.ROOM, "resource_id": found.room_id, **span})
        bookings.append({"resource_kind": ResourceKind.INSTRUCTOR, "resource_id": chosen, **span})
    db.session.execute(insert(SessionInstructor), teaching)
    db.session.execute(insert(Booking), bookings)
