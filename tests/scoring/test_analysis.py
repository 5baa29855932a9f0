"""Item analysis beside plain computations; what is not defined is None; suspects are found and others are not."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from academy.scoring.rules.analysis import Groups, Suspicion, choices_of, classical, rasch, suspicions, two_parameter
from academy.scoring.rules.bulk import Answers, letter_masks

TABLES = st.integers(2, 5).flatmap(
    lambda p: st.lists(st.lists(st.sampled_from([0, 50, 100, 200]), min_size=p, max_size=p), min_size=2, max_size=25)
)


def table(rows: list[list[int]]) -> NDArray[np.int32]:
    return np.array(rows, dtype=np.int32)


@settings(max_examples=60)
@given(TABLES)
def test_the_figures_equal_those_of_numpys_own_covariances(rows: list[list[int]]) -> None:
    x = table(rows)
    found = classical(x, np.full(x.shape[1], 200, dtype=np.int32))
    marks = x / 100
    total = marks.sum(axis=1)
    assert found.mean == pytest.approx(total.mean())
    assert found.sd == pytest.approx(total.std(ddof=1))
    for place, item in enumerate(found.items):
        mine, rest = marks[:, place], total - marks[:, place]
        cov = np.cov(mine, rest)
        assert item.facility == pytest.approx(mine.mean() / 2)
        assert (item.rest is None) == (len(set(x[:, place])) == 1 or len(set(np.round(rest, 6))) == 1)
        if item.rest is not None:
            assert item.rest == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]), abs=1e-9)
            most = np.cov(np.sort(mine), np.sort(rest))[0, 1]
            assert item.efficiency is not None
            assert item.efficiency == pytest.approx(100 * cov[0, 1] / most, abs=1e-7)
            assert item.efficiency <= 100 + 1e-7
        with_total = np.cov(mine, total)[0, 1]
        assert (item.weight is None) == (with_total < -1e-9 or found.sd == pytest.approx(0))
    weights = [item.weight for item in found.items if item.weight is not None]
    assert not weights or sum(weights) == pytest.approx(100)


def test_a_negative_covariance_has_no_weight_and_not_a_weight_of_zero() -> None:
    x = table([[0, 100, 100], [0, 100, 100], [100, 0, 0], [100, 0, 100]])
    weights = [item.weight for item in classical(x, np.full(3, 100, dtype=np.int32)).items]
    assert weights[0] is None
    assert weights[1] is not None


@pytest.mark.parametrize("rows", [[], [[100, 0]], [[100, 0], [100, 0]]])
def test_nobody_one_paper_and_no_spread_have_no_figures(rows: list[list[int]]) -> None:
    x = table(rows).reshape(len(rows), 2)
    found = classical(x, np.full(2, 100, dtype=np.int32))
    assert (found.alpha, found.sem, found.kr21) == (None, None, None)
    assert [item.rest for item in found.items] == [None, None]
    assert rasch(x > 0) is None
    assert two_parameter(x > 0) is None


def test_items_that_all_or_none_solved_have_no_difficulty() -> None:
    rng = np.random.default_rng(1)
    solved = rng.random((200, 4)) < 0.6
    solved[:, 0], solved[:, 3] = True, False
    by_rasch, by_two = rasch(solved), two_parameter(solved)
    assert by_rasch is not None
    assert by_two is not None
    for b in (by_rasch.difficulties, by_two.difficulties):
        assert (b[0], b[3]) == (None, None)
    assert by_rasch.difficulties[1] is not None


def test_answers_that_do_not_settle_the_order_have_no_difficulties() -> None:
    assert rasch(np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0]], dtype=bool)) is None


def test_harder_items_have_higher_difficulties_and_higher_scores_higher_abilities() -> None:
    rng = np.random.default_rng(7)
    b = np.linspace(-2, 2, 40)
    solved = rng.random((3_000, 40)) < 1 / (1 + np.exp(b - rng.normal(size=(3_000, 1))))
    found, two = rasch(solved), two_parameter(solved)
    assert found is not None
    assert two is not None
    assert np.abs(np.array(found.difficulties, dtype=float) - b).max() < 0.25
    assert np.abs(np.array(two.difficulties, dtype=float) - b).max() < 0.4
    assert all(low < high for low, high in pairwise(found.abilities.values()))


def test_a_large_table_is_fitted_like_a_small_one() -> None:
    rng = np.random.default_rng(3)
    slopes, b = np.linspace(0.6, 1.8, 22), np.linspace(-1.5, 1.5, 22)
    solved = rng.random((12_000, 22)) < 1 / (1 + np.exp(-slopes * (rng.normal(size=(12_000, 1)) - b)))
    found = two_parameter(solved)
    assert found is not None
    assert np.abs(np.array(found.slopes, dtype=float) - slopes).max() < 0.15
    assert np.abs(np.array(found.difficulties, dtype=float) - b).max() < 0.15


def simulated(key: str, *, seed: int = 5) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
    """300 answers to a question whose right answer is B, and the totals of the rest, which good candidates have high."""
    rng = np.random.default_rng(seed)
    ability = rng.normal(size=300)
    knows = rng.random(300) < 1 / (1 + np.exp(-1.5 * ability))
    chosen = np.where(knows, "B", rng.choice(list("ACD"), size=300))
    return np.array([one.encode() for one in chosen], dtype=np.bytes_), (ability * 1_000 + 6_000).astype(np.int64)


def flags(key: str) -> list[Suspicion]:
    column, rest = simulated(key)
    marks = (column == key.encode()).astype(np.int32) * 100
    figures = classical(np.stack([marks, rest.astype(np.int32)], axis=1), np.array([100, 10_000], dtype=np.int32)).items[0]
    choices = choices_of("single", key, 5, Answers.of_column(column), rest=rest, groups=Groups(rest + marks))
    return [flag.kind for flag in suspicions("single", key, 300, figures, choices)]


def test_a_wrong_key_is_suspected_and_a_right_one_is_not() -> None:
    assert set(flags("A")) >= {Suspicion.NEGATIVE_REST, Suspicion.BETTER_DISTRACTOR, Suspicion.UPPER_CHOOSE_OTHER}
    assert flags("B") == [Suspicion.DEAD_OPTION]


def test_options_are_counted_with_their_groups() -> None:
    column = np.array([b"AB", b"AB", b"A", b"", b"CD", b"AC"], dtype=np.bytes_)
    rest = np.array([600, 500, 400, 100, 0, 300], dtype=np.int64)
    found = choices_of("multiple", "AB", 4, Answers.of_column(column, letter_masks(column)), rest=rest, groups=Groups(rest))
    assert [(one.response, one.count, one.is_key) for one in found.options] == [
        ("A", 4, True), ("B", 2, True), ("C", 2, False), ("D", 1, False),
    ]  # fmt: skip
    assert next((one.response, one.count, one.is_key) for one in found.responses) == ("AB", 2, True)
    assert found.blank == 1
    assert found.options[0].upper == 1
    assert found.options[2].lower == 0.5
    expected = np.corrcoef([1, 1, 1, 0, 0, 1], rest)[0, 1]
    assert found.options[0].rest == pytest.approx(expected)


def test_texts_and_numbers_list_their_frequent_answers() -> None:
    answers = Answers.of(["12", "12", "13", "", "十二"])
    found = choices_of("numeric", "", 0, answers, rest=np.arange(5), groups=Groups(np.arange(5)))
    assert found.options == ()
    assert [(one.response, one.count) for one in found.responses] == [("12", 2), ("13", 1), ("十二", 1)]


def test_nothing_is_suspected_of_few_papers() -> None:
    column, rest = simulated("A")
    figures = classical(table([[0, 100], [100, 0]]), np.array([100, 100], dtype=np.int32)).items[0]
    assert (
        suspicions(
            "single", "A", 19, figures, choices_of("single", "A", 4, Answers.of_column(column), rest=rest, groups=Groups(rest))
        )
        == []
    )
