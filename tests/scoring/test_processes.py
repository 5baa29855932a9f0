"""Confirming at once from several processes: once."""

from functools import partial

import pytest
from sqlalchemy import func, select

from academy.core.access import Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.core.outbox import OutboxRow
from academy.exams import services as exam_services
from academy.scoring import queries, services
from academy.scoring.rules import ResultState
from tests.accounts.factories import actor_of, make_user
from tests.conftest import LiveApp
from tests.exams.factories import NOW, make_sitting, make_world
from tests.exams.processes import together
from tests.scoring.test_score_sitting import add_national_rule

pytestmark = pytest.mark.parallel


def _act(what: str, sitting_id: int, actor: Actor) -> object:
    try:
        with transaction():
            if what == "score":
                return services.score_sitting(sitting_id=sitting_id, actor=actor, now=NOW).version
            act = services.confirm_results if what == "confirm" else services.release_results
            return act(sitting_id=sitting_id, version=1, actor=actor, now=NOW)
    except DomainError as error:
        return error.code


def test_scoring_confirming_and_releasing_at_once_happens_once(live_app: LiveApp) -> None:
    world = make_world(learners=2)
    sitting = make_sitting(world)
    for place in range(2):
        with transaction():
            attempt = exam_services.start_attempt(sitting_id=sitting.id, actor=world.actor(place), now=NOW)
        with transaction():
            exam_services.submit_attempt(code=attempt.code, actor=world.actor(place), now=NOW)
    add_national_rule()
    scorer, *others = [actor_of(make_user(Role.CLASS_MANAGER)) for _ in range(5)]
    db.session.commit()

    scored = together(live_app, [partial(_act, "score", sitting.id, scorer)] * 4)
    assert set(scored) <= {1, "scoring_runs"}
    assert len(queries.lists_of(sitting.id)) == 1

    for what, state in (("confirm", ResultState.CONFIRMED), ("release", ResultState.RELEASED)):
        done = together(live_app, [partial(_act, what, sitting.id, one) for one in others])
        assert sorted(done) == [False, False, False, True]
        assert {result.state for result in queries.results_of(sitting.id)} == {state}
        action = f"scoring.results_{state.value}"
        assert db.session.scalar(select(func.count(AuditRow.id)).where(AuditRow.action == action)) == 1
    promised = select(func.count(OutboxRow.id)).where(OutboxRow.subscriber == "scoring.write_to_learners")
    assert db.session.scalar(promised) == 1
