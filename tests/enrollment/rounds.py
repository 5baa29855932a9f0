"""Rounds of central allocation for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from academy.accounts.models import Organization
from academy.core import outbox
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.enrollment.models import AllocationPreview, AllocationRow, ChoiceRound
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries.rounds import get_round
from academy.enrollment.rules.rounds import Criterion, CriterionItem, RowState
from academy.enrollment.services import allocating, choosing, rounds
from academy.people.models import Learner
from academy.timetable.models import TrainingClass
from tests.accounts.factories import actor_of, make_user
from tests.enrollment.factories import make_learner
from tests.timetable.factories import World, make_class, make_world

OPENS, CLOSES = timedelta(days=-1), timedelta(days=2)  # from now
AFTER = CLOSES + timedelta(hours=1)
LOTTERY_ONLY: tuple[CriterionItem, ...] = ()
EARLIEST = (CriterionItem(Criterion.EARLIEST),)


@dataclass(frozen=True)
class Person:
    """A learner who can sign in."""

    actor: Actor
    learner_id: int
    code: str


@dataclass(frozen=True)
class Stage:
    """A published round with its classes and the people of the academy."""

    world: World
    classes: list[TrainingClass]
    code: str
    now: datetime

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.classes]

    def found(self) -> ChoiceRound:
        db.session.expire_all()
        return get_round(self.code)

    def person(self, *, person_type: str = "P12", organization: Organization | None = None) -> Person:
        user = make_user(Role.LEARNER)
        learner: Learner = make_learner(self.now, user=user, person_type=person_type, name=user.name_zh)
        if organization is not None:
            learner.organization_id = organization.id
            db.session.commit()
        return Person(actor_of(user), learner.id, learner.code)

    def choose(self, person: Person, *class_numbers: int, at: datetime | None = None) -> str:
        """Choose classes by their number in the stage, committed; the application's code."""
        with transaction():
            wanted = [self.codes[number] for number in class_numbers]
            chosen = choosing.choose(round_code=self.code, class_codes=wanted, actor=person.actor, now=at or self.now)
        return chosen.code

    def prepare(self, *, actor: Actor | None = None, at: datetime | None = None) -> AllocationPreview:
        with transaction():
            return allocating.prepare_preview(
                round_code=self.code, actor=actor or self.world.manager, now=at or self.now + AFTER
            )

    def approve(self, preview: AllocationPreview, *, actor: Actor | None = None) -> None:
        with transaction():
            allocating.approve_preview(code=preview.code, actor=actor or self.world.admin, now=self.now + AFTER)

    def carry_out(self) -> None:
        outbox.drain(now=self.now + AFTER)
        db.session.expire_all()

    def rows(self, preview: AllocationPreview) -> dict[int, AllocationRow]:
        db.session.expire_all()
        return {row.learner_id: row for row in queries.rows_of(preview.id)}

    def outcome(self, preview: AllocationPreview) -> dict[int, tuple[RowState, int | None]]:
        """{learner: state and the number of the class in the stage, whose seat or line it is}."""
        numbers: dict[int | None, int] = {one.id: number for number, one in enumerate(self.classes)}
        return {
            learner: (row.state, numbers.get(row.class_id or row.line_class_id)) for learner, row in self.rows(preview).items()
        }


def make_plan(codes: Sequence[str], now: datetime, **given: Any) -> rounds.RoundPlan:
    values: dict[str, Any] = {
        "title_zh": "2026 年冬季班统一分配",
        "note_zh": "",
        "class_codes": tuple(codes),
        "opens_at": now + OPENS,
        "closes_at": now + CLOSES,
        "most_choices": 3,
        "has_line": True,
        "criteria": EARLIEST,
        **given,
    }
    return rounds.RoundPlan(**values)


def make_stage(
    now: datetime, seats: Sequence[int], *, is_published: bool = True, classes: Mapping[str, Any] | None = None, **given: Any
) -> Stage:
    """A published round of classes with these seats; overrides of the plan by name."""
    world = make_world()
    made = [make_class(world, now=now, seats=number, **(classes or {})) for number in seats]
    with transaction():
        found = rounds.create_round(plan=make_plan([one.code for one in made], now, **given), actor=world.manager, now=now)
    code = found.code
    if is_published:
        with transaction():
            rounds.publish_round(code=code, actor=world.manager, now=now)
    return Stage(world, made, code, now)
