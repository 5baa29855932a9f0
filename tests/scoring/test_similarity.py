"""Alike beyond chance: a copy is found, honest candidates are not, and the published correction holds."""

from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from academy.scoring.rules.analysis.similarity import (
    MOST_PAPERS,
    _benjamini_hochberg,
    _strata,
    longest_run,
    similar_pairs,
)


def honest(papers: int, items: int, seed: int, spread: float = 1.0) -> NDArray[np.int32]:
    """Candidates of different ability; 0 is right, 1–3 are distractors of different pull."""
    rng = np.random.default_rng(seed)
    solved = rng.random((papers, items)) < 1 / (1 + np.exp(rng.normal(size=items) - spread * rng.normal(size=(papers, 1))))
    return np.where(solved, 0, rng.choice([1, 2, 3], size=(papers, items), p=[0.6, 0.3, 0.1])).astype(np.int32)


def test_who_copied_is_found_and_nobody_else() -> None:
    responses = honest(300, 100, seed=4)
    order = np.argsort((responses != 0).sum(axis=1))
    source, other = int(order[250]), int(order[240])
    responses[other, 10:80] = responses[source, 10:80]
    found = similar_pairs(responses, responses == 0)
    assert [{pair.first, pair.second} for pair in found] == [{source, other}]
    pair = found[0]
    assert pair.shared_wrong == int(((responses[source] == responses[other]) & (responses[source] != 0)).sum())
    assert pair.shared_right == int(((responses[source] == 0) & (responses[other] == 0)).sum())
    assert pair.expected < pair.shared_wrong
    assert pair.q_value <= 0.01


@pytest.mark.parametrize("seed", range(5))
def test_honest_candidates_are_left_alone(seed: int) -> None:
    responses = honest(200, 80, seed)
    assert similar_pairs(responses, responses == 0) == []


@pytest.mark.parametrize("seed", range(8))
def test_a_class_of_very_different_people_is_left_alone(seed: int) -> None:
    """Weak candidates share wrong answers because they have many: 41 papers are one stratum."""
    responses = honest(41, 80, seed, spread=1.6)
    assert similar_pairs(responses, responses == 0) == []


def test_right_answers_and_blanks_prove_nothing() -> None:
    assert similar_pairs(np.zeros((60, 80), dtype=np.int32), np.ones((60, 80), dtype=bool)) == []
    assert similar_pairs(np.full((60, 80), -1, dtype=np.int32), np.zeros((60, 80), dtype=bool)) == []


def test_few_papers_are_not_judged_and_too_many_not_tried() -> None:
    assert similar_pairs(np.ones((19, 80), dtype=np.int32), np.zeros((19, 80), dtype=bool)) == []
    with pytest.raises(ValueError):  # noqa: PT011 - it says nothing but that
        similar_pairs(np.zeros((MOST_PAPERS + 1, 2), dtype=np.int32), np.zeros((MOST_PAPERS + 1, 2), dtype=bool))


def test_the_index_is_a_binomial_tail_with_the_rate_of_the_others() -> None:
    """By hand: 40 alike papers in one stratum, each with the same ten wrong items."""
    rng = np.random.default_rng(0)
    responses = np.zeros((40, 30), dtype=np.int32)
    responses[:, :10] = rng.integers(1, 5, size=(40, 10))
    responses[1, :10] = responses[0, :10]
    (pair,) = similar_pairs(responses, responses == 0, rate=0.05)
    shares = []
    for source, other in ((0, 1), (1, 0)):
        rest = [row for row in range(40) if row not in (source, other)]
        same = sum(int((responses[row, :10] == responses[source, :10]).sum()) for row in rest)
        p = (same + 5 * same / 38) / (38 + 5) / 10
        shares.append(sum(comb(10, m) * p**m * (1 - p) ** (10 - m) for m in range(10, 11)))
    assert pair.p_value == pytest.approx(2 * min(shares), rel=1e-6)


def test_the_discovery_rate_is_that_of_benjamini_and_hochberg() -> None:
    """Their own table of 15 p-values (1995): four pass at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
    listed = _benjamini_hochberg([(one, 0, 0, 0.0) for one in p], 15, 0.05)
    assert [one[0] for one in listed] == p[:4]
    assert listed[3][1] == pytest.approx(0.0095 * 15 / 4)


def test_strata_hold_thirty_and_keep_equals_together() -> None:
    counts = np.sort(np.random.default_rng(2).integers(0, 60, size=500))
    strata = _strata(counts)
    assert min(np.bincount(strata)) >= 30
    assert all(len(set(strata[counts == one])) == 1 for one in set(counts))


def test_runs() -> None:
    assert longest_run(np.array([1, 1, -1, 2, 2, 2, 3]), np.array([1, 1, -1, 2, 2, 2, 4])) == 3
