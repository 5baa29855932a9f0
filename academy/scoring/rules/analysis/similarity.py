"""Answers that are more alike than chance allows: material for a panel that hears the candidates. Nothing is decided here.

K index (Holland 1996; Sotaridona & Meijer 2002), with these choices:
- Only wrong answers count: that two candidates are right at the same items proves nothing. Blanks are not answers.
- For a source s with w_s wrong answers and another candidate c, M is at how many of these items c gave the same wrong answer.
- Expected is w_c · (share of the wrong answers of c's stratum that are s's, too): the stratum has 30 or more candidates with
  about as many wrong answers as c, without s and c themselves; who has more wrong answers matches more of them by chance. The
  share is drawn to that among all candidates with the weight of 5, so that a small stratum decides little. p = expected / w_s.
- K = P(Binomial(w_s, p) ≥ M). A pair has two K; its p-value is twice the smaller one, at most 1.
- Over all n(n−1)/2 pairs, those are listed whose p-value passes Benjamini & Hochberg 1995 at a false-discovery rate of 1 %:
  that many of the listed pairs may be there by chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

RATE = 0.01
FEWEST_PAPERS, FEWEST_WRONG = 20, 5
MOST_PAPERS = 4_000
PER_STRATUM, PULL = 30, 5.0
_WORTH_A_LOOK = 2.0  # standard deviations above what is expected; below it the p-value is taken as 1
_BLOCK = 1_024
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two papers (their rows) that are alike. `shared_wrong` of the `wrong` answers of the first are the second's, too."""

    first: int
    second: int
    shared_wrong: int
    expected: float
    wrong: tuple[int, int]
    shared_right: int
    p_value: float
    q_value: float  # the false-discovery rate at which the pair would just be listed


def similar_pairs(responses: NDArray[np.int32], right: NDArray[np.bool_], *, rate: float = RATE) -> list[Pair]:
    """The pairs of papers that pass, the least likely first. The K index is in the module's docstring.

    `responses` are codes (a row a paper, a column an item; −1 blank), `right` says which have full marks. The caller leaves
    out what is not to count (essays). Nothing is said of fewer than 20 papers. Raises ValueError above 4,000.
    """
    n = len(responses)
    if n > MOST_PAPERS:
        raise ValueError
    if n < FEWEST_PAPERS or not responses.shape[1]:
        return []
    wrong = ~right & (responses >= 0)
    counts = wrong.sum(axis=1)
    shared = _shared_wrong(responses, wrong)
    strata = _strata(counts)
    found = _look(shared, counts, strata)
    pairs = n * (n - 1) // 2
    listed = _benjamini_hochberg(found, pairs, rate)
    solved = right.astype(np.int32)
    return [
        Pair(
            first=source,
            second=other,
            shared_wrong=int(shared[other, source]),
            expected=expected,
            wrong=(int(counts[source]), int(counts[other])),
            shared_right=int(solved[source] @ solved[other]),
            p_value=p,
            q_value=q,
        )
        for p, q, source, other, expected in listed
    ]


def _shared_wrong(responses: NDArray[np.int32], wrong: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How many wrong answers each two papers share: one matrix product over the wrong answers that were given twice or more."""
    columns = []
    for item in range(responses.shape[1]):
        given = responses[wrong[:, item], item]
        codes, times = np.unique(given, return_counts=True)
        columns += [(responses[:, item] == code) & wrong[:, item] for code in codes[times > 1]]
    if not columns:
        return np.zeros((len(responses), len(responses)), dtype=np.float32)
    chosen = np.array(columns, dtype=np.float32).T
    return np.asarray(chosen @ chosen.T, dtype=np.float32)


def _strata(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Papers of about the same number of wrong answers, 30 or more in each; papers with the same number stay together."""
    stratum, numbers = np.zeros(len(counts), dtype=np.int64), np.bincount(counts)
    label, filled, label_of = 0, 0, np.zeros(len(numbers), dtype=np.int64)
    left = len(counts)
    for wrong, papers in enumerate(numbers.tolist()):
        if filled >= PER_STRATUM and left >= PER_STRATUM:
            label, filled = label + 1, 0
        label_of[wrong] = label
        filled, left = filled + papers, left - papers
    stratum[:] = label_of[counts]
    return stratum


def _look(
    shared: NDArray[np.float32], counts: NDArray[np.int64], strata: NDArray[np.int64]
) -> list[tuple[float, int, int, float]]:
    """(p-value, source, other, expected) of each pair worth a look. In the tables a row is a candidate, a column a source."""
    n = len(counts)
    w = np.maximum(counts, 1).astype(np.float64)
    one_hot = (strata[:, None] == np.arange(strata.max() + 1)).astype(np.float32)
    own = np.diagonal(shared).astype(np.float64)  # each source also matches herself, at every wrong answer that somebody shares
    matches, wrongs = (one_hot.T @ shared).astype(np.float64), one_hot.T @ w
    all_matches, all_wrongs = shared.sum(axis=0, dtype=np.float64) - own, float(w.sum())
    best: dict[tuple[int, int], tuple[float, float, int]] = {}
    for begin in range(0, n, _BLOCK):
        rows = np.arange(begin, min(begin + _BLOCK, n))
        here, same = shared[rows].astype(np.float64), strata[rows][:, None] == strata[None, :]
        mine = w[rows][:, None]
        everywhere = (all_matches[None, :] - here) / np.maximum(all_wrongs - mine - w[None, :], 1)
        total = matches[strata[rows]] - here - np.where(same, own[None, :], 0)
        out_of = wrongs[strata[rows]][:, None] - mine - np.where(same, w[None, :], 0)
        share = (total + PULL * mine * everywhere) / (out_of + PULL * mine)
        p = np.clip(mine * share / w, 0, 1)
        mean = p * w
        worth = here > mean + _WORTH_A_LOOK * np.sqrt(mean * np.clip(1 - p, 0, 1))
        worth &= (counts[None, :] >= FEWEST_WRONG) & (rows[:, None] != np.arange(n)[None, :]) & (here >= 1)
        r, s = np.nonzero(worth)
        tail = bdtrc(here[r, s] - 1, counts[s].astype(np.int64), np.clip(p[r, s], 1e-12, 1.0))
        for c, source, k, expected in zip(rows[r].tolist(), s.tolist(), tail.tolist(), mean[r, s].tolist(), strict=True):
            pair = (min(c, source), max(c, source))
            if pair not in best or k < best[pair][0]:
                best[pair] = (k, expected, source)
    return [(min(1.0, 2 * k), source, pair[0] + pair[1] - source, expected) for pair, (k, expected, source) in best.items()]


def _benjamini_hochberg(
    found: list[tuple[float, int, int, float]], pairs: int, rate: float
) -> list[tuple[float, float, int, int, float]]:
    """Those that pass, with q_(i) = min over j ≥ i of p_(j) · m / j; pairs that are not in `found` have p = 1."""
    ordered = sorted(found)
    q, listed = 1.0, []
    for rank in range(len(ordered), 0, -1):
        p, source, other, expected = ordered[rank - 1]
        q = min(q, p * pairs / rank)
        if q <= rate:
            listed.append((p, q, source, other, expected))
    return listed[::-1]


def longest_run(one: NDArray[np.int32], other: NDArray[np.int32]) -> int:
    """The longest series of items with the same answer, blanks not counted as the same."""
    longest = run = 0
    for same in ((one == other) & (one >= 0)).tolist():
        run = run + 1 if same else 0
        longest = max(longest, run)
    return longest
