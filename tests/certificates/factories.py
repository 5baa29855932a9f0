"""A class that has ended, with people who earned its certificate: attendance, ledger and released results."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from academy.accounts.models import User
from academy.attendance.models import AttendanceMark, CreditEntry
from academy.attendance.rules import EntryKind, MarkState
from academy.certificates import services
from academy.certificates.models import Certificate, CertificateBatch
from academy.core.access import Actor, Role
from academy.core.codes import random_code16
from academy.core.db import db, transaction
from academy.core.outbox import drain
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState, Source
from academy.exams.models import Attempt, ExamSitting, Paper
from academy.exams.rules.kinds import AttemptSource, AttemptState, SittingState
from academy.people.models import Learner
from academy.scoring.models import Result, ResultList, ScoringRule
from academy.scoring.rules import ResultState
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState
from tests.accounts.factories import actor_of, make_user
from tests.enrollment.factories import make_learner
from tests.timetable import factories as timetable

SESSION_MINUTES = 180
SESSIONS = 2  # 360 minutes are the 8 hours that the program asks for
LAST_DAY = date(2026, 11, 11)


@dataclass(frozen=True)
class Graduates:
    """A closed class whose people are all entitled, and two officers."""

    training_class: TrainingClass
    learners: list[Learner]
    sessions: list[ClassSession]
    officer: Actor
    second: Actor
    world: timetable.World

    @property
    def id(self) -> int:
        """The class's id."""
        return self.training_class.id


def make_graduates(now: datetime, count: int = 3, *, world: timetable.World | None = None, **given: Any) -> Graduates:
    """`count` people who attended everything and passed with 80; names 学员1, 学员2 …"""
    world = world or timetable.make_world()
    found = timetable.make_class(
        world, now=now, state=ClassState.CLOSED, starts_on=LAST_DAY - timedelta(days=1), ends_on=LAST_DAY, seats=9999, **given
    )
    starts = timetable.at(LAST_DAY - timedelta(days=1), 9)
    sessions = [
        timetable.make_session(found, starts + timedelta(hours=5 * place), minutes=SESSION_MINUTES) for place in range(SESSIONS)
    ]
    learners = [make_learner(now, name=f"学员{place + 1}") for place in range(count)]
    _seat(found, learners, now)
    _attend(found, learners, sessions, now)
    release_results(found, learners, now)
    officers = [actor_of(make_user(Role.CERTIFICATE_OFFICER, name=name)) for name in ("周静宜", "何书云")]
    return Graduates(found, learners, sessions, officers[0], officers[1], world)


def _seat(found: TrainingClass, learners: list[Learner], now: datetime) -> None:
    rows = [
        {
            "code": random_code16(),
            "class_id": found.id,
            "learner_id": learner.id,
            "state": EnrollmentState.ADMITTED,
            "source": Source.STAFF,
            "applied_at": now,
            "admitted_at": now,
        }
        for learner in learners
    ]
    if rows:
        db.session.execute(insert(Enrollment), rows)
    found.admitted_count = len(learners)
    db.session.commit()


def _attend(found: TrainingClass, learners: list[Learner], sessions: list[ClassSession], now: datetime) -> None:
    marks = [
        AttendanceMark(
            session_id=session.id,
            learner_id=learner.id,
            version=1,
            state=MarkState.PRESENT,
            minutes=session.minutes,
            marked_by="讲师",
            marked_at=now,
        )
        for learner in learners
        for session in sessions
    ]
    db.session.add_all(marks)
    db.session.flush()
    db.session.add_all(
        CreditEntry(
            learner_id=mark.learner_id,
            class_id=found.id,
            session_id=mark.session_id,
            mark_id=mark.id,
            kind=EntryKind.CREDIT,
            minutes=mark.minutes,
            rule="2024-08",
            earned_on=LAST_DAY,
            entered_at=now,
        )
        for mark in marks
    )
    db.session.commit()


def release_results(found: TrainingClass, learners: list[Learner], now: datetime, *, total: Decimal = Decimal(80)) -> None:
    """A sitting of the class with a released result for each learner."""
    token = secrets.token_hex(6)
    paper = Paper(code=token, title_zh="结业考核", minutes=60, blueprint=[], created_at=now, created_by="甲")
    rule = ScoringRule(code=token, title_zh="规则", parameters={}, valid_from=LAST_DAY)
    db.session.add_all([paper, rule])
    db.session.flush()
    sitting = ExamSitting(
        code=token, class_id=found.id, paper_id=paper.id, title_zh="结业考核", opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=8), minutes=60, state=SittingState.CLOSED, created_at=now, created_by="甲",
    )  # fmt: skip
    db.session.add(sitting)
    db.session.flush()
    passed = total >= found_pass_mark(found)
    results = ResultList(
        sitting_id=sitting.id, version=1, rule_id=rule.id, state=ResultState.RELEASED, full_marks=Decimal(100),
        pass_mark=Decimal(70), count=len(learners), passed_count=len(learners) * passed, digest="0" * 64, scored_by="甲",
        scored_at=now, confirmed_by="乙", confirmed_at=now, released_by="乙", released_at=now,
    )  # fmt: skip
    attempts = [
        Attempt(
            code=random_code16(), sitting_id=sitting.id, learner_id=learner.id, candidate_no=f"{place:08}",
            source=AttemptSource.PAPER, state=AttemptState.SUBMITTED, started_at=now, due_at=now, submitted_at=now,
        )
        for place, learner in enumerate(learners)
    ]  # fmt: skip
    db.session.add_all([results, *attempts])
    db.session.flush()
    db.session.add_all(
        Result(
            code=random_code16(), list_id=results.id, sitting_id=sitting.id, learner_id=attempt.learner_id,
            attempt_id=attempt.id, candidate_no=attempt.candidate_no, version=1, automatic_marks=total, given_marks=Decimal(0),
            kind_marks={}, total=total, passed=passed, item_marks=[],
            state=ResultState.RELEASED, scored_at=now, released_at=now,
        )
        for attempt in attempts
    )  # fmt: skip
    db.session.commit()


def found_pass_mark(found: TrainingClass) -> Decimal:
    """The mark from which the class's program passes."""
    from academy.catalog.queries import program_by_id

    return Decimal(program_by_id(found.program_id).pass_mark)


def prepare(graduates: Graduates, now: datetime) -> CertificateBatch:
    """A batch that waits for the second person, committed."""
    with transaction():
        return services.prepare_batch(class_id=graduates.id, actor=graduates.officer, now=now)


def approve(graduates: Graduates, batch: CertificateBatch, now: datetime) -> None:
    """The second person's approval, committed."""
    with transaction():
        services.approve_batch(code=batch.code, actor=graduates.second, now=now)


def issue(graduates: Graduates, now: datetime) -> list[Certificate]:
    """The whole way: prepared, approved, issued by the background job."""
    approve(graduates, prepare(graduates, now), now)
    drain(now=now)
    return certificates(graduates)


def certificates(graduates: Graduates) -> list[Certificate]:
    """The class's certificates by serial, read anew."""
    db.session.expire_all()
    query = db.session.query(Certificate).filter_by(class_id=graduates.id).order_by(Certificate.serial)
    return list(query)


def give_account(learner: Learner) -> User:
    """Let a learner sign in."""
    user = make_user(Role.LEARNER, name=learner.name_zh)
    learner.user_id = user.id
    db.session.commit()
    return user
