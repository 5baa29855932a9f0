"""Results held back from a release, and results released at an instant that was set."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import SYSTEM
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.outbox import drain
from academy.notifications.models import Message
from academy.people.services import merge_learners
from academy.scoring import jobs, queries, services
from academy.scoring.models import ResultHold
from academy.scoring.rules import ResultState
from tests.exams.factories import NOW, make_world
from tests.scoring.sat import Sat, make_sat

HOUR = timedelta(hours=1)


@pytest.fixture
def sat(session: Session) -> Sat:
    return make_sat(released=False)


def hold(sat: Sat, number: str = "K0003", now: datetime = NOW) -> ResultHold:
    with transaction():
        return services.hold_result(
            sitting_id=sat.sitting.id, candidate_no=number, reason="雷同待查", actor=sat.second, now=now
        )


def lift(sat: Sat, found: ResultHold, now: datetime = NOW) -> bool:
    with transaction():
        return services.lift_hold(sitting_id=sat.sitting.id, code=found.code, reason="查清了", actor=sat.third, now=now)


def confirm(sat: Sat, release_at: datetime | None = None) -> bool:
    with transaction():
        return services.confirm_results(sitting_id=sat.sitting.id, version=1, actor=sat.second, now=NOW, release_at=release_at)


def release(sat: Sat) -> bool:
    with transaction():
        return services.release_results(sitting_id=sat.sitting.id, version=1, actor=sat.second, now=NOW)


def states(sat: Sat) -> list[str]:
    db.session.expire_all()
    return [result.state.value for result in queries.results_of(sat.sitting.id)]


def test_a_held_result_is_left_out_of_the_release_and_of_the_letters(sat: Sat) -> None:
    hold(sat)
    confirm(sat)
    release(sat)
    assert states(sat) == ["released", "released", "confirmed", "released"]
    assert sat.world.learners[2].id not in queries.released_results(sat.sitting.class_id)
    drain(now=NOW)
    told = select(Message.name).where(Message.channel == "in_app")
    assert sorted(db.session.scalars(told)) == ["学员1", "学员2", "学员4"]


def test_a_hold_that_is_lifted_after_the_release_shows_the_result_and_writes_to_that_person_alone(sat: Sat) -> None:
    found = hold(sat)
    confirm(sat)
    release(sat)
    drain(now=NOW)
    assert lift(sat, found, NOW + HOUR)
    assert not lift(sat, found, NOW + HOUR)
    drain(now=NOW + HOUR)
    assert states(sat) == ["released"] * 4
    told = select(Message.name, func.count()).where(Message.channel == "in_app").group_by(Message.name)
    assert dict(db.session.execute(told).all()) == {f"学员{n}": 1 for n in (1, 2, 3, 4)}


def test_a_hold_that_is_lifted_before_the_release_releases_nothing(sat: Sat) -> None:
    found = hold(sat)
    confirm(sat)
    lift(sat, found)
    assert states(sat) == ["confirmed"] * 4
    release(sat)
    assert states(sat) == ["released"] * 4


def test_who_held_it_and_why_stays_on_record(sat: Sat) -> None:
    found = hold(sat)
    lift(sat, found, NOW + HOUR)
    hold(sat, now=NOW + 2 * HOUR)
    kept = [(one.held_by, one.reason, one.lifted_by, one.lift_reason) for one in queries.holds_of(sat.sitting.id)]
    assert kept == [("周老师", "雷同待查", "", ""), ("周老师", "雷同待查", "赵老师", "查清了")]
    reasons = select(AuditRow.reason).where(AuditRow.action.like("scoring.%h%ld%")).order_by(AuditRow.id)
    assert list(db.session.scalars(reasons)) == ["雷同待查", "查清了", "雷同待查"]


def test_holding_twice_without_reason_or_nobody_is_refused(sat: Sat) -> None:
    hold(sat)
    with pytest.raises(services.ResultIsHeldAlready, match="K0003"):
        hold(sat)
    with pytest.raises(services.NoSuchCandidate):
        hold(sat, "K9999")
    with pytest.raises(services.HoldReasonIsMissing), transaction():
        services.hold_result(sitting_id=sat.sitting.id, candidate_no="K0001", reason=" \n ", actor=sat.second, now=NOW)
    with pytest.raises(Forbidden), transaction():
        services.hold_result(sitting_id=sat.sitting.id, candidate_no="K0001", reason="x", actor=sat.world.actor(0), now=NOW)


def test_the_database_refuses_two_live_holds(sat: Sat) -> None:
    found = hold(sat)
    db.session.add(
        ResultHold(
            code="B" * 16,
            sitting_id=found.sitting_id,
            learner_id=found.learner_id,
            candidate_no="x",
            reason="x",
            held_by="x",
            held_at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_what_a_learner_has_seen_is_not_taken_back(sat: Sat) -> None:
    confirm(sat)
    release(sat)
    with pytest.raises(services.ResultIsSeen):
        hold(sat)


def test_the_earlier_result_stays_visible_while_the_corrected_one_is_held(session: Session) -> None:
    sat = make_sat(now=NOW)
    change = sat.propose_key()
    db.session.add(
        ResultHold(
            sitting_id=sat.sitting.id,
            learner_id=sat.world.learners[2].id,
            code="A" * 16,
            candidate_no="K0003",
            reason="待查",
            held_by="周老师",
            held_at=NOW,
        )
    )
    db.session.commit()
    sat.commit(change)
    best = queries.best_released_result(sat.sitting.class_id, sat.world.learners[2].id)
    assert best is not None
    assert (best.version, best.total) == (1, Decimal(4))


def test_the_time_of_release_is_set_when_confirming_and_kept_to_the_instant(sat: Sat) -> None:
    at = NOW + 3 * HOUR
    confirm(sat, at)
    jobs.release_due(now=at - timedelta(seconds=1))
    assert states(sat) == ["confirmed"] * 4
    for _ in range(2):
        jobs.release_due(now=at)
    assert states(sat) == ["released"] * 4
    found = sat.newest()
    assert (found.released_by, found.released_at, found.release_set_by) == ("系统", at, "周老师")
    released = select(func.count(AuditRow.id)).where(AuditRow.action == "scoring.results_released")
    assert db.session.scalar(released) == 1


def test_the_time_is_moved_or_taken_back_until_it_has_come(sat: Sat) -> None:
    def schedule(at: datetime | None, now: datetime = NOW) -> bool:
        with transaction():
            return services.schedule_release(sitting_id=sat.sitting.id, version=1, release_at=at, actor=sat.third, now=now)

    with pytest.raises(services.ResultsAreNotConfirmed):
        schedule(NOW + HOUR)
    confirm(sat, NOW + HOUR)
    assert schedule(NOW + 2 * HOUR)
    assert not schedule(NOW + 2 * HOUR)
    jobs.release_due(now=NOW + HOUR)
    assert states(sat) == ["confirmed"] * 4
    assert schedule(None)
    jobs.release_due(now=NOW + 5 * HOUR)
    assert sat.newest().state is ResultState.CONFIRMED
    for wrong in (NOW, NOW - HOUR, NOW + timedelta(days=400)):
        with pytest.raises(services.ReleaseIsOutOfReach):
            schedule(wrong)
    schedule(NOW + 6 * HOUR)
    jobs.release_due(now=NOW + 6 * HOUR)
    with pytest.raises(services.ResultsAreReleased):
        schedule(NOW + 9 * HOUR, NOW + 7 * HOUR)


def test_an_overtaken_version_is_not_released_when_its_time_comes(sat: Sat) -> None:
    confirm(sat, NOW + HOUR)
    change = sat.propose_key()
    sat.commit(change, actor=sat.third)
    jobs.release_due(now=NOW + HOUR)
    lists = queries.lists_of(sat.sitting.id)
    assert [(one.version, one.state.value) for one in lists] == [(2, "released"), (1, "confirmed")]  # the new one took the time


def test_a_hold_follows_when_two_records_of_a_person_are_merged(sat: Sat) -> None:
    """And the list's fingerprint still fits: it names the attempt, not the record."""
    hold(sat)
    kept = make_world(learners=1, with_users=False).learners[0]
    with transaction():
        merge_learners(kept_code=kept.code, merged_code=sat.world.learners[2].code, reason="同一个人", actor=SYSTEM, now=NOW)
    drain(now=NOW)
    confirm(sat)
    release(sat)
    assert queries.held_learner_ids(sat.sitting.id) == {kept.id}
    assert states(sat) == ["released", "released", "confirmed", "released"]
    assert queries.stored_digest(sat.newest()) == sat.newest().digest
