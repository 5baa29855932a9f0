"""Proposing, committing, undoing, holding and releasing at once from several processes: each once."""

from functools import partial

import pytest
from sqlalchemy import func, select

from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.core.outbox import OutboxRow
from academy.scoring import jobs, queries, services
from academy.scoring.models import ResultHold
from academy.scoring.rules import ChangeState, Correction, ResultState, Treatment
from tests.conftest import LiveApp
from tests.exams.factories import NOW
from tests.exams.processes import together
from tests.scoring.sat import TOTALS, Sat, make_sat

pytestmark = pytest.mark.parallel


def _propose(sitting_id: int, position: int, actor: Actor) -> object:
    try:
        with transaction():
            correction = Correction(position, Treatment.FULL)
            services.propose_regrade(sitting_id=sitting_id, corrections=[correction], reason="错", actor=actor, now=NOW)
            return "proposed"
    except DomainError as error:
        return error.code


def _decide(what: str, code: str, actor: Actor) -> object:
    act = {"commit": services.commit_change, "undo": services.commit_undo, "withdraw": services.withdraw_change}[what]
    try:
        with transaction():
            return act(code=code, actor=actor, now=NOW)
    except DomainError as error:
        return error.code


def _score(sitting_id: int, actor: Actor) -> object:
    try:
        with transaction():
            return services.score_sitting(sitting_id=sitting_id, actor=actor, now=NOW).version
    except DomainError as error:
        return error.code


def _release_due() -> object:
    jobs.release_due(now=NOW)
    return None


def _hold(sitting_id: int, number: str, actor: Actor) -> object:
    try:
        with transaction():
            services.hold_result(sitting_id=sitting_id, candidate_no=number, reason="查", actor=actor, now=NOW)
            return "held"
    except DomainError as error:
        return error.code


def _audited(action: str) -> int:
    return db.session.scalar(select(func.count(AuditRow.id)).where(AuditRow.action == f"scoring.{action}")) or 0


def test_one_of_many_proposals_made_at_once_stands(live_app: LiveApp) -> None:
    sat = make_sat()
    done = together(live_app, [partial(_propose, sat.sitting.id, place, sat.first) for place in (1, 2, 3, 4)])
    assert done.count("proposed") == 1
    assert set(done) <= {"proposed", "another_change_waits", "key_is_being_changed"}
    assert len(queries.changes_of(sat.sitting.id)) == _audited("change_proposed") == 1


def test_committing_and_undoing_at_once_happens_once(live_app: LiveApp) -> None:
    sat = make_sat()
    change = sat.propose_key()
    done = together(live_app, [partial(_decide, "commit", change.code, who) for who in (sat.second, sat.third) * 2])
    assert done.count(True) == 1
    assert set(done) <= {True, False, "scoring_runs", "dry_run_is_out_of_date"}
    assert [one.version for one in queries.lists_of(sat.sitting.id)] == [2, 1]
    assert _audited("change_committed") == 1
    with transaction():
        services.propose_undo(code=change.code, reason="没有错", actor=sat.first, now=NOW)
    done = together(live_app, [partial(_decide, "undo", change.code, who) for who in (sat.second, sat.third) * 2])
    assert done.count(True) == 1
    assert [one.version for one in queries.lists_of(sat.sitting.id)] == [3, 2, 1]
    assert sat.totals() == TOTALS
    promised = select(func.count(OutboxRow.id)).where(OutboxRow.subscriber == "scoring.write_to_learners")
    assert db.session.scalar(promised) == 3  # each version that was released once


def test_committing_withdrawing_and_scoring_at_once_leave_one_truth(live_app: LiveApp) -> None:
    sat = make_sat()
    change = sat.propose_key()
    works = [partial(_decide, "commit", change.code, sat.second), partial(_decide, "withdraw", change.code, sat.first)]
    together(live_app, [*works, partial(_score, sat.sitting.id, sat.third), partial(_score, sat.sitting.id, sat.first)])
    found, lists = queries.get_change(change.code), queries.lists_of(sat.sitting.id)
    assert (found.state, [one.version for one in lists]) in (
        (ChangeState.COMMITTED, [2, 1]),
        (ChangeState.WITHDRAWN, [1]),
    )


def _waiting(sat: Sat) -> None:
    with transaction():
        services.confirm_results(sitting_id=sat.sitting.id, version=1, actor=sat.second, now=NOW)
    found = sat.newest()
    found.release_at = NOW
    db.session.commit()


def test_a_release_by_several_workers_happens_once_and_never_shows_a_held_result(live_app: LiveApp) -> None:
    sat = make_sat(released=False)
    _waiting(sat)
    done = together(
        live_app,
        [
            *[_release_due] * 3,
            partial(_hold, sat.sitting.id, "K0002", sat.third),
            partial(_hold, sat.sitting.id, "K0002", sat.first),
        ],
    )
    states = {result.candidate_no: result.state for result in queries.results_of(sat.sitting.id)}
    assert _audited("results_released") == 1
    assert {states[number] for number in ("K0001", "K0003", "K0004")} == {ResultState.RELEASED}
    held = "held" in done
    assert states["K0002"] is (ResultState.CONFIRMED if held else ResultState.RELEASED)
    assert db.session.scalar(select(func.count(ResultHold.id))) == int(held)
    assert set(done[3:]) <= {"held", "result_is_seen", "result_is_held_already"}
