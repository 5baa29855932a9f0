"""Agreement of raters against the published tables."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules.agreement import IccResult, icc, krippendorff_alpha, weighted_kappa

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
TABLE = [[40, 5, 3], [4, 30, 6], [2, 7, 23]]
KRIPPENDORFF: list[list[int | None]] = [
    [1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, 3, None, None],
]  # fmt: skip


def test_the_six_correlations_of_the_published_table() -> None:
    found = icc(SHROUT_FLEISS)
    assert (found.subjects, found.raters) == (6, 4)
    assert [found.icc1, found.icc2, found.icc3] == pytest.approx([0.1657417684, 0.2897637795, 0.7148407148], rel=1e-9)
    assert [found.icc1k, found.icc2k, found.icc3k] == pytest.approx([0.4427971337, 0.6200505476, 0.9093155424], rel=1e-9)


def test_correlations_are_none_where_nothing_can_be_said() -> None:
    assert icc([]) == IccResult(0, 0)
    assert icc([[1, 2]]) == IccResult(1, 2)
    assert icc([[3, 3], [3, 3]]).icc1 is None
    assert icc([[Decimal(1), Decimal(1)], [Decimal(4), Decimal(4)]]).icc2 == 1
    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing but that
        icc([[1, 2], [1]])


def _pairs() -> tuple[list[int], list[int]]:
    pairs = [(x, y) for x, row in enumerate(TABLE) for y, count in enumerate(row) for _ in range(count)]
    return [x for x, _ in pairs], [y for _, y in pairs]


def test_kappa_of_the_published_table() -> None:
    a, b = _pairs()
    assert weighted_kappa(a, b, "unweighted") == pytest.approx(0.6585160202, rel=1e-9)
    assert weighted_kappa(a, b) == pytest.approx(0.7277441659, rel=1e-9)
    linear = weighted_kappa(a, b, "linear")
    assert linear is not None
    assert 0.6585 < linear < 0.7278


def test_kappa_is_none_where_nobody_differs_in_anything() -> None:
    assert weighted_kappa([], []) is None
    assert weighted_kappa([2, 2], [2, 2]) is None
    assert weighted_kappa([1, 2], [1, 2]) == 1


@pytest.mark.parametrize(
    ("metric", "expected"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)]
)
def test_alpha_of_krippendorffs_canonical_table(metric: str, expected: float) -> None:
    found = krippendorff_alpha(KRIPPENDORFF, metric)
    assert found == pytest.approx(expected, abs=5e-5)


def test_alpha_is_none_where_nothing_can_be_paired() -> None:
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([[1], [2, None]]) is None
    assert krippendorff_alpha([[3, 3], [3, 3]]) is None


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=2, max_size=12))
def test_no_agreement_is_above_one(ratings: list[list[int]]) -> None:
    found = icc(ratings)
    units: list[list[int | None]] = [list(row) for row in ratings]
    for figure in (found.icc1, found.icc2, found.icc3, *(krippendorff_alpha(units, m) for m in ("ordinal", "ratio"))):
        assert figure is None or figure <= 1 + 1e-9
