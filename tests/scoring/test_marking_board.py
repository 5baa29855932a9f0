"""Live figures of the marking: agreement against figures worked out by hand, severity, a marker's own spread, what waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from academy.core.db import db, transaction
from academy.core.text import render
from academy.notifications.models import Message
from academy.reports.queries import worklist_marking
from academy.reports.queries.worklist import waiting
from academy.reports.rules.worklist import WorkKind
from academy.scoring import queries, services
from academy.scoring.models import Appeal, MarkingPlan, Script, ScriptMark
from academy.scoring.rules.agreement import icc, krippendorff_alpha, weighted_kappa
from academy.scoring.rules.appeals import AppealPolicy
from academy.scoring.rules.marking import Mode, Round, ScriptState
from tests.exams.factories import MANAGER, NOW
from tests.scoring.marking_factories import (
    DUE,
    Marking,
    begin,
    give,
    give_everything,
    give_rounds,
    look,
    make_marking,
    make_results,
    script,
)
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("session")
PAIRS = [("10", "11"), ("4", "4.5"), ("18", "17"), ("12", "12"), ("7", "15")]


def _plan(made: Marking) -> MarkingPlan:
    found = queries.find_plan(made.sitting.id)
    assert found is not None
    return found


def test_agreement_is_that_of_the_pairs_of_first_and_second_marks() -> None:
    made = make_marking(learners=5)
    begin(made, Mode.THREE, tolerance="2")
    for place, pair in enumerate(PAIRS):
        give_rounds(made, place, *pair)
    give(look(script(made, 4), Round.THIRD), "14")
    db.session.expire_all()
    progress = queries.question_progress(_plan(made), queries.looks_of(made.sitting.id))
    first = next(one for one in progress if one.item.position == 2)
    figures = [(float(a), float(b)) for a, b in PAIRS]
    assert (first.total, first.settled, first.third, first.unheld) == (5, 5, 0, 0)
    assert (first.agreement.pairs, first.agreement.within, first.agreement.mean_gap) == (5, 4, Decimal("2.10"))
    assert first.agreement.icc == pytest.approx(icc(figures).icc1)
    assert first.agreement.kappa == pytest.approx(weighted_kappa([a for a, _ in figures], [b for _, b in figures]))
    thirds = [[*pair, None] for pair in figures[:4]] + [[7, 15, 14]]
    assert first.agreement.alpha == pytest.approx(krippendorff_alpha(thirds))
    assert first.mean == Decimal("11.75")  # 10.5, 4.25, 17.5, 12, and 14.5: the third with the nearest


def test_nothing_is_computed_of_nothing() -> None:
    made = make_marking(learners=2, blanks=(0, 1))
    begin(made)
    assert queries.looks_of(made.sitting.id) == []
    first = queries.question_progress(_plan(made), [])[0]
    assert (first.total, first.settled, first.blank, first.mean) == (2, 2, 2, None)
    assert (first.agreement.pairs, first.agreement.icc, first.agreement.kappa, first.agreement.alpha) == (0, None, None, None)
    assert [one.severity for one in queries.marker_progress(_plan(made), [], NOW)] == [None] * 4


def test_severity_and_own_spread_are_each_markers_own() -> None:
    made = make_marking(learners=6, markers=2, arbiters=0)
    begin(made, Mode.TWO, control_every=2)
    mild, strict = made.markers
    for user, total in ((mild, "14"), (strict, "12")):
        for position in (2, 3):
            while (task := queries.next_task(user.id, made.sitting.id, position)) is not None:
                give(task, str(Decimal(total) + 1) if task.round is Round.CONTROL else total)
    db.session.expire_all()
    people = {one.user_id: one for one in queries.marker_progress(_plan(made), queries.looks_of(made.sitting.id), NOW)}
    assert (people[mild.id].severity, people[strict.id].severity) == (Decimal(1), Decimal(-1))
    assert people[mild.id].controls > 0
    assert (people[mild.id].own_gap, people[mild.id].own_widest) == (Decimal(1), Decimal(1))
    assert people[mild.id].open == 0


def _words(at: datetime) -> list[str]:
    return [render(item.title) for item in waiting([WorkKind.RESULTS], at)]


def test_overdue_and_unheld_scripts_wait_in_the_work_list() -> None:
    made = make_marking(learners=2, markers=2)
    after = made.sitting.closes_at + timedelta(minutes=1)
    assert "有论述题要评，还没有安排阅卷" in _words(after)
    begin(made, Mode.TWO)
    assert "有论述题要评，还没有安排阅卷" not in _words(after)
    assert "8 份答卷过了期限还没评" in _words(DUE + timedelta(minutes=1))
    assert not any("份答卷" in one for one in _words(after))
    with transaction():
        services.release_member(sitting_id=made.sitting.id, user_id=made.markers[0].id, actor=MANAGER, now=NOW)
        services.release_member(sitting_id=made.sitting.id, user_id=made.markers[1].id, actor=MANAGER, now=NOW)
    assert "4 份答卷没有人可派" in _words(after)


def test_an_appeal_waits_in_the_work_list_until_it_is_decided() -> None:
    made = make_marking()
    begin(made)
    give_everything(made)
    result = make_results(made)[0]
    with transaction():
        services.set_appeal_terms(
            sitting_id=made.sitting.id,
            opens_at=NOW,
            closes_at=DUE,
            quota=1,
            policy=AppealPolicy.RE_MARK,
            may_lower=False,
            actor=MANAGER,
            now=NOW,
        )
        services.file_appeal(result_code=result.code, position=2, reason="要点二漏评了", actor=made.world.actor(0), now=NOW)
    assert len(db.session.execute(worklist_marking.appeals(NOW)).all()) == 1
    appeal = queries.appeals()[0]
    with transaction():
        services.withdraw_appeal(code=appeal.code, actor=made.world.actor(0), now=NOW)
    assert db.session.execute(worklist_marking.appeals(NOW)).all() == []


def test_markers_with_open_scripts_are_reminded_once_before_the_deadline() -> None:
    made = make_marking(learners=2, markers=2, arbiters=0)
    begin(made, Mode.TWO)
    done = made.markers[0]
    for position in (2, 3):
        while (task := queries.next_task(done.id, made.sitting.id, position)) is not None:
            give(task, "12")
    for at, count in ((DUE - timedelta(days=2), 0), (DUE - timedelta(hours=20), 1), (DUE - timedelta(hours=1), 1)):
        with transaction():
            services.remind_markers(now=at)
        letters = db.session.scalars(
            select(Message).where(Message.reason == "scoring.marking_due", Message.channel == "in_app")
        ).all()
        assert [one.user_id for one in letters] == [made.markers[1].id] * count


def test_the_board_asks_a_fixed_number_of_questions() -> None:
    numbers = []
    for learners in (2, 12):
        made = make_marking(learners=learners)
        begin(made)
        plan, sitting_id = _plan(made), made.sitting.id
        with counted() as seen:
            looks = queries.looks_of(sitting_id)
            queries.question_progress(plan, looks)
            queries.marker_progress(plan, looks, NOW)
            queries.final_marks(sitting_id)
            queries.unmarked(sitting_id)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] < 25


def _violations() -> Iterator[tuple[str, Any]]:
    row: dict[str, Any] = {
        "sitting_id": 1,
        "attempt_id": 1,
        "position": 9,
        "state": ScriptState.MARKING,
        "mark": None,
        "how": None,
    }
    yield "mark_when_settled", row | {"state": ScriptState.SETTLED}
    yield "how_with_mark", row | {"state": ScriptState.SETTLED, "mark": Decimal(1)}
    yield "mark_counts", row | {"state": ScriptState.SETTLED, "mark": Decimal(-1), "how": "one"}


@pytest.mark.parametrize(("name", "row"), _violations())
def test_a_script_cannot_be_settled_by_halves(name: str, row: dict[str, Any]) -> None:
    made = make_marking(learners=1)
    row |= {"sitting_id": made.sitting.id, "attempt_id": made.attempts[0].id}
    with pytest.raises(IntegrityError, match=name), db.session.begin_nested():
        db.session.execute(insert(Script), [row])


def test_an_appeal_cannot_be_granted_by_halves() -> None:
    made = make_marking(learners=1)
    begin(made, Mode.ONE)
    give_everything(made)
    result = make_results(made)[0]
    with transaction():
        setting = services.set_appeal_terms(
            sitting_id=made.sitting.id,
            opens_at=NOW,
            closes_at=DUE,
            quota=1,
            policy=AppealPolicy.RE_MARK,
            may_lower=True,
            actor=MANAGER,
            now=NOW,
        )
    row: dict[str, Any] = {
        "code": "A" * 16,
        "sitting_id": made.sitting.id,
        "attempt_id": made.attempts[0].id,
        "result_id": result.id,
        "setting_id": setting.id,
        "number": 1,
        "position": 2,
        "reason": "要点二",
        "filed_at": NOW,
        "state": "granted",
        "decided_at": NOW,
        "old_mark": Decimal(12),
        "new_mark": Decimal(13),
        "ground": "missed",
    }
    for name, wrong in (
        ("new_mark_when_granted", {"new_mark": None}),
        ("ground_when_granted", {"ground": None}),
        ("decided_when_said", {"decided_at": None}),
        ("granted_changes", {"new_mark": Decimal(12)}),
        ("fall_is_meant", {"new_mark": Decimal(11)}),
        ("new_mark_counts", {"new_mark": Decimal(-1), "is_fall_meant": True}),
        ("number_in_quota", {"number": 21}),
    ):
        with pytest.raises(IntegrityError, match=name), db.session.begin_nested():
            db.session.execute(insert(Appeal), [row | wrong])


def test_a_control_is_served_once_for_a_script_and_a_marker() -> None:
    made = make_marking(learners=1, markers=1, arbiters=0)
    begin(made, Mode.ONE)
    first = look(script(made, 0), Round.FIRST)
    row = {"script_id": first.script_id, "user_id": first.user_id, "round": Round.CONTROL, "state": "open", "place": 0}
    rows = [{**row, "code": code * 16, "due_at": DUE, "doubt": "", "comment": ""} for code in "XY"]
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(insert(ScriptMark), rows)
