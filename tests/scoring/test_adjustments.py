"""Scaling, equating and another pass mark: recorded decisions of two people, old and new marks both kept."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from academy.core.db import transaction
from academy.scoring import queries, services
from academy.scoring.models import ResultChange
from academy.scoring.rules import Adjustment, ChangeKind, Function, FunctionIsUnfit
from tests.exams.factories import NOW
from tests.scoring.sat import TOTALS, Sat, decimals, make_sat


@pytest.fixture
def sat(session: Session) -> Sat:
    return make_sat()


def propose(sat: Sat, function: Function, *figures: str, kind: ChangeKind = ChangeKind.SCALING) -> ResultChange:
    with transaction():
        return services.propose_adjustment(
            sitting_id=sat.sitting.id,
            kind=kind,
            adjustment=Adjustment.checked(function, tuple(map(Decimal, figures))),
            reason="本次试卷偏难",
            actor=sat.first,
            now=NOW,
        )


def test_old_and_new_marks_are_both_kept(sat: Sat) -> None:
    sat.commit(propose(sat, Function.LINEAR, "1.1", "0.5"))
    results = queries.results_of(sat.sitting.id)
    assert sat.totals(1) == TOTALS
    assert sat.totals() == ["7", "2.15", "4.9", "0.5"]  # the first is at full marks
    assert [r.earned for r in results] == decimals(TOTALS)
    assert all(r.total == r.earned + r.adjusted_marks for r in results)
    assert all(sum(map(Decimal, r.item_marks)) == r.earned for r in results)
    change = queries.changes_of(sat.sitting.id)[0]
    assert (change.proposed_by, change.decided_by, change.reason) == ("李主任", "周老师", "本次试卷偏难")
    assert change.adjustment == {"function": "linear", "figures": ["1.1", "0.5"]}


def test_scoring_again_and_a_regrade_keep_the_function(sat: Sat) -> None:
    sat.commit(propose(sat, Function.ADD, "0.5"))
    with transaction():
        assert services.score_sitting(sitting_id=sat.sitting.id, actor=sat.first, now=NOW).version == 2
    sat.commit(sat.propose_key())
    assert sat.totals() == ["6.5", "3", "5.5", "1.5"]


def test_a_function_is_undone_by_two_people(sat: Sat) -> None:
    change = propose(sat, Function.TABLE, "0", "0", "4", "5", "7", "7", kind=ChangeKind.EQUATING)
    sat.commit(change)
    assert sat.totals() == ["7", "1.88", "5", "0"]
    assert sat.undo(change)
    assert sat.totals() == TOTALS
    assert {r.adjusted_marks for r in queries.results_of(sat.sitting.id)} == {0}


def test_another_pass_mark_flips_who_passes_and_touches_no_mark(sat: Sat) -> None:
    with transaction():
        change = services.propose_pass_mark(
            sitting_id=sat.sitting.id, pass_mark=Decimal("57.14"), reason="标准设定会", actor=sat.first, now=NOW
        )
    assert [one.candidate_no for one in queries.impact_of(change).now_passing] == ["K0003"]
    sat.commit(change)
    assert (sat.totals(), sat.newest().passed_count, sat.newest().pass_mark) == (TOTALS, 2, Decimal("57.14"))
    assert queries.lists_of(sat.sitting.id)[1].passed_count == 1


@pytest.mark.parametrize("wrong", ["-1", "100.01", "59.999", "NaN", "Infinity"])
def test_a_pass_mark_that_cannot_be_is_refused(sat: Sat, wrong: str) -> None:
    with pytest.raises(services.PassMarkIsOutOfRange), transaction():
        services.propose_pass_mark(sitting_id=sat.sitting.id, pass_mark=Decimal(wrong), reason="x", actor=sat.first, now=NOW)


FULL = Decimal(100)
figures = st.decimals(min_value=-50, max_value=150, places=2)
totals = st.decimals(min_value=0, max_value=100, places=2)


@given(st.lists(figures, min_size=4, max_size=12).filter(lambda f: len(f) % 2 == 0), totals, totals)
def test_nobody_who_has_more_gets_less(points: list[Decimal], one: Decimal, other: Decimal) -> None:
    olds, news = sorted(set(points[::2])), sorted(points[1::2])
    pairs = [figure for pair in zip(olds, news, strict=False) for figure in pair]
    if len(pairs) < 4:
        return
    function = Adjustment.checked(Function.TABLE, tuple(pairs))
    low, high = sorted([one, other])
    assert 0 <= function.of(low, FULL) <= function.of(high, FULL) <= FULL


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        (Function.ADD, ()),
        (Function.ADD, ("NaN",)),
        (Function.LINEAR, ("0", "1")),
        (Function.LINEAR, ("-1", "1")),
        (Function.TABLE, ("0", "0")),
        (Function.TABLE, ("0", "0", "0", "1")),
        (Function.TABLE, ("0", "9", "5", "1")),
        (Function.TABLE, ("0", "0", "5")),
    ],
)
def test_figures_that_make_no_function_are_refused(function: Function, wrong: tuple[str, ...]) -> None:
    with pytest.raises(FunctionIsUnfit):
        Adjustment.checked(function, tuple(map(Decimal, wrong)))


def test_a_function_is_kept_as_texts_and_read_back() -> None:
    function = Adjustment.checked(Function.LINEAR, (Decimal("1.10"), Decimal("-0.3")))
    assert Adjustment.from_data(function.as_data()).of(Decimal(10), FULL) == Decimal("10.70")
