"""Classes, papers and sittings for tests of exams and scoring."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert, select

from academy.accounts.models import Division, PersonType, User
from academy.attendance.models import AttendanceMark
from academy.attendance.rules import MarkState
from academy.catalog.models import Field, Panel, Program
from academy.catalog.rules import CertificateKind
from academy.core.access import Actor, Grant, Role
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.sheets import packaged_rows
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState, Source
from academy.exams import queries, services
from academy.exams.models import ExamSitting, Paper, QuestionBank
from academy.exams.rules.bank import COLUMNS
from academy.exams.rules.kinds import QuestionKind
from academy.people.models import Learner
from academy.people.rules import Gender
from academy.sites.models import TeachingSite
from academy.sites.rules import SiteStatus, SiteType
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState
from tests.accounts.factories import make_user

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
CREATED = datetime(2026, 9, 1, tzinfo=UTC)
MANAGER = Actor(None, "李主任", frozenset({Grant(Role.CLASS_MANAGER)}))
OPTIONS = {f"option_{letter}": f"选项{letter}" for letter in "abcde"}
SHORT_KEYS = {"T-1": "A", "T-2": "B", "T-3": "C", "T-4": "ABC", "T-5": "DE"}


@dataclass(frozen=True)
class World:
    """A class whose learners have attended everything, and a bank."""

    training_class: TrainingClass
    learners: list[Learner]
    bank: QuestionBank

    def actor(self, place: int) -> Actor:
        """A learner at the keyboard."""
        learner = self.learners[place]
        return Actor(learner.user_id, learner.name_zh, frozenset({Grant(Role.LEARNER)}))


def make_world(*, learners: int = 3, with_users: bool = True) -> World:
    """A closed class with its learners, and a bank of five short questions."""
    training_class = _make_class(learners)
    people = [_make_learner(place, make_user(Role.LEARNER) if with_users else None) for place in range(learners)]
    db.session.add_all(people)
    db.session.flush()
    _enroll(training_class, people)
    bank = services.ensure_bank(code="MAIN", title_zh="综合题库", actor=MANAGER, now=NOW)
    _take_short_questions(bank)
    db.session.commit()
    return World(training_class, people, bank)


def _make_class(seats: int) -> TrainingClass:
    for missing in (
        Panel(code="PD", name_zh="专业发展", name_en="Professional development", position=1),
        Division(
            code="371600",
            name_zh="滨州市",
            pinyin="binzhou",
            name_en="Binzhou",
            level="city",
            type="city",
            parent_code="370000",
        ),
        PersonType(code="P11", group_code="G3", group_zh="社区", group_en="Community", name_zh="社区工作者", name_en="Worker"),
    ):
        db.session.merge(missing)
    db.session.flush()
    db.session.merge(Field(code="PD-01", panel_code="PD", name_zh="取证培训", name_en="Exam training", slug="exam-training"))
    site = db.session.scalars(select(TeachingSite)).first() or _make_site()
    db.session.add(site)
    program = Program(
        code=f"XA-{secrets.token_hex(3)}",
        field_code="PD-01",
        title_zh="社会工作者初级考前系统培训",
        summary_zh="",
        audience=["P11"],
        min_hours=20,
        pass_mark=Decimal(60),
        min_attendance_pct=80,
        certificate_kind=CertificateKind.COMPLETION,
        initials="",
    )
    db.session.add(program)
    db.session.flush()
    found = TrainingClass(
        code=f"XA-2026-{secrets.token_hex(3)}",
        program_id=program.id,
        year=2026,
        run_no=1,
        class_serial=secrets.randbelow(1_000_000),
        title_zh="社会工作者初级考前系统培训",
        state=ClassState.RUNNING,
        site_id=site.id,
        starts_on=date(2026, 11, 2),
        ends_on=date(2026, 11, 30),
        seats=max(seats, 1),
        admitted_count=seats,
        audience=[],
        enroll_opens_at=CREATED,
        enroll_closes_at=CREATED + timedelta(days=30),
        created_at=CREATED,
    )
    db.session.add(found)
    db.session.flush()
    return found


def _make_site() -> TeachingSite:
    return TeachingSite(
        code=f"S-{secrets.token_hex(3)}",
        name_zh="滨州教学点（演示）",
        site_type=SiteType.THEORY,
        division_code="371600",
        city_code="371600",
        city_zh="滨州市",
        county_zh="",
        address_zh="",
        lon=118.0,
        lat=37.4,
        max_group_size=400,
        status=SiteStatus.ACTIVE,
        batch="2024-08",
    )


def _make_learner(place: int, user: User | None) -> Learner:
    return Learner(
        code=f"T-{secrets.token_hex(5)}",
        user_id=user.id if user else None,
        name_zh=f"学员{place + 1}",
        gender=Gender.FEMALE,
        id_number="370000199001011234",
        id_number_index=secrets.token_hex(32),
        mobile="19900000000",
        mobile_index=secrets.token_hex(32),
        email=f"t{place}@example.org",
        person_type_code="P11",
        created_at=CREATED,
    )


def _enroll(training_class: TrainingClass, people: list[Learner]) -> None:
    session = ClassSession(
        class_id=training_class.id,
        seq=1,
        title_zh="第一次课",
        starts_at=CREATED,
        ends_at=CREATED + timedelta(hours=3),
        minutes=180,
    )
    db.session.add(session)
    db.session.flush()
    enrollments = [
        {
            "code": random_code16(),
            "class_id": training_class.id,
            "learner_id": learner.id,
            "state": EnrollmentState.ADMITTED,
            "source": Source.SELF,
            "applied_at": CREATED,
            "admitted_at": CREATED + timedelta(seconds=place),
        }
        for place, learner in enumerate(people)
    ]
    marks = [
        {
            "session_id": session.id,
            "learner_id": learner.id,
            "version": 1,
            "is_current": True,
            "state": MarkState.PRESENT,
            "minutes": 180,
            "marked_by": "讲师",
            "marked_at": CREATED,
        }
        for learner in people
    ]
    if people:
        db.session.execute(insert(Enrollment), enrollments)
        db.session.execute(insert(AttendanceMark), marks)


def _take_short_questions(bank: QuestionBank) -> None:
    rows = [
        (number, {"code": code, "kind": "多选题" if len(key) > 1 else "单选题", "stem": f"题干{code}", "answer": key,
                  "marks": "2" if len(key) > 1 else "1", "topic": "短题", **OPTIONS})
        for number, (code, key) in enumerate(SHORT_KEYS.items(), 2)
    ]  # fmt: skip
    services.take_questions(bank_id=bank.id, previews=queries.preview_questions(bank.id, rows), actor=MANAGER, now=NOW)


def make_short_paper(world: World) -> Paper:
    """Three single and two multiple questions: 7 marks in all."""
    items = [
        services.KeyItem(
            code, QuestionKind.MULTIPLE if len(key) > 1 else QuestionKind.SINGLE, key, Decimal(2 if len(key) > 1 else 1)
        )
        for code, key in SHORT_KEYS.items()
    ]
    return services.take_over_paper(bank_id=world.bank.id, title_zh="短卷", minutes=60, items=items, actor=MANAGER, now=NOW)


def load_questions(world: World) -> None:
    """The 401 questions of the sample."""
    for code in {row["field_code"] for row in packaged_rows("questions.csv")} - {"PD-01"}:
        db.session.merge(Field(code=code, panel_code="PD", name_zh=code, name_en=code, slug=code.lower()))
    titles = {title: key for key, names in COLUMNS.items() for title in names}
    rows = [
        (number, {titles[title]: value for title, value in row.items()})
        for number, row in enumerate(packaged_rows("questions.csv"), 2)
    ]
    previews = queries.preview_questions(world.bank.id, rows)
    services.take_questions(bank_id=world.bank.id, previews=previews, actor=MANAGER, now=NOW)


def make_national_paper(world: World) -> Paper:
    """The 60 + 20 questions of the sample, by the key that came with the answers."""
    load_questions(world)
    items = [
        services.KeyItem(row["item_code"], QuestionKind(row["kind"]), row["key"], Decimal(row["marks"]))
        for row in packaged_rows("responses_key.csv")
    ]
    return services.take_over_paper(
        bank_id=world.bank.id, title_zh="社会工作综合能力（初级）模拟", minutes=120, items=items, actor=MANAGER, now=NOW
    )


def make_sitting(
    world: World, paper: Paper | None = None, *, minutes: int = 60, opens_at: datetime | None = None
) -> ExamSitting:
    """A sitting that opened ten minutes ago and closes in two hours."""
    opens = opens_at or NOW - timedelta(minutes=10)
    sitting = services.plan_sitting(
        class_id=world.training_class.id,
        paper_id=(paper or make_short_paper(world)).id,
        title_zh="结业考试",
        opens_at=opens,
        closes_at=opens + timedelta(minutes=130),
        minutes=minutes,
        actor=MANAGER,
        now=NOW,
    )
    db.session.commit()
    return sitting
