"""Sample data: a round of central allocation that is open for the demo learner, and one whose outcome is public."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import insert, select

from academy.accounts import queries as accounts
from academy.core.access import Actor, Grant, Role
from academy.core.clock import TZ, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.enrollment.models import Choice, ChoiceApplication, ChoiceRound
from academy.enrollment.rules.rounds import Criterion, CriterionItem
from academy.enrollment.services import allocating, rounds
from academy.people import queries as people
from academy.people.queries import Learner, LearnerFilter
from academy.timetable import queries as timetable
from academy.timetable import services
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import Step
from academy.timetable.services.classes import ClassPlan

DEMO_LEARNER = "learner@demo.example"
ONE_TYPE = "P12"  # for whom all these classes are
CRITERIA = (
    CriterionItem(Criterion.NOMINATED),
    CriterionItem(Criterion.NEW_TO_FIELD),
    CriterionItem(Criterion.LONGEST_AGO),
)


class Sample(NamedTuple):
    """A class of a round: its program, its first day in weeks from now, its room and seats."""

    program: str
    weeks: int
    room: str
    seats: int


OPEN = (
    Sample("XA-016", 15, "TS-T-001/TS-T-001-2", 30),
    Sample("XA-020", 16, "TS-T-005/TS-T-005-1", 36),
    Sample("XA-022", 17, "TS-T-002/TS-T-002-2", 24),
)
DECIDED = (
    Sample("XA-024", 12, "TS-T-002/TS-T-002-2", 8),
    Sample("XA-018", 13, "TS-T-001/TS-T-001-2", 10),
    Sample("XA-003", 14, "TS-T-005/TS-T-005-1", 12),
)


def load(*, now: datetime) -> None:
    """Load both rounds, unless there are rounds or nobody could have made them."""
    staff = [_staff(f"{name}@demo.example") for name in ("admin", "admin2")]
    if None in staff or db.session.scalar(select(ChoiceRound.id).limit(1)) is not None:
        return
    first, second = (one for one in staff if one is not None)
    learners = _learners()
    if not learners:
        return
    _decided(learners, first, second, now)
    _open(learners[1:], first, second, now)


def _staff(email: str) -> Actor | None:
    user = accounts.find_user_by_email(email)
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.ADMINISTRATOR)})) if user else None


def _learners() -> list[Learner]:
    """Those for whom the classes are, the demo learner first."""
    user = accounts.find_user_by_email(DEMO_LEARNER)
    found, _ = people.learners(LearnerFilter(person_type=ONE_TYPE), limit=60)
    demo = people.find_learner_of_user(user.id) if user else None
    if demo is None or demo.person_type_code != ONE_TYPE:
        return []
    return [demo, *(one for one in found if one.id != demo.id)]


SEED = "0" * 32  # the sample is the same wherever it is loaded


def _decided(learners: Sequence[Learner], first: Actor, second: Actor, now: datetime) -> None:
    """38 people for 30 seats: the demo learner, who has been trained often, reads why she got what she got."""
    published, closed = now - timedelta(days=9), now - timedelta(days=1)
    classes = _classes(DECIDED, first, second, published)
    found = _round("2026 年冬季专题班统一分配", classes, published, closed, first)
    found.seed = SEED
    orders = ((0, 1, 2), (0, 2), (1, 0, 2), (0, 1))
    for number, learner in enumerate(learners[:38]):
        _apply(found, learner, [classes[at] for at in orders[number % 4]], published + timedelta(hours=2 + number))
    preview = allocating.prepare_preview(round_code=found.code, actor=first, now=closed + timedelta(hours=1))
    allocating.approve_preview(code=preview.code, actor=second, now=closed + timedelta(hours=2))
    while allocating.carry_out_slice(preview_id=preview.id, now=closed + timedelta(hours=2)):
        pass


def _open(learners: Sequence[Learner], first: Actor, second: Actor, now: datetime) -> None:
    """Open for six days more; the demo learner has not chosen yet."""
    published = now - timedelta(days=2)
    classes = _classes(OPEN, first, second, published)
    closes = datetime.combine(today(now) + timedelta(days=6), time(18), tzinfo=TZ)
    found = _round("2027 年春季社工班统一分配", classes, published, closes, first)
    for number, learner in enumerate(learners[:23]):
        order = [classes[(number + at) % 3] for at in range(1 + number % 3)]
        _apply(found, learner, order, published + timedelta(hours=1, minutes=37 * number))
    for learner in _people_of_demo_coordinator():
        order = [one for one in classes if learner.person_type_code in one.audience]
        if order:
            _apply(found, learner, order, now - timedelta(hours=3))


def _people_of_demo_coordinator() -> list[Learner]:
    """So that the demo coordinator has somebody to recommend."""
    user = accounts.find_user_by_email("coordinator@demo.example")
    units = frozenset(grant.organization_id for grant in user.grants if grant.organization_id) if user else frozenset()
    found, _ = people.learners(LearnerFilter(organizations=units), limit=12)
    return [one for one in found if one.person_type_code != ONE_TYPE]


def _classes(samples: Sequence[Sample], first: Actor, second: Actor, at: datetime) -> list[TrainingClass]:
    """Open classes, approved by a second person."""
    made = []
    for sample in samples:
        day = today(at)
        starts_on = day + timedelta(days=-day.weekday() % 7, weeks=sample.weeks)
        site, _, room = sample.room.partition("/")
        plan = ClassPlan(
            site_code=site,
            room_code=room,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=6),
            seats=sample.seats,
            enroll_opens_at=at - timedelta(hours=1),
            enroll_closes_at=datetime.combine(starts_on - timedelta(days=6), time(18), tzinfo=TZ),
        )
        found = services.create_class(program_code=sample.program, plan=plan, actor=first, now=at)
        teachers = [instructor.id for instructor in people.instructors()]
        services.generate_sessions(code=found.code, actor=first, now=at, instructor_ids=teachers)
        for step, who in ((Step.SUBMIT, first), (Step.APPROVE, second), (Step.OPEN, first)):
            services.take_step(class_id=found.id, step=step, actor=who, now=at)
        made.append(timetable.class_by_id(found.id))
    return made


def _round(title: str, classes: list[TrainingClass], published: datetime, closes: datetime, actor: Actor) -> ChoiceRound:
    plan = rounds.RoundPlan(
        title_zh=title,
        note_zh="几个班一起招生，请按自己的喜好排出先后；工作单位可以推荐。",
        class_codes=tuple(one.code for one in classes),
        opens_at=published + timedelta(hours=1),
        closes_at=closes,
        most_choices=3,
        has_line=True,
        criteria=CRITERIA,
    )
    found = rounds.create_round(plan=plan, actor=actor, now=published)
    return rounds.publish_round(code=found.code, actor=actor, now=published)


def _apply(found: ChoiceRound, learner: Learner, classes: list[TrainingClass], at: datetime) -> None:
    """Choices of a learner; most of the sample's learners have no account to choose with."""
    found.last_number += 1
    application = ChoiceApplication(
        code=random_code16(), round_id=found.id, learner_id=learner.id, number=found.last_number, applied_at=at, changed_at=at
    )
    if found.last_number % 5 == 0:  # recommended by her unit
        application.nominated_at = at
    db.session.add(application)
    db.session.flush()
    rows = [{"application_id": application.id, "rank": rank, "class_id": one.id} for rank, one in enumerate(classes, 1)]
    db.session.execute(insert(Choice), rows)
