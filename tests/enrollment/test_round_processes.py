"""Real processes: a worker killed in the middle, two staff at once, and people who change their minds while it closes."""

import signal
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.outbox import LEASE, OutboxRow, OutboxState
from academy.core.runs import JobRun, RunState
from academy.enrollment.models import AllocationPreview, AllocationRow, Enrollment
from academy.enrollment.queries import choices as queries
from academy.enrollment.rules.rounds import PreviewState, RoundState, RowState
from academy.enrollment.services import allocating
from academy.notifications.models import Message
from academy.timetable.models import TrainingClass
from tests.conftest import LiveApp
from tests.enrollment.rounds import AFTER, CLOSES, Stage, make_stage
from tests.processes import begin_together, run_each

AFTER_THE_LEASE = LEASE + timedelta(minutes=1)

DYING = """
import json, os, signal, sys
from datetime import datetime
from academy.app import create_app
from academy.core import outbox
from academy.enrollment.services import allocating

given = json.loads(sys.argv[1])
allocating.SLICE, allocating.LETTERS = 3, 2
calls = 0

def die_at(function, number, before=False):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if before and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

name, number, before = given["die"] or (None, 0, False)
if name:
    setattr(allocating, name, die_at(getattr(allocating, name), number, before))
with create_app().app_context():
    outbox.drain(now=datetime.fromisoformat(given["now"]))
"""

TOGETHER = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.enrollment.services import allocating, choosing

app = create_app()
tasks = json.loads(sys.argv[1])

def staff(user_id):
    return Actor(user_id, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))

