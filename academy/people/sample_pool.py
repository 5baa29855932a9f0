"""Sample data: papers, appointments and absences of the instructors, some of which need somebody."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from academy.core.clock import TZ, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.people.models import Instructor, InstructorAbsence, InstructorAppointment, InstructorQualification
from academy.people.rules import AppointmentState, InstructorKind, QualificationKind, QualificationState

STAFF = "孔延玲"
DEMO = "F-001"
POSITIONS = {
    InstructorKind.EXPERT: "特聘教授",
    InstructorKind.PRACTITIONER: "实务导师",
    InstructorKind.PARTY_SCHOOL: "兼职讲师",
    InstructorKind.STUDENT_MENTOR: "带教导师",
}
ENDS_SOON = {3: 75, 9: 40, 17: 21, 26: 8, 41: 60, 58: 85}  # days from today, by place in the pool
ENDED = {12: 15, 33: 4, 70: 120}  # days ago
HANDED_IN = {5, 21}
RENEWED = {1, 7, 30}
PROPOSED, OVER, NEVER = {14, 45}, {19, 52}, {60, 61, 88}


def load(*, now: datetime) -> None:
    """Load unless there are any."""
    if db.session.scalar(select(InstructorQualification.id).limit(1)) is not None:
        return
    day = today(now)
    pool = list(enumerate(db.session.scalars(select(Instructor).order_by(Instructor.code)), start=1))
    db.session.execute(insert(InstructorQualification), [row for n, one in pool for row in _papers(n, one, day, now)])
    _renew(pool, day, now)
    db.session.execute(insert(InstructorAppointment), [row for n, one in pool for row in _appointment(n, one, day, now)])
    db.session.execute(insert(InstructorAbsence), [row for n, one in pool for row in _absences(n, one, day, now)])


def _papers(n: int, one: Instructor, day: date, now: datetime) -> list[dict[str, Any]]:
    ends = day + timedelta(days=ENDS_SOON.get(n, -ENDED[n] if n in ENDED else 300 + n * 7 % 500))
    issued = _years_before(ends, 3)
    license_ = _paper(one, QualificationKind.LICENSE, "本院授课资格证", f"XA-SK-{issued.year}-{n:04}", issued, ends, now)
    title = _paper(one, QualificationKind.TITLE, f"{one.title_zh}任职资格", f"ZC{2008 + n % 12}{n:06}", _long_ago(n), None, now)
    rows = [license_, title]
    if one.kind in {InstructorKind.PRACTITIONER, InstructorKind.STUDENT_MENTOR}:
        ends = day + timedelta(days=200 + n * 11 % 700)
        number = f"2021{n:08}"
        rows.append(
            _paper(one, QualificationKind.SOCIAL_WORKER, "社会工作师登记证书", number, _years_before(ends, 3), ends, now)
        )
    if n in HANDED_IN:
        waiting = _paper(one, QualificationKind.TRAINING, "师资培训结业", f"PX{n:05}", day - timedelta(days=20), None, now)
        unchecked = {"state": QualificationState.SUBMITTED, "checked_by": "", "checked_at": None, "submitted_by": one.name_zh}
        rows.append({**waiting, **unchecked})
    return rows


def _paper(
    one: Instructor, kind: QualificationKind, name: str, number: str, issued: date, ends: date | None, now: datetime
) -> dict[str, Any]:
    seen = datetime.combine(max(issued, date(2024, 8, 8)), time(10), TZ)
    return {
        "code": random_code16(),
        "instructor_id": one.id,
        "kind": kind,
        "name_zh": name,
        "number": number,
        "issued_on": issued,
        "expires_on": ends,
        "evidence_note": "核对原件（演示）",
        "state": QualificationState.CHECKED,
        "submitted_by": STAFF,
        "submitted_at": min(seen, now),
        "checked_by": STAFF,
        "checked_at": min(seen, now),
    }


def _renew(pool: list[tuple[int, Instructor]], day: date, now: datetime) -> None:
    """A few have a new license; the old one stays in the records."""
    license_of = select(InstructorQualification).where(InstructorQualification.kind == QualificationKind.LICENSE)
    old = {row.instructor_id: row for row in db.session.scalars(license_of)}
    for n, one in pool:
        if n in RENEWED:
            issued = day - timedelta(days=30)
            number = f"XA-SK-{issued.year}-{n + 200:04}"
            new = _paper(one, QualificationKind.LICENSE, "本院授课资格证", number, issued, _years_before(issued, -3), now)
            db.session.execute(insert(InstructorQualification), [{**new, "supersedes_id": old[one.id].id}])


def _appointment(n: int, one: Instructor, day: date, now: datetime) -> list[dict[str, Any]]:
    if n in NEVER:
        return []
    starts = date(day.year - 1, 9, 1)
    ends = date(day.year - 1, 12, 31) if n in OVER else date(day.year + 1, 8, 31)
    state = AppointmentState.PROPOSED if n in PROPOSED else AppointmentState.ENDED if n in OVER else AppointmentState.APPOINTED
    letter_no = None if n in PROPOSED else f"XA-PR-{starts.year}-{n:04}"
    appointed_at = None if n in PROPOSED else datetime.combine(starts, time(9), TZ)
    position = POSITIONS[one.kind]
    letter = {
        "letter_no": letter_no,
        "name_zh": one.name_zh,
        "instructor_code": one.code,
        "title_zh": one.title_zh,
        "position_zh": position,
        "starts_on": starts.isoformat(),
        "ends_on": ends.isoformat(),
        "issued_on": starts.isoformat(),
        "appointed_by": STAFF,
    }
    return [
        {
            "code": random_code16(),
            "instructor_id": one.id,
            "position_zh": position,
            "fee_tier": one.fee_tier,
            "starts_on": day if n in PROPOSED else starts,
            "ends_on": ends,
            "state": state,
            "proposed_by": "李明蕙",
            "proposed_at": now - timedelta(days=3) if n in PROPOSED else datetime.combine(starts, time(8), TZ),
            "appointed_at": appointed_at,
            "letter_no": letter_no,
            "letter": letter if letter_no else {},
            "ended_on": ends if n in OVER else None,
            "ended_reason": "聘期届满" if n in OVER else "",
        }
    ]


def _absences(n: int, one: Instructor, day: date, now: datetime) -> list[dict[str, Any]]:
    if one.code != DEMO and n % 24:
        return []
    first = datetime.combine(day + timedelta(days=75 + n), time(8), TZ)
    span = {"starts_at": first, "ends_at": first + timedelta(days=4, hours=10)}
    reason = "外出参加学术会议" if one.code == DEMO else "单位有任务"
    return [{"instructor_id": one.id, **span, "reason": reason, "created_at": now}]


def _years_before(day: date, years: int) -> date:
    """The same day some years before, or the 28th of a February without a 29th."""
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _long_ago(n: int) -> date:
    return date(2008 + n % 12, 1 + n % 12, 1 + n % 28)
