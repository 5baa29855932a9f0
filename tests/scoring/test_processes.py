"""Confirming at once from several processes: once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.outbox import OutboxRow
from academy.exams import services as exam_services
from academy.scoring import queries
from academy.scoring.rules import ResultState
from tests.accounts.factories import actor_of, make_user
from tests.conftest import LiveApp
from tests.exams.factories import NOW, make_sitting, make_world
from tests.scoring.test_score_sitting import add_national_rule

pytestmark = pytest.mark.parallel

ACT = """
import json, sys
from datetime import datetime, timezone
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.scoring import services
NOW = datetime(2026, 11, 23, 2, 42, tzinfo=timezone.utc)
app = create_app()
given = json.loads(sys.argv[1])
me = Actor(given["user_id"], "赵老师", frozenset({Grant(Role.CLASS_MANAGER)}))
print("ready", flush=True)
sys.stdin.readline()
with app.app_context():
    try:
        with transaction():
            if given["what"] == "score":
                print(services.score_sitting(sitting_id=given["sitting_id"], actor=me, now=NOW).version)
            else:
                act = getattr(services, given["what"])
                print(act(sitting_id=given["sitting_id"], version=1, actor=me, now=NOW))
    except DomainError as error:
        print(error.code)
"""


def _together(live_app: LiveApp, given: list[dict[str, object]]) -> list[str]:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ACT, json.dumps(one)],
            env=live_app.environment,
            cwd=Path.cwd(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for one in given
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=120)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return printed


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

    scored = _together(live_app, [{"user_id": scorer.user_id, "sitting_id": sitting.id, "what": "score"}] * 3)
    assert set(scored) <= {"1", "scoring_runs"}
    assert len(queries.lists_of(sitting.id)) == 1
    db.session.commit()

    for what, state in (("confirm_results", ResultState.CONFIRMED), ("release_results", ResultState.RELEASED)):
        done = _together(live_app, [{"user_id": one.user_id, "sitting_id": sitting.id, "what": what} for one in others])
        assert sorted(done) == ["False", "False", "False", "True"]
        db.session.expire_all()
        assert {result.state for result in queries.results_of(sitting.id)} == {state}
        action = f"scoring.results_{state.value}"
        assert db.session.scalar(select(func.count(AuditRow.id)).where(AuditRow.action == action)) == 1
        db.session.commit()
    promised = select(func.count(OutboxRow.id)).where(OutboxRow.subscriber == "scoring.write_to_learners")
    assert db.session.scalar(promised) == 1
