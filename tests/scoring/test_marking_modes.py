"""When marks agree and what the final mark is: the cases of the domain, then properties."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules.marking import Agreement, How, Mode, Outcome, Round, Tie, is_blank, settle

HALVES = st.integers(0, 40).map(lambda n: Decimal(n) / 2)
AGREEMENTS = st.builds(Agreement, st.sampled_from(Mode), st.integers(0, 12).map(lambda n: Decimal(n) / 2), st.sampled_from(Tie))


def agreed(mode: Mode = Mode.FOUR, tolerance: str = "3", tie: Tie = Tie.ARBITER) -> Agreement:
    return Agreement(mode, Decimal(tolerance), tie)


def marks(*figures: str) -> dict[Round, Decimal]:
    return dict(zip((Round.FIRST, Round.SECOND, Round.THIRD, Round.ARBITER), map(Decimal, figures), strict=False))


def test_two_within_tolerance_give_their_mean() -> None:
    assert settle(agreed(tolerance="2"), marks("16", "18")) == Outcome(Decimal(17), How.MEAN)


@pytest.mark.parametrize(("third", "final"), [("13", "11.5"), ("12", "11")])
def test_a_third_within_tolerance_of_one_gives_the_mean_with_the_nearest(third: str, final: str) -> None:
    assert settle(agreed(), marks("10", "18")) == Outcome(needs=Round.THIRD)
    assert settle(agreed(), marks("10", "18", third)) == Outcome(Decimal(final), How.NEAREST)


def test_a_third_far_from_both_goes_to_the_arbiter_whose_mark_stands() -> None:
    assert settle(agreed(), marks("10", "18", "14")) == Outcome(needs=Round.ARBITER)
    assert settle(agreed(), marks("10", "18", "14", "15.5")) == Outcome(Decimal("15.5"), How.ARBITER)


@pytest.mark.parametrize(
    ("tie", "outcome"),
    [
        (Tie.LOWER, Outcome(Decimal("11.5"), How.NEAREST)),
        (Tie.HIGHER, Outcome(Decimal("14.5"), How.NEAREST)),
        (Tie.ALL, Outcome(Decimal(13), How.NEAREST)),
        (Tie.ARBITER, Outcome(needs=Round.ARBITER)),
    ],
)
def test_a_tie_is_decided_by_the_setting(tie: Tie, outcome: Outcome) -> None:
    assert settle(agreed(tie=tie), marks("10", "16", "13")) == outcome


def test_the_other_modes_end_where_they_say() -> None:
    assert settle(agreed(Mode.ONE), marks("12.5")) == Outcome(Decimal("12.5"), How.ONE)
    assert settle(agreed(Mode.TWO), marks("4", "18")) == Outcome(Decimal(11), How.MEAN)
    assert settle(agreed(Mode.THREE), marks("10", "18", "14")) == Outcome(Decimal(14), How.THIRD)
    assert settle(agreed(Mode.THREE), marks("10", "16", "13")) == Outcome(Decimal(13), How.THIRD)


def test_a_mean_of_half_marks_is_exact() -> None:
    assert settle(agreed(), marks("8", "8.5")).mark == Decimal("8.25")


@given(AGREEMENTS, st.lists(HALVES, max_size=4))
def test_a_final_mark_lies_among_the_marks_given_and_something_is_always_next(rule: Agreement, figures: list[Decimal]) -> None:
    rounds = dict(zip((Round.FIRST, Round.SECOND, Round.THIRD, Round.ARBITER), figures, strict=False))
    found = settle(rule, rounds)
    assert (found.mark is None) == (found.how is None) == (found.needs is not None)
    if found.mark is not None:
        assert min(figures) <= found.mark <= max(figures)
        assert found.mark * 4 % 1 == 0
    else:
        assert found.needs not in rounds


@given(AGREEMENTS, HALVES, HALVES, HALVES)
def test_who_was_first_makes_no_difference(rule: Agreement, a: Decimal, b: Decimal, c: Decimal) -> None:
    def final(one: Decimal, other: Decimal) -> Outcome:
        return settle(rule, {Round.FIRST: one, Round.SECOND: other, Round.THIRD: c})

    if rule.mode is not Mode.ONE:
        assert final(a, b) == final(b, a)


@given(HALVES, HALVES, HALVES, st.sampled_from(Tie))
def test_a_wider_tolerance_never_asks_for_more_people(a: Decimal, b: Decimal, c: Decimal, tie: Tie) -> None:
    settled = [
        settle(Agreement(Mode.FOUR, Decimal(t), tie if tie is not Tie.ARBITER else Tie.ALL),
               {Round.FIRST: a, Round.SECOND: b, Round.THIRD: c}).mark is not None
        for t in range(21)
    ]  # fmt: skip
    assert settled == sorted(settled)


def test_no_two_markers_and_a_third_are_settled_twice_differently() -> None:
    for a, b, c in product(range(0, 21, 2), repeat=3):
        rounds = {Round.FIRST: Decimal(a), Round.SECOND: Decimal(b)}
        early, late = settle(agreed(), rounds), settle(agreed(), {**rounds, Round.THIRD: Decimal(c)})
        assert early.mark is None or early == late


@pytest.mark.parametrize("response", ["", "  ", "\n\t　", "\u200b\ufeff", "\u3164"])
def test_a_blank_essay_is_blank_whatever_it_is_made_of(response: str) -> None:
    assert is_blank(response)


@pytest.mark.parametrize("response", ["0", "。", "无", " x ", "\u200b1", "😀"])
def test_whatever_can_be_read_is_not_blank(response: str) -> None:
    assert not is_blank(response)
