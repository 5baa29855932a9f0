"""Standards against published figures; what cannot be set is said, not guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules.standards import TooFewFigures, angoff, borderline_regression, hofstee

GRADES = [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]
MARKS = [8, 10, 11, 13, 12, 14, 16, 15, 18, 19]


def test_angoff_gives_the_published_cut_and_its_error() -> None:
    judges = [Decimal("3.00"), Decimal("3.05"), Decimal("3.10")]
    cut, error = angoff(judges)
    assert cut == Decimal("3.05")
    assert error is not None
    assert round(error, 5) == Decimal("0.02887")


def test_angoff_sums_what_a_judge_says_of_each_item() -> None:
    assert angoff([[0.6, 0.7], [Decimal("0.5"), Decimal("0.8")]]) == (Decimal("1.3"), Decimal(0))
    assert angoff([[0.6, 0.7]]) == (Decimal("1.3"), None)
    with pytest.raises(TooFewFigures):
        angoff([])


def test_borderline_regression_gives_the_published_cut() -> None:
    assert round(borderline_regression(GRADES, MARKS, 2), 6) == Decimal("10.461538")


def test_borderline_regression_refuses_what_has_no_line() -> None:
    for grades, marks in (([], []), ([3], [10]), ([3, 3], [10, 12]), ([1, 2], [10])):
        with pytest.raises(TooFewFigures):
            borderline_regression(grades, marks, 2)


def test_hofstee_finds_where_the_curve_crosses_the_line() -> None:
    marks = list(range(1, 101))
    # The line from (40, 50 %) to (60, 10 %); the curve is c − 1 percent at whole c: both meet where 50 − 2(c − 40) ≈ c.
    assert hofstee(marks, min_cut=40, max_cut=60, min_fail=10, max_fail=50) == Decimal("43.5")
    assert hofstee([10] * 10 + [90] * 10, min_cut=40, max_cut=60, min_fail=40, max_fail=60) == 50
    assert hofstee([50] * 20, min_cut=40, max_cut=60, min_fail=10, max_fail=30) == 50


def test_hofstee_without_a_crossing_is_reported_and_not_clamped() -> None:
    assert hofstee([90, 95, 99], min_cut=40, max_cut=60, min_fail=10, max_fail=50) is None
    assert hofstee([10, 15, 20], min_cut=40, max_cut=60, min_fail=10, max_fail=50) is None
    with pytest.raises(TooFewFigures):
        hofstee([], min_cut=40, max_cut=60, min_fail=10, max_fail=50)
    with pytest.raises(TooFewFigures):
        hofstee([50], min_cut=61, max_cut=60, min_fail=10, max_fail=50)


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=40),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_hofstee_stays_in_its_box_and_meets_the_line(marks: list[int], a: int, b: int, c: int, d: int) -> None:
    low, high, least, most = min(a, b), max(a, b), min(c, d), max(c, d)
    cut = hofstee(marks, min_cut=low, max_cut=high, min_fail=least, max_fail=most)
    below = 100 * sum(mark < low for mark in marks) > most * len(marks)
    above = 100 * sum(mark < high for mark in marks) < least * len(marks)
    assert (cut is None) == (below or above)
    if cut is None or low == high:
        return
    assert low <= cut <= high
    line = Decimal(most) - Decimal(most - least) * (cut - low) / (high - low)
    fail = Decimal(100) * sum(mark < cut for mark in marks) / len(marks)
    higher = Decimal(100) * sum(mark <= cut for mark in marks) / len(marks)
    slack = Decimal("1e-20")
    assert fail <= line + slack
    assert higher >= line - slack
