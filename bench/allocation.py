"""Central allocation of 5,000 learners with three choices over 100 classes, on PostgreSQL."""

import random
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from bench.figures import Figure

PEOPLE, CLASSES, SEATS, CHOICES, RUNS = 5000, 100, 30, 3, 3
SLICES = 10  # carried out, of 50 people each
GOAL = 5.0  # seconds


def measure() -> list[Figure]:
    """Seconds for a preview, for the rule alone, and people admitted a second."""
    from academy.app import create_app
    from academy.core.clock import now
    from academy.core.db import db, transaction
    from academy.enrollment.queries.round_inputs import read_inputs
    from academy.enrollment.queries.rounds import get_round
    from academy.enrollment.rules.allocation import compute_allocation
    from academy.enrollment.rules.explaining import compute_plan
    from academy.enrollment.rules.round_inputs import market
    from academy.enrollment.services import allocating

    at = now()
    with create_app().app_context():
        code, first, second = _round(at)

        def compute() -> None:
            db.session.rollback()
            db.session.expunge_all()
            compute_plan(read_inputs(get_round(code), at))

        def prepare() -> None:
            with transaction():
                allocating.prepare_preview(round_code=code, actor=first, now=at)

        inputs = read_inputs(get_round(code), at)
        rule = _seconds(lambda: compute_allocation(*market(inputs)))
        computed, kept = _seconds(compute), _seconds(prepare)
        with transaction():
            preview = allocating.prepare_preview(round_code=code, actor=first, now=at)
        with transaction():
            allocating.approve_preview(code=preview.code, actor=second, now=at)
        began = time.perf_counter()
        for _ in range(SLICES):
            with transaction():
                allocating.carry_out_slice(preview_id=preview.id, now=at)
        rate = SLICES * allocating.SLICE / (time.perf_counter() - began)
    name = "allocate 5,000 × 3 choices × 100 classes"
    return [
        Figure("enrollment", name, computed, "s", goal=GOAL, more_is_better=False),
        Figure("enrollment", "the same, kept as a preview", kept, "s", goal=GOAL, more_is_better=False),
        Figure("enrollment", "the same, the rule alone", rule, "s", goal=1.0, more_is_better=False),
        Figure("enrollment", "admitting an allocation", rate, "people/s"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _round(at: datetime) -> tuple[str, Any, Any]:
    """A round that has just closed: its code, and two people of the staff. Everybody has been trained somewhere."""
    from academy.accounts import queries as accounts
    from academy.core.access import Actor, Grant, Role
    from academy.core.codes import random_code16
    from academy.core.db import db, transaction
    from academy.enrollment.models import Choice, ChoiceApplication, ChoiceRound, Enrollment, RoundClass
    from academy.enrollment.rules import EnrollmentState, Source
    from academy.enrollment.rules.rounds import Criterion, CriterionItem, RoundState

    staff = [accounts.find_user_by_email(f"{name}@demo.example") for name in ("admin", "admin2")]
    first, second = (Actor(u.id, u.name_zh, frozenset({Grant(Role.ADMINISTRATOR)})) for u in staff if u)
    dice = random.Random(8)
    code = random_code16()
    kinds = (Criterion.NOMINATED, Criterion.NEW_TO_FIELD, Criterion.LONGEST_AGO)
    with transaction():
        class_ids, past_ids = _classes(at)
        learner_ids = _learners(at)
        found = ChoiceRound(
            code=code, title_zh="量", state=RoundState.PUBLISHED, opens_at=at - timedelta(days=2), created_at=at,
            closes_at=at - timedelta(hours=1), most_choices=CHOICES, has_line=True, seed=secrets.token_hex(16),
            criteria_json=[CriterionItem(kind).as_json() for kind in kinds], published_at=at - timedelta(days=2),
        )  # fmt: skip
        db.session.add(found)
        db.session.flush()
        db.session.execute(
            insert(RoundClass), [{"round_id": found.id, "class_id": one, "is_running": True} for one in class_ids]
        )
        rows = [
            {"code": random_code16(), "round_id": found.id, "learner_id": one, "number": number, "applied_at": at, "version": 1,
             "changed_at": at, "nominated_at": at if dice.random() < 0.2 else None}
            for number, one in enumerate(learner_ids, 1)
        ]  # fmt: skip
        ids = list(db.session.scalars(insert(ChoiceApplication).returning(ChoiceApplication.id), rows))
        choices = [
            {"application_id": one, "rank": rank, "class_id": class_id}
            for one in ids
            for rank, class_id in enumerate(dice.sample(class_ids, CHOICES), 1)
        ]
        db.session.execute(insert(Choice), choices)
        been = {"state": EnrollmentState.COMPLETED, "source": Source.STAFF, "applied_at": at, "admitted_at": at, "reason": ""}
        history = [
            {"code": random_code16(), "class_id": dice.choice(past_ids), "learner_id": one, **been} for one in learner_ids
        ]
        db.session.execute(insert(Enrollment), history)
    return code, first, second


def _classes(at: datetime) -> tuple[list[int], list[int]]:
    """Ids of open classes with three sessions each, and of classes that are over."""
    from academy.core.clock import today
    from academy.core.db import db
    from academy.timetable.models import ClassSession, TrainingClass
    from academy.timetable.rules import TAUGHT, ClassState

    model = db.session.scalars(select(TrainingClass).where(TrainingClass.state == ClassState.OPEN)).first()
    assert model is not None
    programs = list(db.session.scalars(select(TrainingClass.program_id).distinct()))
    rows: list[dict[str, Any]] = [
        {"code": f"BENCH-{n:03}", "program_id": programs[n % len(programs)], "year": 2090, "run_no": n + 1,
         "class_serial": n + 1, "title_zh": f"量{n}",
         "state": ClassState.OPEN, "site_id": model.site_id, "room_id": None, "seats": SEATS,
         "starts_on": today(at) + timedelta(days=60 + n), "ends_on": today(at) + timedelta(days=62 + n), "audience": [],
         "enroll_opens_at": at - timedelta(days=9), "enroll_closes_at": at + timedelta(days=30), "created_at": at}
        for n in range(CLASSES)
    ]  # fmt: skip
    ids = list(db.session.scalars(insert(TrainingClass).returning(TrainingClass.id), rows))
    sessions = [
        {"class_id": one, "seq": seq, "title_zh": "课", "minutes": 180, "starts_at": at + timedelta(days=60 + n + seq),
         "ends_at": at + timedelta(days=60 + n + seq, hours=4)}
        for n, one in enumerate(ids)
        for seq in (1, 2, 3)
    ]  # fmt: skip
    db.session.execute(insert(ClassSession), sessions)
    return ids, list(db.session.scalars(select(TrainingClass.id).where(TrainingClass.state.in_(TAUGHT))))


def _learners(at: datetime) -> list[int]:
    """Ids of 5,000 new learners."""
    from academy.core.db import db
    from academy.people.models import Learner
    from academy.people.rules import Gender

    rows = [
        {"code": f"B-{n:05}", "name_zh": f"学员{n}", "gender": Gender.FEMALE, "id_number": f"{n}",
         "id_number_index": f"bench-{n}",
         "mobile": "13900000000", "mobile_index": f"bench-{n}", "email": "", "person_type_code": "P12", "created_at": at}
        for n in range(PEOPLE)
    ]  # fmt: skip
    return list(db.session.scalars(insert(Learner).returning(Learner.id), rows))
