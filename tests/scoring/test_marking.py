"""Marking by people: the domain's cases on the tables, blanks, posting twice, who may see what."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.exams.models import Answer, Attempt
from academy.exams.rules.kinds import AttemptState
from academy.notifications.models import Message
from academy.people.models import Instructor
from academy.people.rules import Gender, InstructorKind
from academy.scoring import queries, services
from academy.scoring.models import Script, ScriptMark
from academy.scoring.rules.marking import How, Mode, Round, ScriptState, TaskState, Tie
from academy.scoring.rules.rubrics import MarkIsMissing, MarkIsNoMark
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.exams.factories import MANAGER, NOW
from tests.scoring.marking_factories import (
    DUE,
    begin,
    give,
    give_everything,
    give_rounds,
    look,
    make_marking,
    script,
    user_of,
)

pytestmark = pytest.mark.usefixtures("session")


@pytest.mark.parametrize(
    ("tolerance", "totals", "final", "how"),
    [
        ("2", ("16", "18"), "17", How.MEAN),
        ("3", ("10", "18", "13"), "11.5", How.NEAREST),
        ("3", ("10", "18", "12"), "11", How.NEAREST),
        ("3", ("10", "18", "14", "15.5"), "15.5", How.ARBITER),
    ],
)
def test_the_cases_of_the_domain(tolerance: str, totals: tuple[str, ...], final: str, how: How) -> None:
    made = make_marking()
    begin(made, tolerance=tolerance)
    found = give_rounds(made, 0, *totals)
    assert (found.mark, found.how, found.state) == (Decimal(final), how, ScriptState.SETTLED)
    assert queries.final_marks(made.sitting.id)[made.attempts[0].id] == {2: Decimal(final)}


def test_every_person_at_a_script_is_another_one() -> None:
    made = make_marking()
    begin(made)
    give_rounds(made, 0, "2", "18", "10", "11")
    people = [one.user_id for one in queries.marks_of_script(script(made, 0).id)]
    assert len(people) == len(set(people)) == 4
    assert people[3] == made.arbiters[0].id


def test_the_constraint_has_the_last_word_that_nobody_marks_a_script_twice() -> None:
    made = make_marking()
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    row = {
        "code": "X" * 16,
        "script_id": first.script_id,
        "user_id": first.user_id,
        "round": Round.THIRD,
        "state": TaskState.OPEN,
    }
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(insert(ScriptMark), [{**row, "place": 0, "due_at": DUE, "doubt": "", "comment": ""}])


def test_marks_are_decimals_end_to_end() -> None:
    made = make_marking()
    begin(made, tolerance="2")
    found = give_rounds(made, 0, "8", "8.5")
    assert found.mark == Decimal("8.25")
    assert isinstance(found.mark, Decimal)
    first = look(found, Round.FIRST)
    assert first.marks == {"C1": "8", "C2": "0"}
    assert first.total == sum(map(Decimal, first.marks.values()))


def test_a_blank_essay_is_marked_zero_and_crashes_nothing() -> None:
    made = make_marking(blanks=(0, 1))
    assert queries.unmarked(made.sitting.id) == 2  # the third candidate's two answers; blanks wait for nobody
    begin(made)
    for place in (0, 1):
        for position in (2, 3):
            found = script(made, place, position)
            assert (found.mark, found.how) == (Decimal(0), How.BLANK)
            assert not queries.marks_of_script(found.id)
    assert queries.final_marks(made.sitting.id)[made.attempts[0].id] == {2: 0, 3: 0}
    give_everything(made)
    assert queries.unmarked(made.sitting.id) == 0


def test_a_marking_form_posted_twice_adds_nothing() -> None:
    made = make_marking()
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    assert give(first, "12", comment="好") is True
    rows = db.session.scalar(select(func.count(AuditRow.id)))
    assert give(first, "12", comment="好") is False
    with pytest.raises(services.MarkIsGiven):
        give(first, "13")
    assert db.session.scalar(select(func.count(AuditRow.id))) == rows
    assert look(script(made, 0), Round.FIRST).total == 12
    assert give(look(script(made, 0), Round.SECOND), "14") is True
    assert give(first, "12", comment="好") is False
    assert script(made, 0).mark == 13


def test_a_missing_or_odd_mark_is_refused_and_nothing_is_kept() -> None:
    made = make_marking()
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    for written, refusal in (
        ({"C1": "5"}, MarkIsMissing),
        ({"C1": "5", "C2": "5.25"}, MarkIsNoMark),
        ({"C1": "11", "C2": "0"}, MarkIsNoMark),
    ):
        with pytest.raises(refusal), transaction():
            services.give_mark(code=first.code, written=written, levels={}, comment="", actor=user_of(first), now=NOW)
    assert look(script(made, 0), Round.FIRST).state is TaskState.OPEN


def test_the_numbers_are_even_and_nobody_marks_a_script_twice() -> None:
    made = make_marking(learners=10, markers=4)
    begin(made)
    rows = db.session.execute(select(ScriptMark.script_id, ScriptMark.user_id)).all()
    loads = Counter(user_id for _, user_id in rows)
    assert len(rows) == 40
    assert max(loads.values()) - min(loads.values()) <= 1
    assert len(set(rows)) == 40


def test_a_marker_never_gets_her_own_units_people_or_her_own_paper_if_others_are_there() -> None:
    made = make_marking(learners=6, markers=4)
    unit = make_organization()
    db.session.add(
        Instructor(
            code="F-T",
            user_id=made.markers[0].id,
            name_zh="阅卷人0",
            gender=Gender.FEMALE,
            organization_id=unit.id,
            title_zh="",
            kind=InstructorKind.EXPERT,
            max_hours_per_week=8,
            bio_zh="",
            email="",
            fee_tier="",
        )
    )
    for learner in made.world.learners[:3]:
        learner.organization_id = unit.id
    db.session.commit()
    begin(made)
    own = {script(made, place, position).id for place in range(3) for position in (2, 3)}
    hers = db.session.scalars(select(ScriptMark.script_id).where(ScriptMark.user_id == made.markers[0].id)).all()
    assert hers
    assert not own & set(hers)


def test_it_is_not_opened_twice_or_too_early_or_with_too_few() -> None:
    made = make_marking(markers=2)
    with pytest.raises(services.TooFewMarkers):
        begin(made)
    begin(made, Mode.TWO)
    with pytest.raises(services.MarkingIsOpen):
        begin(made, Mode.TWO)
    other = make_marking(arbiters=0)
    with pytest.raises(services.ArbiterIsMissing):
        begin(other)
    db.session.add(
        Attempt(
            code="W" * 16,
            sitting_id=other.sitting.id,
            learner_id=made.world.learners[0].id,
            candidate_no="K9",
            source="online",
            state=AttemptState.IN_PROGRESS,
            started_at=NOW,
            due_at=NOW,
        )
    )
    db.session.commit()
    with pytest.raises(services.CandidatesStillWrite):
        begin(other, Mode.ONE)


def test_learners_cannot_be_markers_and_instructors_cannot_open() -> None:
    made = make_marking()
    made.markers.append(make_user(Role.LEARNER))
    with pytest.raises(services.MarkerMayNotMark):
        begin(made)
    with pytest.raises(Forbidden), transaction():
        services.open_marking(
            sitting_id=made.sitting.id,
            terms=[],
            marker_ids=[],
            arbiter_ids=[],
            due_at=DUE,
            control_every=0,
            actor=actor_of(make_user(Role.INSTRUCTOR)),
            now=NOW,
        )


def test_somebody_elses_task_is_not_found() -> None:
    made = make_marking()
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    for stranger in (MANAGER, actor_of(make_user(Role.ADMINISTRATOR)), user_of(look(script(made, 0), Round.SECOND))):
        with pytest.raises(NotFound), transaction():
            services.give_mark(code=first.code, written={"C1": "1", "C2": "1"}, levels={}, comment="", actor=stranger, now=NOW)


def test_a_marker_meets_her_own_scripts_again_and_they_do_not_count() -> None:
    made = make_marking(learners=6, markers=1, arbiters=0)
    begin(made, Mode.ONE, control_every=2)
    marker = made.markers[0]
    while (task := queries.next_task(marker.id, made.sitting.id, 2)) is not None:
        give(task, "18" if task.round is Round.CONTROL else "12")
    controls = db.session.scalars(select(ScriptMark).where(ScriptMark.round == Round.CONTROL)).all()
    assert len(controls) >= 2
    assert all(one.state is TaskState.GIVEN for one in controls)
    assert {one.mark for one in db.session.scalars(select(Script).where(Script.position == 2))} == {Decimal(12)}
    codes = {one.code for one in db.session.scalars(select(ScriptMark).where(ScriptMark.round != Round.CONTROL))}
    assert not codes & {one.code for one in controls}


def test_whoever_leaves_hands_her_scripts_on_and_her_marks_stay() -> None:
    made = make_marking(learners=4, markers=3)
    begin(made, Mode.TWO)
    leaving = made.markers[0]
    done = db.session.scalars(select(ScriptMark).where(ScriptMark.user_id == leaving.id).limit(1)).one()
    give(done, "12")
    open_before = queries.open_tasks(leaving.id)
    with transaction():
        moved, left = services.release_member(sitting_id=made.sitting.id, user_id=leaving.id, actor=MANAGER, now=NOW)
    assert (moved + left, queries.open_tasks(leaving.id)) == (open_before, 0)
    assert left == 0
    rows = db.session.execute(select(ScriptMark.script_id, ScriptMark.user_id)).all()
    assert len(rows) == len(set(rows)) == 16
    assert db.session.get_one(ScriptMark, done.id).total == 12


def test_a_script_for_which_nobody_is_left_waits_for_one_more_person() -> None:
    made = make_marking(learners=2, markers=2)
    begin(made, Mode.TWO)
    with transaction():
        moved, left = services.release_member(sitting_id=made.sitting.id, user_id=made.markers[0].id, actor=MANAGER, now=NOW)
    assert (moved, left) == (0, 4)
    with transaction():
        assert services.allot_missing(sitting_id=made.sitting.id, actor=MANAGER, now=NOW) == (0, 4)
    newcomer = make_user(Role.INSTRUCTOR)
    with transaction():
        services.add_member(sitting_id=made.sitting.id, user_id=newcomer.id, is_arbiter=False, actor=MANAGER, now=NOW)
    assert queries.open_tasks(newcomer.id) == 4
    with pytest.raises(services.IsMemberAlready), transaction():
        services.add_member(sitting_id=made.sitting.id, user_id=newcomer.id, is_arbiter=False, actor=MANAGER, now=NOW)


def test_an_answer_that_came_later_gets_its_script() -> None:
    made = make_marking(learners=2)
    begin(made, Mode.ONE)
    late = Attempt(
        code="W" * 16,
        sitting_id=made.sitting.id,
        learner_id=make_marking(learners=1).world.learners[0].id,
        candidate_no="K9",
        source="paper",
        state=AttemptState.SUBMITTED,
        started_at=NOW,
        due_at=NOW,
        submitted_at=NOW,
    )
    db.session.add(late)
    db.session.flush()
    db.session.add(Answer(attempt_id=late.id, position=2, response="补交的答卷", seq=0))
    db.session.commit()
    assert queries.unmarked(made.sitting.id) == 5
    with transaction():
        assert services.allot_missing(sitting_id=made.sitting.id, actor=MANAGER, now=NOW) == (1, 0)
        assert services.allot_missing(sitting_id=made.sitting.id, actor=MANAGER, now=NOW) == (0, 0)
    give_everything(made)
    assert queries.unmarked(made.sitting.id) == 0
    assert queries.final_marks(made.sitting.id)[late.id] == {2: 12, 3: 0}


def test_a_moved_deadline_holds_for_open_tasks_and_markers_are_told_again() -> None:
    made = make_marking()
    begin(made)
    letters = select(func.count(Message.id)).where(Message.reason == "scoring.marking_allotted", Message.channel == "in_app")
    assert db.session.scalar(letters) == 3
    with pytest.raises(services.DeadlineIsPast), transaction():
        services.move_deadline(sitting_id=made.sitting.id, due_at=NOW, actor=MANAGER, now=NOW)
    later = DUE + timedelta(days=2)
    with transaction():
        assert services.move_deadline(sitting_id=made.sitting.id, due_at=later, actor=MANAGER, now=NOW) == 12
    assert set(db.session.scalars(select(ScriptMark.due_at))) == {later}
    assert db.session.scalar(letters) == 6


def test_a_script_sent_to_the_arbiter_gets_his_mark_whatever_the_others_said() -> None:
    made = make_marking()
    begin(made, Mode.TWO)
    found = give_rounds(made, 0, "12", "12")
    with transaction():
        services.send_to_arbiter(script_id=found.id, reason="评错了", actor=MANAGER, now=NOW)
    assert script(made, 0).state is ScriptState.ARBITRATION
    assert queries.final_marks(made.sitting.id).get(made.attempts[0].id) is None
    with pytest.raises(services.ScriptIsArbitrated), transaction():
        services.send_to_arbiter(script_id=found.id, reason="再来", actor=MANAGER, now=NOW)
    give(look(script(made, 0), Round.ARBITER), "9.5")
    assert (script(made, 0).mark, script(made, 0).how) == (Decimal("9.5"), How.ARBITER)


def test_a_doubtful_script_comes_last_and_a_draft_is_kept_until_the_mark() -> None:
    made = make_marking()
    begin(made, Mode.ONE)
    marker = db.session.scalars(select(ScriptMark.user_id).limit(1)).one()
    first = queries.next_task(marker, made.sitting.id, 2)
    assert first is not None
    with transaction():
        assert services.save_draft(code=first.code, typed={"C1-mark": "3.5", "evil": "x"}, actor=user_of(first), now=NOW)
        assert services.set_aside(code=first.code, doubt="字迹不清", actor=user_of(first), now=NOW)
    db.session.expire_all()
    assert first.draft == {"C1-mark": "3.5", "comment": ""}
    queue = [
        one.id for one in db.session.scalars(select(ScriptMark).where(ScriptMark.user_id == marker).order_by(ScriptMark.place))
    ]
    assert queue[-1] == first.id
    give(first, "4")
    with transaction():
        assert not services.save_draft(code=first.code, typed={"C1-mark": "9"}, actor=user_of(first), now=NOW)
        assert not services.set_aside(code=first.code, doubt="晚了", actor=user_of(first), now=NOW)


def test_a_part_of_a_case_shows_its_own_question() -> None:
    made = make_marking()
    found = queries.question_of(made.sitting.id, 3)
    assert (found.case_zh, found.stem_zh, found.reference_zh, found.part) == ("论述保密原则", "第二小题", "参考", 2)


def test_a_tie_follows_the_setting_of_the_question() -> None:
    made = make_marking()
    begin(made, tie=Tie.HIGHER)
    assert give_rounds(made, 0, "10", "16", "13").mark == Decimal("14.5")