def one(task):
    now, said = datetime.fromisoformat(task["now"]), []
    with app.app_context():
        for step in task["steps"]:
            try:
                with transaction():
                    if step[0] == "approve":
                        allocating.approve_preview(code=step[1], actor=staff(task["user_id"]), now=now)
                    elif step[0] == "prepare":
                        allocating.prepare_preview(round_code=step[1], actor=staff(task["user_id"]), now=now)
                    elif step[0] == "prepare and approve":
                        made = allocating.prepare_preview(round_code=step[1], actor=staff(task["user_id"]), now=now).code
                    else:
                        choosing.choose(
                            round_code=step[1], class_codes=step[2], actor=Actor(task["user_id"], "学员"), now=now
                        )
                if step[0] == "prepare and approve":
                    with transaction():
                        allocating.approve_preview(code=made, actor=staff(step[2]), now=now)
                said.append("ok")
            except DomainError as error:
                said.append(error.code)
    return said

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(one, tasks))))
"""


def together(live_app: LiveApp, tasks: list[dict[str, Any]], processes: int = 2) -> list[list[str]]:
    """Hand the tasks out to processes that begin together; what each step gave."""
    each = [tasks[number::processes] for number in range(processes)]
    return [steps for outcome in begin_together(live_app, TOGETHER, each) for steps in outcome]


def approved_stage(now: datetime, people: int) -> tuple[Stage, AllocationPreview]:
    stage = make_stage(now, [4, 3])
    for number in range(people):
        stage.choose(stage.person(), *((0, 1) if number % 3 else (1, 0)))
    preview = stage.prepare()
    stage.approve(preview)
    return stage, preview


def assert_exact(stage: Stage, preview: AllocationPreview) -> None:
    """What was planned is what is there: once for each person, the counters true, a letter for each, nothing doubled."""
    db.session.expire_all()
    rows = queries.rows_of(preview.id)
    assert stage.found().state is RoundState.RELEASED
    expected = {
        row.learner_id: (row.class_id or row.line_class_id, RowState.ADMITTED if row.class_id else RowState.WAITLISTED)
        for row in rows
    }
    assert {row.learner_id: (row.class_id or row.line_class_id, row.state) for row in rows} == expected
    enrollments = list(db.session.scalars(select(Enrollment)))
    assert {one.learner_id: (one.class_id, one.state.value) for one in enrollments} == {
        learner: (class_id, state.value) for learner, (class_id, state) in expected.items()
    }
    assert len(enrollments) == len(rows)
    for found in stage.classes:
        counted = db.session.get_one(TrainingClass, found.id, populate_existing=True)
        line = sorted((row.turn or 0, row.number) for row in rows if row.line_class_id == found.id)
        assert counted.admitted_count == sum(row.class_id == found.id for row in rows)
        assert [number for _, number in line] == list(range(1, counted.waiting_count + 1))
    run = db.session.scalars(select(JobRun).where(JobRun.kind == allocating.RUN_KIND)).one()
    assert (run.state, run.done, run.failed, run.total) == (RunState.DONE, len(rows), 0, len(rows))
    audited = Counter(db.session.scalars(select(AuditRow.subject).where(AuditRow.action.startswith("enrollment."))))
    assert audited == {f"enrollment:{one.code}": 1 for one in enrollments}
    for reason in ("enrollment.round_released",):
        keys = Counter(db.session.scalars(select(Message.key).where(Message.reason == reason)))
        assert len(keys) == len(rows)
    placed = Counter(
        db.session.scalars(select(Message.key).where(Message.reason.in_(["enrollment.admitted", "enrollment.waitlisted"])))
    )
    assert len(placed) == len(rows)


@pytest.mark.parallel
def test_a_worker_killed_in_the_middle_neither_loses_nor_doubles_anybody(live_app: LiveApp, now: datetime) -> None:
    stage, preview = approved_stage(now, 11)
    points: list[tuple[str, int, bool] | None] = [
        ("_admit", 1, True), ("_admit", 2, False), ("carry_out_slice", 1, False), ("_admit", 4, False),
        ("advance_run", 2, False), ("_release", 1, False), ("write_letters", 2, False), None,
    ]  # fmt: skip
    done = []
    for step, point in enumerate(points):
        at = now + AFTER + step * AFTER_THE_LEASE
        ended = run_each(live_app, DYING, [{"die": point, "now": at.isoformat()}])
        assert ended == [-signal.SIGKILL if point else 0], point
        done.append(sum(row.state is not RowState.PLANNED for row in queries.rows_of(preview.id)))
        assert done[-1] == len(list(db.session.scalars(select(Enrollment))))  # at every instant rows and seats agree
    assert done[:3] == [0, 0, 0]
    assert 0 < done[3] < 11
    assert_exact(stage, preview)
    assert set(db.session.scalars(select(OutboxRow.state).where(OutboxRow.subscriber.startswith("enrollment.")))) == {
        OutboxState.DONE
    }


@pytest.mark.parallel
def test_staff_who_approve_and_prepare_at_once_cause_one_outcome(live_app: LiveApp, now: datetime) -> None:
    stage = make_stage(now, [4, 3])
    for number in range(9):
        stage.choose(stage.person(), *((0, 1) if number % 3 else (1, 0)))
    preview = stage.prepare()
    second, first = stage.world.admin.user_id, stage.world.manager.user_id
    at = (now + AFTER).isoformat()
    tasks: list[dict[str, Any]] = [{"now": at, "user_id": second, "steps": [["approve", preview.code]]}] * 6
    tasks += [{"now": at, "user_id": first, "steps": [["prepare", stage.code]]}]
    tasks += [{"now": at, "user_id": first, "steps": [["prepare and approve", stage.code, second]]}] * 2
    said = together(live_app, tasks)
    assert {step for steps in said for step in steps} <= {"ok", "preview_is_old", "round_is_not_closed"}
    previews = db.session.scalars(select(AllocationPreview).order_by(AllocationPreview.id)).all()
    if all(one.state is not PreviewState.APPROVED for one in previews):  # each was replaced by the next before it was approved
        assert together(live_app, [{"now": at, "user_id": second, "steps": [["approve", previews[-1].code]]}]) == [["ok"]]
        db.session.expire_all()
    approved = [one for one in previews if one.state is PreviewState.APPROVED]
    assert len(approved) == 1
    assert len(list(db.session.scalars(select(JobRun).where(JobRun.kind == allocating.RUN_KIND)))) == 1
    stage.carry_out()
    assert_exact(stage, approved[0])


@pytest.mark.parallel
def test_workers_that_carry_out_at_once_admit_nobody_twice(live_app: LiveApp, now: datetime) -> None:
    stage, preview = approved_stage(now, 11)
    assert run_each(live_app, DYING, [{"die": None, "now": (now + AFTER).isoformat()}] * 3) == [0, 0, 0]
    with transaction():
        assert not allocating.carry_out_slice(preview_id=preview.id, now=now + AFTER)
    stage.carry_out()
    assert_exact(stage, preview)


@pytest.mark.parallel
def test_a_change_while_it_closes_is_in_the_outcome_or_refused(live_app: LiveApp, now: datetime) -> None:
    """Requests that began in the window meet staff who prepare and approve: what is carried out is what is kept."""
    stage = make_stage(now, [4, 3])
    people = [stage.person() for _ in range(12)]
    for person in people:
        stage.choose(person, 0)
    second, first = stage.world.admin.user_id, stage.world.manager.user_id
    at = (now + CLOSES - timedelta(seconds=1)).isoformat()
    one, two = stage.codes
    orders = [[two, one], [one, two], [two], [one]]
    tasks: list[dict[str, Any]] = [
        {"now": at, "user_id": person.actor.user_id, "steps": [["choose", stage.code, order] for order in orders]}
        for person in people
    ]
    close = {"now": (now + CLOSES).isoformat(), "user_id": first}
    tasks[5:5] = [{**close, "steps": [["prepare and approve", stage.code, second]] * 8}] * 2
    said = together(live_app, tasks)
    answers = Counter(step for steps in said for step in steps)
    assert set(answers) <= {"ok", "round_takes_no_choices", "inputs_have_changed", "preview_is_old", "round_is_not_closed"}
    while queries.find_approved(stage.found().id) is None:
        stage.approve(stage.prepare())
    approved = queries.find_approved(stage.found().id)
    assert approved is not None
    kept = {row.learner_id: [bid["class_id"] for bid in row.bids] for row in queries.rows_of(approved.id)}
    wanted = {}
    for person in people:
        application = queries.find_application(stage.found().id, person.learner_id)
        assert application is not None
        wanted[person.learner_id] = queries.choices_of(application.id)
    assert kept == wanted
    stage.carry_out()
    assert_exact(stage, approved)
    assert len(list(db.session.scalars(select(AllocationRow.id).where(AllocationRow.preview_id == approved.id)))) == 12


@pytest.mark.parallel
def test_people_who_choose_at_once_get_one_application_and_numbers_without_a_gap(live_app: LiveApp, now: datetime) -> None:
    stage = make_stage(now, [4, 3])
    people = [stage.person() for _ in range(8)]
    orders = [stage.codes, stage.codes[::-1], stage.codes[:1]]
    tasks: list[dict[str, Any]] = [
        {"now": now.isoformat(), "user_id": person.actor.user_id, "steps": [["choose", stage.code, order]]}
        for order in orders
        for person in people
    ]
    said = together(live_app, tasks)
    assert {step for steps in said for step in steps} == {"ok"}
    applications = [queries.find_application(stage.found().id, person.learner_id) for person in people]
    assert sorted(one.number for one in applications if one) == list(range(1, 9))
    ids = [found.id for found in stage.classes]
    assert all(queries.choices_of(one.id) in ([*ids], ids[::-1], ids[:1]) for one in applications if one)
