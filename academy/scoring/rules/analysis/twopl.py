"""The two-parameter logistic model by marginal maximum likelihood."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from academy.scoring.rules.analysis.classical import Floats

POINTS = 21  # Gauss–Hermite
STEPS = 3_000  # EM steps at most
FEW, GROW = 5_000, 4  # papers with which a large table is begun, and how many times as many are taken next
TOLERANCE, COARSE = 1e-9, 1e-5  # of the log-likelihood of a paper from step to step; coarse for a large table
LEAST_SLOPE, LARGEST = 0.05, 8.0
RELAXED = 1.5  # each step goes half as far again, which halves their number
Table = NDArray[Any]  # single or double precision


@dataclass(frozen=True, slots=True)
class TwoParameter:
    """Slope a and difficulty b of each item (logits, ability standard normal); None where the answers do not settle them."""

    slopes: tuple[float | None, ...]
    difficulties: tuple[float | None, ...]
    log_likelihood: float
    has_converged: bool


def two_parameter(solved: NDArray[np.bool_]) -> TwoParameter | None:
    """P(solved) = 1 / (1 + exp(−a(θ − b))), θ ~ N(0, 1), integrated over 21 Gauss–Hermite points; EM of Bock & Aitkin 1981.

    Equal rows are counted, not repeated. A large table is begun with every k-th paper, goes on with four times as many, and
    ends with all. None when there is nothing to estimate.
    """
    counts = solved.sum(axis=0)
    used = np.flatnonzero((counts > 0) & (counts < len(solved)))
    if len(used) < 2:
        return None
    part = solved[:, used]
    parameters = _start(part)
    tolerance = TOLERANCE
    few = FEW
    while len(part) > 2 * few:
        tolerance = COARSE
        parameters, *_ = _fit(*_rows(part[:: len(part) // few]), parameters, tolerance)
        few *= GROW
    parameters, likelihood, has_converged = _fit(*_rows(part), parameters, tolerance)
    a, d = parameters
    slopes: list[float | None] = [None] * solved.shape[1]
    difficulties: list[float | None] = [None] * solved.shape[1]
    for place, slope, intercept in zip(used.tolist(), a.tolist(), d.tolist(), strict=True):
        slopes[place] = slope
        if abs(slope) >= LEAST_SLOPE and abs(intercept / slope) <= LARGEST:
            difficulties[place] = -intercept / slope
    return TwoParameter(tuple(slopes), tuple(difficulties), likelihood, has_converged)


def _rows(part: NDArray[np.bool_]) -> tuple[Table, Table]:
    """Distinct rows, as columns, and how often each stands; where nearly all differ, all. Single precision if very many."""
    exact = np.float32 if len(part) > FEW else np.float64
    if part.shape[1] > 20:
        return np.ascontiguousarray(part.T, dtype=exact), np.ones(len(part), dtype=exact)
    _, first, times = np.unique(np.packbits(part, axis=1), axis=0, return_index=True, return_counts=True)
    return np.ascontiguousarray(part[first].T, dtype=np.float64), times.astype(np.float64)


def _start(part: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    share = part.mean(axis=0)
    return np.ones(part.shape[1]), np.log(share / (1 - share))


def _fit(x: Table, times: Table, start: tuple[Floats, Floats], tolerance: float) -> tuple[tuple[Floats, Floats], float, bool]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    log_weights = np.log(weights / weights.sum())
    (a, d), before, papers = start, -np.inf, float(times.sum())
    likelihood = before
    for _ in range(STEPS):
        z = a[:, None] * nodes + d[:, None]
        log_no = log_weights - np.logaddexp(0, z).sum(axis=0)
        likelihood, at_node, solved_at = _expect(x, times, z, log_no)
        if abs(likelihood - before) / papers < tolerance:
            return (a, d), likelihood, True
        before = likelihood
        next_a, next_d = _maximize(a, d, nodes, at_node, solved_at)
        a, d = a + RELAXED * (next_a - a), d + RELAXED * (next_d - d)
    return (a, d), likelihood, False


def _expect(x: Table, times: Table, z: Floats, log_no: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, papers at each node, and how many of them solved each item."""
    joint = z.T.astype(x.dtype) @ x  # log P(row, node): a row a node, a column a row of answers
    joint += log_no.astype(x.dtype)[:, None]
    top = joint.max(axis=0)
    joint -= top
    posterior = np.exp(joint, out=joint)
    marginal = posterior.sum(axis=0)
    likelihood = float(times.astype(np.float64) @ (np.log(marginal) + top))
    posterior *= times / marginal
    return likelihood, posterior.sum(axis=1, dtype=np.float64), (x @ posterior.T).astype(np.float64)


def _maximize(a: Floats, d: Floats, nodes: Floats, at_node: Floats, solved_at: Floats) -> tuple[Floats, Floats]:
    """Newton steps of every item's logistic regression on the nodes, at once."""
    for _ in range(3):
        chance = 1 / (1 + np.exp(-(a[:, None] * nodes + d[:, None])))
        rest, spread = solved_at - at_node * chance, at_node * chance * (1 - chance)
        ga, gd = rest @ nodes, rest.sum(axis=1)
        haa, had, hdd = spread @ nodes**2 + 1e-6, spread @ nodes, spread.sum(axis=1) + 1e-6
        bottom = haa * hdd - had**2
        a = a + np.clip((hdd * ga - had * gd) / bottom, -1, 1)
        d = d + np.clip((haa * gd - had * ga) / bottom, -1, 1)
    return a, d
