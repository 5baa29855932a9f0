"""The log of a sitting, time given and granted, tickets at the door, rules confirmed, entry closed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from academy.core.audit import AuditRow
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Forbidden, NotFound
from academy.exams import queries, services
from academy.exams.models import ExamConfirmation, ExamIncident, ExamSitting
from academy.exams.rules.conduct import version_of
from academy.exams.rules.incidents import IncidentKind, compute_allowance
from academy.exams.rules.kinds import AttemptState
from tests.exams.factories import MANAGER, NOW, World, make_sitting, make_world
from tests.exams.rooms import make_instructor

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=3)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    return make_sitting(world)


def log(sitting: ExamSitting, now: datetime, **change: Any) -> ExamIncident:
    values: dict[str, Any] = {
        "code": random_code16(),
        "kind": IncidentKind.OTHER,
        "candidate_no": None,
        "note": "停电",
        "actor": MANAGER,
        **change,
    }
    return services.log_incident(sitting_id=sitting.id, now=now, **values)


def begin(sitting: ExamSitting, world: World, who: int, now: datetime) -> Any:
    return services.start_attempt(sitting_id=sitting.id, actor=world.actor(who), now=now)


# ---- extra time -------------------------------------------------------------------------------------------------------------


def test_extra_time_counts_at_once_for_running_attempts_and_for_no_others(
    world: World, sitting: ExamSitting, now: datetime
) -> None:
    running, handed_in = begin(sitting, world, 0, now), begin(sitting, world, 1, now)
    services.submit_attempt(code=handed_in.code, actor=world.actor(1), now=now)
    due = running.due_at
    entry = log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=10)
    db.session.expire_all()
    assert (entry.extended, running.due_at, handed_in.due_at) == (1, due + 10 * MINUTE, due)
    late = due + 9 * MINUTE  # after the first end, before the new one
    services.save_answer(code=running.code, seq=1, position=1, response="A", is_flagged=False, actor=world.actor(0), now=late)
    assert services.time_out_overdue(now=late) == 0
    with pytest.raises(services.AttemptIsNotRunning, match="K0002 的卷子已经交了"):
        log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=10, candidate_no="K0002")
    assert len(queries.incidents_of(sitting.id)) in (1, 2)


def test_time_goes_beyond_the_window_and_keys_stay_closed_as_long(world: World, now: datetime) -> None:
    sitting = make_sitting(world, minutes=60, opens_at=now - 100 * MINUTE)
    running = begin(sitting, world, 0, now)
    assert running.due_at == sitting.closes_at
    log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=15, candidate_no="K0001")
    db.session.expire_all()
    after_window = sitting.closes_at + 10 * MINUTE
    assert running.due_at == sitting.closes_at + 15 * MINUTE == queries.paper_sat_until(sitting.paper_id)
    assert services.close_finished_sittings(now=after_window) == []
    own = queries.sittings_of_learner(world.learners[0].id, now=after_window)[0]
    assert not own.verdict.unmet  # she can come back to her paper


def test_the_same_form_twice_gives_the_time_once(world: World, sitting: ExamSitting, now: datetime) -> None:
    running = begin(sitting, world, 0, now)
    code, due = random_code16(), running.due_at
    first = log(sitting, now, code=code, kind=IncidentKind.EXTRA_TIME, minutes=10)
    again = log(sitting, now, code=code, kind=IncidentKind.EXTRA_TIME, minutes=10)
    db.session.expire_all()
    assert first.id == again.id
    assert running.due_at == due + 10 * MINUTE


@pytest.mark.parametrize("minutes", [None, 0, -5, 241, 10**9])
def test_minutes_out_of_reach_are_refused(world: World, sitting: ExamSitting, now: datetime, minutes: int | None) -> None:
    running = begin(sitting, world, 0, now)
    with pytest.raises(services.MinutesAreOutOfReach):
        log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=minutes)
    with pytest.raises(services.MinutesAreOutOfReach):
        services.extend_attempt(attempt_id=running.id, minutes=minutes or 0, reason="x", actor=MANAGER, now=now)
    assert queries.incidents_of(sitting.id) == []


def test_nobody_writing_is_said(sitting: ExamSitting, now: datetime) -> None:
    with pytest.raises(services.NobodyIsWriting):
        log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=10)
    with pytest.raises(NotFound):
        services.extend_attempt(attempt_id=0, minutes=5, reason="x", actor=MANAGER, now=now)


# ---- the log ----------------------------------------------------------------------------------------------------------------


def test_the_log_is_only_added_to(world: World, sitting: ExamSitting, now: datetime) -> None:
    entry = log(sitting, now, kind=IncidentKind.DISTURBANCE, candidate_no="K0001", note="交谈，已提醒")
    db.session.flush()
    for statement in (
        update(ExamIncident).values(note="没有的事"),
        update(ExamIncident).values(kind=IncidentKind.OTHER, recorded_by="别人"),
        delete(ExamIncident),
        text("DELETE FROM exam_incident"),
    ):
        with pytest.raises(DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(statement)
    counter = services.counter_incident(
        code=random_code16(), sitting_id=sitting.id, counters=entry.code, note="认错了人", actor=MANAGER, now=now
    )
    assert [one.id for one in queries.incidents_of(sitting.id)] == [counter.id, entry.id]
    with pytest.raises(services.EntryIsCountered):
        services.counter_incident(
            code=random_code16(), sitting_id=sitting.id, counters=entry.code, note="再来", actor=MANAGER, now=now
        )


def test_time_given_is_not_taken_back(world: World, sitting: ExamSitting, now: datetime) -> None:
    begin(sitting, world, 0, now)
    entry = log(sitting, now, kind=IncidentKind.EXTRA_TIME, minutes=10)
    with pytest.raises(services.TimeIsNotTakenBack):
        services.counter_incident(
            code=random_code16(), sitting_id=sitting.id, counters=entry.code, note="x", actor=MANAGER, now=now
        )


def test_only_who_watches_writes(world: World, sitting: ExamSitting, now: datetime) -> None:
    instructor, actor = make_instructor()
    for stranger in (actor, world.actor(0)):
        with pytest.raises(Forbidden):
            log(sitting, now, actor=stranger)
        with pytest.raises(Forbidden):
            services.check_ticket(sitting_id=sitting.id, candidate_no="K0001", actor=stranger, now=now)
    services.assign_invigilator(
        sitting_id=sitting.id, instructor_code=instructor.code, room_number=None, actor=MANAGER, now=now
    )
    assert log(sitting, now, actor=actor).recorded_by == "周老师"
    with pytest.raises(Forbidden):  # extra time in percent is not an invigilator's to decide
        services.accommodate(sitting_id=sitting.id, candidate_no="K0001", percent=25, reason="x", actor=actor, now=now)


@pytest.mark.parametrize(("note", "code"), [("", None), ("  ", None), ("字" * 1001, None), ("好", "no code"), ("好", "")])
def test_an_entry_says_what_happened(sitting: ExamSitting, now: datetime, note: str, code: str | None) -> None:
    with pytest.raises(services.NoteIsMissing):
        log(sitting, now, note=note, code=random_code16() if code is None else code)


# ---- extra time in percent --------------------------------------------------------------------------------------------------


@given(st.integers(1, 480), st.integers(0, 200))
def test_percent_are_minutes_rounded_up_for_her_and_her_window(minutes: int, percent: int) -> None:
    allowed, closes = compute_allowance(minutes=minutes, closes_at=NOW, percent=percent)
    assert allowed * 100 >= minutes * (100 + percent) > (allowed - 1) * 100
    assert closes - NOW == (allowed - minutes) * MINUTE


def test_percent_count_from_the_start_and_beyond_the_window(world: World, now: datetime) -> None:
    sitting = make_sitting(world, minutes=60, opens_at=now - 100 * MINUTE)
    services.accommodate(sitting_id=sitting.id, candidate_no="K0001", percent=25, reason="右手骨折", actor=MANAGER, now=now)
    assert begin(sitting, world, 0, now).due_at == now + 45 * MINUTE  # 30 to the end of the window and her 15
    assert begin(sitting, world, 1, now).due_at == now + 30 * MINUTE
    with pytest.raises(services.AttemptHasBegun, match="K0001 已经开始"):
        services.accommodate(sitting_id=sitting.id, candidate_no="K0001", percent=50, reason="x", actor=MANAGER, now=now)


def test_decisions_are_kept_and_the_reason_stays_private(world: World, sitting: ExamSitting, now: datetime) -> None:
    for percent, reason in ((25, "右手骨折"), (50, "医生证明更新"), (0, "本人撤回")):
        services.accommodate(
            sitting_id=sitting.id, candidate_no="K0001", percent=percent, reason=reason, actor=MANAGER, now=now
        )
    held = queries.accommodations_of(sitting.id)[world.learners[0].id]
    assert (held.version, held.percent, held.reason) == (3, 0, "本人撤回")
    assert begin(sitting, world, 0, now).due_at == now + 60 * MINUTE
    trail = db.session.scalars(select(AuditRow).where(AuditRow.action == "exams.accommodated")).all()
    assert [row.after for row in trail][-1] == {"percent": 0, "version": 3}
    assert not any("骨折" in f"{row.reason}{row.after}{row.subject}" for row in trail)
    stored = db.session.execute(text("SELECT reason FROM exam_accommodation")).scalars().all()
    assert not any("骨折".encode() in bytes(one) if isinstance(one, bytes | memoryview) else "骨折" in one for one in stored)
    for wrong in (-1, 201):
        with pytest.raises(services.PercentIsOutOfReach):
            services.accommodate(sitting_id=sitting.id, candidate_no="K0002", percent=wrong, reason="x", actor=MANAGER, now=now)


# ---- entry ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def closing(world: World, sitting: ExamSitting) -> ExamSitting:
    """Opened ten minutes ago, entry closed after eight."""
    sitting.entry_minutes = 8
    db.session.commit()
    return sitting


def test_entry_closes_and_the_verdict_says_so(world: World, closing: ExamSitting, now: datetime) -> None:
    begin(closing, world, 1, now - 3 * MINUTE)
    with pytest.raises(services.SittingIsNotOpen, match="已停止入场"):
        begin(closing, world, 0, now)
    check = queries.explain_sitting(closing, world.learners[0].id, now=now).unmet[0]
    assert (check.code, check.state) == ("entry", "no")
    assert check.fix is not None
    begin(closing, world, 1, now)  # who has begun goes on


def test_a_late_candidate_whom_the_invigilator_lets_in_may_enter(world: World, closing: ExamSitting, now: datetime) -> None:
    entry = log(closing, now, kind=IncidentKind.LATE, candidate_no="K0001", lets_in=True, note="公交故障，有证明")
    services.counter_incident(
        code=random_code16(), sitting_id=closing.id, counters=entry.code, note="证明不实", actor=MANAGER, now=now
    )
    with pytest.raises(services.SittingIsNotOpen):
        begin(closing, world, 0, now)
    log(closing, now, kind=IncidentKind.LATE, candidate_no="K0001", lets_in=True, note="补交证明")
    assert begin(closing, world, 0, now).state is AttemptState.IN_PROGRESS
    log(closing, now, kind=IncidentKind.LATE, candidate_no="K0002", note="迟到 10 分钟，未准入")
    with pytest.raises(services.SittingIsNotOpen):
        begin(closing, world, 1, now)


def test_entry_does_not_close_after_the_window(world: World, now: datetime) -> None:
    paper_id = make_sitting(world).paper_id
    for minutes in (0, -1, 130, 200):
        with pytest.raises(services.EntryClosesTooLate):
            services.plan_sitting(
                class_id=world.training_class.id,
                paper_id=paper_id,
                title_zh="补考",
                opens_at=now,
                closes_at=now + 130 * MINUTE,
                minutes=60,
                entry_minutes=minutes,
                actor=MANAGER,
                now=now,
            )


# ---- rules and tickets ------------------------------------------------------------------------------------------------------


def test_the_rules_are_confirmed_with_their_wording_and_time(world: World, sitting: ExamSitting, now: datetime) -> None:
    sentences = [str(rule) for rule in queries.rules_of(sitting, has_rooms=False)]
    with pytest.raises(services.RulesHaveChanged):
        services.enter_sitting(sitting_id=sitting.id, rules_version="0" * 16, actor=world.actor(0), now=now)
    assert queries.find_attempt(sitting.id, world.learners[0].id) is None
    version = version_of(sentences)
    for _ in range(2):
        services.enter_sitting(sitting_id=sitting.id, rules_version=version, actor=world.actor(0), now=now)
    kept = db.session.scalars(select(ExamConfirmation)).one()
    assert (kept.rules_version, kept.confirmed_at, kept.learner_id) == (version, now, world.learners[0].id)
    assert queries.rules_by_version(version).sentences == sentences
    sitting.entry_minutes = 15
    assert version_of([str(rule) for rule in queries.rules_of(sitting, has_rooms=False)]) != version


def test_a_ticket_is_checked_once(world: World, sitting: ExamSitting, now: datetime) -> None:
    candidate = queries.candidate_by_number(sitting.id, "K0001")
    assert candidate.ticket_code is not None
    assert queries.candidate_by_ticket(candidate.ticket_code) == (candidate, sitting)
    services.check_ticket(sitting_id=sitting.id, candidate_no="K0001", actor=MANAGER, now=now)
    with pytest.raises(services.TicketIsChecked, match=r"K0001 的准考证在 .* 已由 李主任 核验过"):
        services.check_ticket(sitting_id=sitting.id, candidate_no="K0001", actor=MANAGER, now=now + MINUTE)
    with pytest.raises(NotFound):
        queries.candidate_by_ticket("X" * 16)
