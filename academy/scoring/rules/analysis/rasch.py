"""The Rasch model: difficulty by conditional maximum likelihood, ability by maximum likelihood for each raw score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from academy.scoring.rules.analysis.classical import Floats

LARGEST = 12.0  # a difficulty beyond it is one that the answers do not settle


@dataclass(frozen=True, slots=True)
class Rasch:
    """Difficulties in logits, summing to 0 (None: everybody or nobody solved the item), and ability by raw score.

    `abilities` maps a raw score over the items that have a difficulty to theta; 0 and full scores have none.
    """

    difficulties: tuple[float | None, ...]
    log_likelihood: float
    abilities: dict[int, float]


def rasch(solved: NDArray[np.bool_]) -> Rasch | None:
    """P(solved) = 1 / (1 + exp(b − θ)). None when there is nothing to estimate, or the answers do not settle the difficulties.

    Conditional log-likelihood: −Σ s_i b_i − Σ_r n_r log γ_r(ε), ε = exp(−b), γ the elementary symmetric functions, s how many
    solved an item, n_r how many have raw score r. Its maximum does not depend on who sat. Source: Andersen 1972.
    """
    counts = solved.sum(axis=0)
    used = np.flatnonzero((counts > 0) & (counts < len(solved)))
    if len(used) < 2:
        return None
    part = solved[:, used]
    sums, by_score = counts[used].astype(np.float64), np.bincount(part.sum(axis=1), minlength=len(used) + 1)
    by_score = by_score.astype(np.float64)
    inner = by_score.copy()
    inner[0] = inner[-1] = 0  # who solved all or none says nothing of the order
    sums -= by_score[-1]
    if not inner.any():
        return None

    def target(b: Floats) -> tuple[float, Floats]:
        b = b - b.mean()
        gamma, without = _symmetric(np.exp(-b))
        expected = np.exp(-b) * (without[:, :-1] @ (inner[1:] / gamma[1:]))
        gradient = (sums - expected) / len(solved)
        value = (sums @ b + inner @ np.log(gamma)) / len(solved)
        return value, gradient - gradient.mean()

    start = np.log((inner.sum() - sums + 0.5) / (sums + 0.5))
    found = minimize(target, start - start.mean(), jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    b = found.x - found.x.mean()
    if not np.isfinite(b).all() or np.abs(b).max() > LARGEST:
        return None
    difficulties: list[float | None] = [None] * solved.shape[1]
    for place, value in zip(used.tolist(), b.tolist(), strict=True):
        difficulties[place] = value
    return Rasch(tuple(difficulties), -float(target(b)[0]) * len(solved), _abilities(b))


def _symmetric(eps: Floats) -> tuple[Floats, Floats]:
    """γ_0 … γ_p, and for each item the same without it; sums only, so that nothing cancels."""
    p = len(eps)
    gamma = np.zeros(p + 1)
    gamma[0] = 1.0
    without = np.zeros((p, p + 1))
    without[:, 0] = 1.0
    for place, one in enumerate(eps):
        gamma[1:] = gamma[1:] + one * gamma[:-1]
        kept = without[place].copy()
        without[:, 1:] = without[:, 1:] + one * without[:, :-1]
        without[place] = kept
    return gamma, without


def _abilities(b: Floats) -> dict[int, float]:
    """Theta for each raw score: where the expected number of solved items is the score (bisection)."""
    scores = np.arange(1, len(b), dtype=np.float64)
    low, high = np.full(len(scores), -30.0), np.full(len(scores), 30.0)
    for _ in range(60):
        middle = (low + high) / 2
        expected = (1 / (1 + np.exp(b[None, :] - middle[:, None]))).sum(axis=1)
        low, high = np.where(expected < scores, middle, low), np.where(expected < scores, high, middle)
    return {int(score): float(theta) for score, theta in zip(scores, (low + high) / 2, strict=True)}
