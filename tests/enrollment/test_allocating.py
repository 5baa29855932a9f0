"""From choices to seats: a preview, a second person, and everything carried out exactly as shown, or refused."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.core.errors import Forbidden
from academy.core.runs import JobRun
from academy.core.text import render
from academy.enrollment import services as enrollment
from academy.enrollment.models import AllocationPreview, Enrollment
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries.round_inputs import read_inputs
from academy.enrollment.queries.rounds import running_round_of_class
from academy.enrollment.rules import EnrollmentState, Source
from academy.enrollment.rules.explaining import compare
from academy.enrollment.rules.rounds import Criterion, CriterionItem, PreviewState, RoundState, RowState
from academy.enrollment.services import allocating, choosing
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.people.queries import learner_by_id
from academy.timetable import services as timetable
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState, Step
from tests.accounts.factories import make_organization
from tests.enrollment.factories import put_in, states
from tests.enrollment.rounds import AFTER, CLOSES, LOTTERY_ONLY, Person, Stage, make_stage
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program, make_session

ADMITTED, WAITLISTED, UNPLACED, REFUSED = RowState.ADMITTED, RowState.WAITLISTED, RowState.UNPLACED, RowState.REFUSED


def people_of(stage: Stage, *wanted: tuple[int, ...]) -> list[Person]:
    """People who apply one after the other, with these choices."""
    people = [stage.person() for _ in wanted]
    for person, classes in zip(people, wanted, strict=True):
        stage.choose(person, *classes)
    return people


def learner(person: Person) -> Learner:
    return learner_by_id(person.learner_id)


def test_everybody_gets_the_best_that_the_order_leaves_her_and_the_rest_wait(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1, 2])
    a, b, c, d, e = (one.learner_id for one in people_of(stage, (0, 1), (0,), (0, 1), (1, 0), (0, 1)))
    preview = stage.prepare()
    assert (preview.summary["counts"], preview.summary["waiting"]) == ([2, 1, 0, 2], 2)
    assert {row.state for row in stage.rows(preview).values()} == {RowState.PLANNED}
    assert session.scalars(select(Enrollment)).all() == []  # a preview admits nobody
    stage.approve(preview)
    stage.carry_out()
    assert stage.outcome(preview) == {
        a: (ADMITTED, 0), b: (WAITLISTED, 0), c: (ADMITTED, 1), d: (ADMITTED, 1), e: (WAITLISTED, 0),
    }  # fmt: skip
    assert states(stage.classes[0]) == {a: ("admitted", None), b: ("waitlisted", 1), e: ("waitlisted", 2)}
    assert states(stage.classes[1]) == {c: ("admitted", None), d: ("admitted", None)}
    counted = session.get_one(TrainingClass, stage.classes[0].id)
    assert (counted.admitted_count, counted.waiting_count) == (1, 2)
    assert stage.found().state is RoundState.RELEASED
    assert running_round_of_class(stage.classes[0].id) is None
    run = session.scalars(select(JobRun).where(JobRun.kind == allocating.RUN_KIND)).one()
    assert (run.done, run.failed, run.total) == (5, 0, 5)


def test_without_a_line_whoever_gets_nothing_is_left_in_peace(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1], has_line=False)
    first, second = (one.learner_id for one in people_of(stage, (0,), (0,)))
    preview = stage.prepare()
    stage.approve(preview)
    stage.carry_out()
    assert stage.outcome(preview) == {first: (ADMITTED, 0), second: (UNPLACED, None)}
    assert states(stage.classes[0]) == {first: ("admitted", None)}


def test_the_criteria_count_in_their_order_and_the_lottery_last(session: Session, now: datetime) -> None:
    criteria = (
        CriterionItem(Criterion.PERSON_TYPE, (("P11",), ("P10",))),
        CriterionItem(Criterion.NOMINATED),
        CriterionItem(Criterion.NEW_TO_FIELD),
        CriterionItem(Criterion.LONGEST_AGO),
    )
    stage = make_stage(now, [7], criteria=criteria)
    past = [
        make_class(stage.world, now=now, state=ClassState.CLOSED, starts_on=day, ends_on=day)
        for day in (FIRST_DAY.replace(year=2023), FIRST_DAY.replace(year=2025))
    ]
    plain, another, lately, long_ago, nominated = (stage.person() for _ in range(5))
    grouped, second_group = stage.person(person_type="P11"), stage.person(person_type="P10")
    for found, person in ((past[0], long_ago), (past[0], lately), (past[1], lately)):
        session.add(
            Enrollment(
                class_id=found.id, learner_id=person.learner_id, code=f"{found.id}-{person.learner_id}"[:16],
                state=EnrollmentState.COMPLETED, source=Source.STAFF, applied_at=now, admitted_at=now,
            )
        )  # fmt: skip
    session.commit()
    everybody = [lately, long_ago, plain, another, nominated, second_group, grouped]
    codes = {person.learner_id: stage.choose(person, 0) for person in everybody}
    with transaction():
        choosing.nominate(application_code=codes[nominated.learner_id], is_nominated=True, actor=stage.world.admin, now=now)
    rows = sorted(stage.rows(stage.prepare()).values(), key=lambda row: row.place or 0)
    keys = {row.learner_id: row.bids[0]["key"] for row in rows}
    by_lottery = sorted((plain, another), key=lambda one: str(keys[one.learner_id][-1]))
    expected = [grouped, second_group, nominated, *by_lottery, long_ago, lately]
    assert [row.learner_id for row in rows] == [one.learner_id for one in expected]
    assert keys[lately.learner_id][:-1] == [2, 1, 1, 0]  # her last class ended less than a year before
    assert keys[long_ago.learner_id][:-1] == [2, 1, 1, -2]


def test_two_people_are_needed_and_neither_is_an_applicant(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1])
    (person,) = people_of(stage, (0,))
    preview = stage.prepare()
    with pytest.raises(allocating.PreviewPreparedByYou):
        stage.approve(preview, actor=stage.world.manager)
    with pytest.raises(Forbidden):
        stage.prepare(actor=person.actor)
    with pytest.raises(Forbidden):
        stage.approve(preview, actor=person.actor)
    assert states(stage.classes[0]) == {}


def test_nothing_is_allocated_before_the_window_closes_nor_twice(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1])
    with pytest.raises(allocating.NobodyChose):
        stage.prepare()
    people_of(stage, (0,))
    with pytest.raises(allocating.RoundIsNotClosed):
        stage.prepare(at=now + CLOSES - timedelta(seconds=1))
    first = stage.prepare()
    second = stage.prepare(actor=stage.world.admin)
    with pytest.raises(allocating.PreviewIsOld):
        stage.approve(first)
    stage.approve(second, actor=stage.world.manager)
    with pytest.raises(allocating.PreviewIsOld):
        stage.approve(second, actor=stage.world.manager)
    with pytest.raises(allocating.RoundIsNotClosed):
        stage.prepare()
    stage.carry_out()
    with pytest.raises(allocating.RoundIsNotClosed):
        stage.prepare()


def change(what: str, stage: Stage, person: Person) -> None:
    """Something that the preview was computed from becomes otherwise."""
    manager, later = stage.world.manager, stage.now + AFTER
    first, second = stage.classes
    if what == "seats":
        with transaction():
            enrollment.change_seats(class_id=first.id, seats=2, actor=manager, now=later)
    elif what == "state":
        with transaction():
            timetable.take_step(class_id=first.id, step=Step.CANCEL, actor=manager, now=later, reason="并班")
    elif what == "nomination":
        application = queries.find_application(stage.found().id, person.learner_id)
        assert application
        application.nominated_at = stage.now
        db.session.commit()
    elif what == "clash":
        busy = make_class(stage.world, now=stage.now, program_id=make_program(stage.world).id)
        for found in (busy, first):
            make_session(found, at(FIRST_DAY, 9))
        put_in(busy, learner(person), actor=manager, now=stage.now)
    else:
        with transaction():
            enrollment.enroll(
                class_id=second.id, learner_id=person.learner_id, actor=manager, now=stage.now, source=Source.ALLOCATION
            )


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        ("seats", ["classes"]),
        ("state", ["classes", "fitness"]),
        ("nomination", ["people"]),
        ("clash", ["fitness"]),
        ("enrolled", ["classes", "fitness"]),
    ],
)
def test_a_preview_whose_inputs_have_changed_is_refused_and_says_what(
    session: Session, now: datetime, what: str, parts: list[str]
) -> None:
    stage = make_stage(now, [1, 5])
    (person,) = people_of(stage, (0, 1))
    preview = stage.prepare()
    change(what, stage, person)
    with pytest.raises(allocating.InputsHaveChanged) as refusal:
        stage.approve(preview)
    assert refusal.value.parts == parts
    assert stage.found().state is RoundState.PUBLISHED
    again = stage.prepare()
    stage.approve(again)
    stage.carry_out()
    assert stage.found().state is RoundState.RELEASED


def test_a_new_preview_shows_what_differs_from_the_one_before(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1, 1])
    a, b, c = (one.learner_id for one in people_of(stage, (0,), (0, 1), (1,)))
    first = stage.prepare()
    with transaction():
        enrollment.change_seats(class_id=stage.classes[0].id, seats=2, actor=stage.world.manager, now=now + AFTER)
    second = stage.prepare()
    before = queries.preview_before(second)
    assert before is not None
    assert (before.id, before.state) == (first.id, PreviewState.REPLACED)
    changes = compare(queries.allocated_classes(first.id), queries.allocated_classes(second.id))
    one, two = (found.id for found in stage.classes)
    assert changes.changed == {b: (two, one), c: (None, two)}
    assert (changes.joined, changes.left, changes.is_none) == ((), (), False)
    assert a not in changes.changed
    assert compare({1: None, 2: 5}, {2: 5, 3: None}).left == (1,)


def test_each_person_reads_why_and_nobody_is_named(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1, 1, 1], criteria=(CriterionItem(Criterion.NOMINATED), CriterionItem(Criterion.EARLIEST)))
    winner, loser, third = people_of(stage, (0,), (0, 1, 2), (1,))
    application = queries.find_application(stage.found().id, third.learner_id)
    assert application
    with transaction():
        choosing.nominate(application_code=application.code, is_nominated=True, actor=stage.world.admin, now=now)
    preview = stage.prepare()
    stage.approve(preview)
    stage.carry_out()
    verdict = queries.explain_allocation(preview, stage.rows(preview)[loser.learner_id])
    assert [check.state for check in verdict.checks] == ["no", "no", "ok"]
    title = stage.classes[0].title_zh
    said = [render(text) for check in verdict.checks for text in (check.say, check.record) if text]
    assert said[0] == f"第一志愿“{title}”：没有分到"
    assert said[1] == (
        "1 席都给了次序在前的人。与最后一位录取者比，分出先后的是第 2 条“填报序号小的在前”："
        "最后一位：填报序号 1；本人：填报序号 2。"
    )
    assert "第 1 条“单位推荐的在前”：最后一位：单位推荐；本人：没有单位推荐" in said[3]
    assert said[4] == f"第三志愿“{title}”：分到了"
    everything = " ".join(said)
    assert all(one.code not in everything for one in (winner, third))


def test_whoever_cannot_be_given_a_choice_reads_why_and_gets_the_next(session: Session, now: datetime) -> None:
    stage = make_stage(now, [3, 3])
    (person,) = people_of(stage, (0, 1))
    change("state", stage, person)
    preview = stage.prepare()
    row = stage.rows(preview)[person.learner_id]
    assert (row.class_id, row.rank) == (stage.classes[1].id, 2)
    verdict = queries.explain_allocation(preview, row)
    assert render(verdict.checks[0].record) == "这个班现在不接受报名"


def test_what_changes_while_it_is_carried_out_is_said_and_oversells_nothing(session: Session, now: datetime) -> None:
    """Between the approval and a slice somebody takes seats away, and somebody is enrolled by hand into a clashing class."""
    stage = make_stage(now, [2, 2])
    a, b, c = people_of(stage, (0,), (0,), (1,))
    preview = stage.prepare()
    stage.approve(preview)
    busy = make_class(stage.world, now=now, program_id=make_program(stage.world).id)
    for found in (busy, stage.classes[1]):
        make_session(found, at(FIRST_DAY, 9))
    put_in(busy, learner(c), actor=stage.world.manager, now=now)
    with transaction():
        enrollment.change_seats(class_id=stage.classes[0].id, seats=1, actor=stage.world.manager, now=now + AFTER)
    stage.carry_out()
    assert stage.outcome(preview) == {
        a.learner_id: (ADMITTED, 0), b.learner_id: (WAITLISTED, 0), c.learner_id: (REFUSED, 1),
    }  # fmt: skip
    rows = stage.rows(preview)
    assert render(rows[b.learner_id].problem_text) == "席位在录取前减少，改为候补 1 号"
    assert "时间冲突" in render(rows[c.learner_id].problem_text)
    assert not queries.explain_allocation(preview, rows[c.learner_id]).allowed
    run = session.scalars(select(JobRun).where(JobRun.kind == allocating.RUN_KIND)).one()
    assert (run.done, run.failed) == (1, 2)
    assert stage.found().state is RoundState.RELEASED


def test_carrying_out_twice_changes_nothing_the_second_time(session: Session, now: datetime) -> None:
    stage = make_stage(now, [2])
    people_of(stage, (0,), (0,), (0,))
    preview = stage.prepare()
    stage.approve(preview)
    stage.carry_out()
    counts = [session.scalar(select(func.count()).select_from(table)) for table in (Enrollment, Message)]
    with transaction():
        assert not allocating.carry_out_slice(preview_id=preview.id, now=now + AFTER)
        assert not allocating.write_letters(round_id=stage.found().id, letter=allocating.ENDED, now=now + AFTER)
    stage.carry_out()
    assert counts == [session.scalar(select(func.count()).select_from(table)) for table in (Enrollment, Message)]


def test_everybody_is_told_the_outcome_once(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1])
    people = people_of(stage, (0,), (0,))
    preview = stage.prepare()
    stage.approve(preview)
    stage.carry_out()
    letters = session.scalars(select(Message).where(Message.reason == "enrollment.round_released")).all()
    assert {message.person for message in letters} == {f"user:{one.actor.user_id}" for one in people}
    placed = session.scalars(select(Message.reason).where(Message.reason.in_(["enrollment.admitted", "enrollment.waitlisted"])))
    assert set(placed) == {"enrollment.admitted", "enrollment.waitlisted"}


def test_counts_by_class_and_unit_and_the_last_one_admitted(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1, 1])
    unit = make_organization()
    member, other, third = stage.person(organization=unit), stage.person(), stage.person()
    for person, classes in ((member, (0,)), (other, (0, 1)), (third, (0,))):
        stage.choose(person, *classes)
    summary = stage.prepare().summary
    first, second = summary["classes"]
    assert (first["asked"], first["given"], first["waiting"]) == ([3, 0, 0], [1, 0, 0], 1)
    assert (second["asked"], second["given"], second["waiting"]) == ([0, 1, 0], [0, 1, 0], 0)
    assert first["last"][0] == 1
    assert sorted((one["organization_id"] == unit.id, one["counts"]) for one in summary["units"]) == [
        (False, [0, 1, 0, 1]),
        (True, [1, 0, 0, 0]),
    ]


def test_the_same_seed_gives_the_same_outcome_and_another_seed_another_order(session: Session, now: datetime) -> None:
    stage = make_stage(now, [4], criteria=LOTTERY_ONLY)
    people_of(stage, *[(0,)] * 12)

    def admitted(seed: str) -> list[int]:
        stage.found().seed = seed
        session.commit()
        preview = stage.prepare()
        return [row.learner_id for row in queries.rows_of(preview.id) if row.place]

    orders = {tuple(admitted(seed)) for seed in ("1f" * 16, "2e" * 16, "3d" * 16)}
    assert len(orders) > 1
    assert admitted("1f" * 16) == admitted("1f" * 16)


@pytest.mark.parametrize("count", [3, 12])
def test_the_inputs_are_read_in_a_constant_number_of_queries(session: Session, now: datetime, count: int) -> None:
    stage = make_stage(now, [2, 2, 2])
    people_of(stage, *[(0, 1, 2)] * count)
    found = stage.found()
    assert found.title_zh
    with counted() as asked:
        read_inputs(found, now + AFTER)
    assert len(asked) == 10


def test_the_database_lets_one_preview_of_a_round_be_approved_and_by_another_person(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1])
    people_of(stage, (0,))
    first, second = stage.prepare(), stage.prepare()
    first.state = second.state = PreviewState.APPROVED
    with pytest.raises(Exception, match=r"(?i)unique"):
        session.commit()
    session.rollback()
    one = session.get_one(AllocationPreview, second.id)
    one.approved_by_id = one.prepared_by_id
    with pytest.raises(Exception, match="two_people"):
        session.commit()
    session.rollback()
