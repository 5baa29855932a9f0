"""One class as of one instant. The same instant gives the same content, whatever happened since.

The content of a report file is Chinese, whoever asks: a kept document must not depend on its reader.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import mean, median, pstdev
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from academy.accounts import queries as accounts
from academy.attendance import queries as attendance
from academy.attendance.models import AttendanceMark
from academy.catalog.models import Program
from academy.certificates.models import Certificate
from academy.core.clock import local
from academy.core.db import db
from academy.core.wording import MINUTES_PER_HOUR
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED
from academy.exams.models import ExamSitting
from academy.people.models import Instructor, Learner
from academy.reports.queries.board import BINS, bin_of
from academy.reports.rules.definitions import CLASS_SUMMARY
from academy.scoring.models import Result, ResultList
from academy.sites.models import TeachingSite
from academy.timetable.models import ClassSession, SessionInstructor, TrainingClass

NOON = 12


@dataclass(frozen=True, slots=True)
class Person:
    """A seated learner with what she attended, got and holds."""

    code: str
    name: str
    organization: str
    person_type: str
    division: str
    attended: int
    rate: Decimal | None
    mark: Decimal | None
    passed: bool | None
    certificate: str


@dataclass(frozen=True, slots=True)
class Taught:
    """A session with how many came."""

    seq: int
    title: str
    teachers: str
    on: date
    half: str
    minutes: int
    present: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The report's content."""

    class_code: str
    title: str
    program: str
    site: str
    starts_on: date
    ends_on: date
    seats: int
    min_attendance: int
    as_of: datetime
    is_partial: bool  # of some organizations only
    people: tuple[Person, ...]
    sessions: tuple[Taught, ...]

    @property
    def planned(self) -> int:
        """Minutes of the sessions that were over at the instant."""
        return sum(s.minutes for s in self.sessions if s.is_over)

    @property
    def marks(self) -> list[Decimal]:
        """All marks out of 100."""
        return [p.mark for p in self.people if p.mark is not None]

    @property
    def passed(self) -> int:
        """How many passed."""
        return sum(1 for p in self.people if p.passed)

    @property
    def rate(self) -> Decimal | None:
        """Attendance of everybody together."""
        return percent(sum(p.attended for p in self.people), self.planned * len(self.people))

    @property
    def bins(self) -> list[int]:
        """How many marks fall into each column."""
        counts = [0] * len(BINS)
        for mark in self.marks:
            counts[bin_of(mark)] += 1
        return counts

    @property
    def statistics(self) -> tuple[Decimal, Decimal, Decimal]:
        """Mean, median and standard deviation of the marks, one decimal each. Needs at least one mark."""
        one = Decimal("0.1")
        figures = (mean(self.marks), median(self.marks), pstdev(self.marks))
        return tuple(Decimal(f).quantize(one, ROUND_HALF_UP) for f in figures)  # type: ignore[return-value]

    @property
    def checksum(self) -> str:
        """SHA-256 of the content in canonical form: equal for equal content, whatever the file's format."""
        content = {"report": CLASS_SUMMARY.code, "version": CLASS_SUMMARY.version, **asdict(self)}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def percent(part: int, whole: int) -> Decimal | None:
    """A share in percent with one decimal; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def summary(class_id: int, as_of: datetime, scope: Iterable[int] | None = None) -> Summary:
    """The class as of the instant; with `scope`, only the people of these organizations."""
    found, program, site = db.session.execute(
        select(TrainingClass, Program, TeachingSite)
        .join(Program, Program.id == TrainingClass.program_id)
        .join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
        .where(TrainingClass.id == class_id)
    ).one()
    learners = seated(class_id, as_of, scope)
    ids = {learner.id for learner in learners}
    sessions = list(
        db.session.scalars(
            select(ClassSession).where(ClassSession.class_id == class_id, _was_held(as_of)).order_by(ClassSession.seq)
        )
    )
    marks = _marks([s.id for s in sessions], as_of, ids)
    return Summary(
        class_code=found.code,
        title=f"{found.title_zh}（{found.year}年第{found.run_no}期）",
        program=program.title_zh,
        site=site.name_zh,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        seats=found.seats,
        min_attendance=attendance.least_attendance(found.id),
        as_of=as_of,
        is_partial=scope is not None,
        people=_people(class_id, as_of, learners, marks, sum(s.minutes for s in sessions if s.ends_at <= as_of)),
        sessions=_sessions(sessions, marks, as_of),
    )


def seated(class_id: int, as_of: datetime, scope: Iterable[int] | None = None) -> list[Learner]:
    """Who had a seat at the instant, by code."""
    query = (
        select(Learner)
        .join(Enrollment, Enrollment.learner_id == Learner.id)
        .where(Enrollment.class_id == class_id, Enrollment.admitted_at <= as_of)
        .where(or_(Enrollment.ended_at.is_(None), Enrollment.ended_at > as_of, Enrollment.state.in_(SEATED)))
        .order_by(Learner.code)
    )
    if scope is not None:
        query = query.where(Learner.organization_id.in_(list(scope)))
    return list(db.session.scalars(query).unique())


def _marks(session_ids: list[int], as_of: datetime, learner_ids: set[int]) -> dict[tuple[int, int], int]:
    """Attended minutes by session and learner, each from the latest version written by the instant."""
    query = (
        select(AttendanceMark.session_id, AttendanceMark.learner_id, AttendanceMark.minutes)
        .where(AttendanceMark.session_id.in_(session_ids), AttendanceMark.marked_at <= as_of)
        .order_by(AttendanceMark.version)
    )
    return {(s, learner): minutes for s, learner, minutes in db.session.execute(query) if learner in learner_ids}


def _people(
    class_id: int, as_of: datetime, learners: list[Learner], marks: dict[tuple[int, int], int], planned: int
) -> tuple[Person, ...]:
    organizations = accounts.organizations_by_ids({x.organization_id for x in learners if x.organization_id})
    types = {t.code: t.name_zh for t in accounts.person_types()}
    divisions = {d.code: d.name_zh for d in accounts.divisions()}
    results, numbers = _results(class_id, as_of), _certificates(class_id, as_of)
    attended: dict[int, int] = {}
    for (_, learner_id), minutes in marks.items():
        attended[learner_id] = attended.get(learner_id, 0) + minutes
    people = []
    for learner in learners:
        mark, passed = results.get(learner.id, (None, None))
        organization = organizations.get(learner.organization_id or 0)
        person = Person(
            code=learner.code,
            name=learner.name_zh,
            organization=organization.name_zh if organization else learner.unit_zh,
            person_type=types.get(learner.person_type_code, learner.person_type_code),
            division=divisions.get(learner.division_code or "", ""),
            attended=attended.get(learner.id, 0),
            rate=percent(attended.get(learner.id, 0), planned),
            mark=mark,
            passed=passed,
            certificate=numbers.get(learner.id, ""),
        )
        people.append(person)
    return tuple(people)


def _results(class_id: int, as_of: datetime) -> dict[int, tuple[Decimal, bool]]:
    """Released marks out of 100: the newest version of each sitting, of these the best."""
    query = (
        select(Result.sitting_id, Result.learner_id, Result.total, ResultList.full_marks, Result.passed)
        .join(ResultList, ResultList.id == Result.list_id)
        .join(ExamSitting, ExamSitting.id == Result.sitting_id)
        .where(ExamSitting.class_id == class_id, ResultList.released_at <= as_of)
        .order_by(ResultList.version, Result.id)
    )
    newest = {(sitting, who): (total * 100 / full, passed) for sitting, who, total, full, passed in db.session.execute(query)}
    best: dict[int, tuple[Decimal, bool]] = {}
    for (_, learner_id), (mark, passed) in newest.items():
        rounded = mark.quantize(Decimal("0.01"), ROUND_HALF_UP)
        if learner_id not in best or rounded > best[learner_id][0]:
            best[learner_id] = (rounded, passed)
    return best


def _certificates(class_id: int, as_of: datetime) -> dict[int, str]:
    query = (
        select(Certificate.learner_id, Certificate.number)
        .where(Certificate.class_id == class_id, Certificate.issued_at <= as_of)
        .where(or_(Certificate.revoked_at.is_(None), Certificate.revoked_at > as_of))
        .order_by(Certificate.issued_at, Certificate.id)
    )
    return dict(db.session.execute(query).all())


def _was_held(as_of: datetime) -> ColumnElement[bool]:
    """Whether a session had not been called off by the instant."""
    return or_(ClassSession.cancelled_at.is_(None), ClassSession.cancelled_at > as_of)


def _sessions(sessions: list[ClassSession], marks: dict[tuple[int, int], int], as_of: datetime) -> tuple[Taught, ...]:
    teachers: dict[int, list[str]] = {}
    query = (
        select(SessionInstructor.session_id, Instructor.name_zh)
        .join(Instructor, Instructor.id == SessionInstructor.instructor_id)
        .where(SessionInstructor.session_id.in_([s.id for s in sessions]))
        .order_by(SessionInstructor.role.desc(), Instructor.id)
    )
    for session_id, name in db.session.execute(query):
        teachers.setdefault(session_id, []).append(name)
    return tuple(
        Taught(
            seq=s.seq,
            title=s.title_zh,
            teachers="、".join(teachers.get(s.id, [])),
            on=local(s.starts_at).date(),
            half="上午" if local(s.starts_at).hour < NOON else "下午",
            minutes=s.minutes,
            present=sum(1 for (session_id, _), minutes in marks.items() if session_id == s.id and minutes > 0),
            is_over=s.ends_at <= as_of,
        )
        for s in sessions
    )


def hours(minutes: int) -> Decimal:
    """Minutes as hours of 45, one decimal."""
    return (Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.1"), ROUND_HALF_UP)
