"""A short paper that has been sat, scored and released, for tests of what comes after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.models import ExamSitting
from academy.exams.rules.kinds import SittingState
from academy.scoring import queries, services
from academy.scoring.models import ResultChange
from academy.scoring.rules import Correction, Treatment
from tests.accounts.factories import actor_of, make_user
from tests.exams.factories import MANAGER, NOW, World, make_sitting, make_world
from tests.scoring.test_score_sitting import add_national_rule

# Key: A B C ABC DE (1 1 1 2 2 marks). Totals: 7; 1.5; 4; none.
TABLE = b"candidate_no,T-1,T-2,T-3,T-4,T-5\nK0001,A,B,C,ABC,DE\nK0002,B,,C,A,\nK0003,B,B,C,,DE\nK0004,B,,,,\n"
TOTALS = ["7", "1.5", "4", "0"]


@dataclass(frozen=True)
class Sat:
    """A sitting of four people, and three who may score and confirm."""

    world: World
    sitting: ExamSitting
    first: Actor
    second: Actor
    third: Actor

    def totals(self, version: int | None = None) -> list[str]:
        """The totals of a version by candidate number."""
        db.session.expire_all()
        return [queries.plain(result.total) for result in queries.results_of(self.sitting.id, version)]

    def newest(self) -> Any:
        """The newest version."""
        db.session.expire_all()
        return queries.find_newest_list(self.sitting.id)

    def code(self, place: int, version: int | None = None) -> str:
        """The code of a person's result."""
        return queries.results_of(self.sitting.id, version)[place].code

    def propose_key(self, position: int = 1, key: str | None = "B", **more: Any) -> ResultChange:
        """The first question's answer was B all along."""
        what = {"treatment": Treatment.KEY, "key": key} | more
        with transaction():
            return services.propose_regrade(
                sitting_id=self.sitting.id,
                corrections=[Correction(position, **what)],
                reason="第 1 题答案印错",
                actor=self.first,
                now=NOW,
            )

    def commit(self, change: ResultChange, *, actor: Actor | None = None, now: datetime = NOW + timedelta(hours=1)) -> bool:
        """By the second person."""
        with transaction():
            return services.commit_change(code=change.code, actor=actor or self.second, now=now)

    def undo(self, change: ResultChange, *, now: datetime = NOW + timedelta(hours=2)) -> bool:
        """Proposed by the second, committed by the third."""
        with transaction():
            services.propose_undo(code=change.code, reason="原答案没有错", actor=self.second, now=now)
        with transaction():
            return services.commit_undo(code=change.code, actor=self.third, now=now)


def make_sat(*, released: bool = True, now: datetime = NOW) -> Sat:
    """Everybody's paper taken in; scored by the first, confirmed and released by the second."""
    add_national_rule()
    world = make_world(learners=4)
    people = [
        actor_of(make_user(Role.CLASS_MANAGER, name="李主任")),
        actor_of(make_user(Role.ADMINISTRATOR, name="周老师")),
        actor_of(make_user(Role.CERTIFICATE_OFFICER, name="赵老师")),
    ]
    sitting = make_sitting(world)
    exam_services.record_responses(
        sitting_id=sitting.id, rows=exams.preview_responses(sitting.id, TABLE).good, actor=MANAGER, now=now
    )
    sitting.state = SittingState.CLOSED
    found = Sat(world, sitting, *people)
    db.session.commit()
    with transaction():
        services.score_sitting(sitting_id=sitting.id, actor=found.first, now=now)
    if released:
        with transaction():
            services.confirm_results(sitting_id=sitting.id, version=1, actor=found.second, now=now)
            services.release_results(sitting_id=sitting.id, version=1, actor=found.second, now=now)
            services.write_to_learners(sitting_id=sitting.id, now=now)
    return found


def decimals(written: list[str]) -> list[Decimal]:
    """Marks from their texts."""
    return [Decimal(text) for text in written]
