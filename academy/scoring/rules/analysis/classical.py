"""Classical test theory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """What the marks of one item say. Correlations −1 … 1; efficiency and effective weight in percent."""

    facility: float | None
    sd: float | None
    rest: float | None  # correlation with the rest of the test; × 100 it is the discrimination
    efficiency: float | None
    weight: float | None
    alpha_if_dropped: float | None


@dataclass(frozen=True, slots=True)
class TestFigures:
    """What the totals say, in marks. `kr21` only where every item is right or wrong and worth the same."""

    papers: int
    mean: float | None
    sd: float | None
    alpha: float | None
    kr21: float | None
    sem: float | None
    items: tuple[ItemFigures, ...]


def classical(hundredths: NDArray[np.int32], full: NDArray[np.int32]) -> TestFigures:
    """Item and test figures of a table of marks (a row a paper, a column an item) in hundredths; `full` are the items' marks.

    Variances and covariances divide by n − 1. With x an item's marks, T the totals, R = T − x, p items:
    facility = x̄ / full; rest = corr(x, R); efficiency = 100 · cov(x, R) / cov(sorted x, sorted R);
    weight = 100 · √cov(x, T) / Σ √cov (items with a negative covariance have none and do not enter the sum);
    alpha = p/(p−1) · (1 − Σ var x / var T); alpha if dropped = alpha of the other items; SEM = SD(T) · √(1 − alpha);
    KR-21 = p/(p−1) · (1 − M(p − M) / (p · s²)), M and s² the mean and the variance (here divided by n) of the items solved.
    Sums are whole numbers until they are divided.
    """
    n, p = hundredths.shape
    none = ItemFigures(None, None, None, None, None, None)
    if n == 0 or p == 0:
        return TestFigures(n, None, None, None, None, None, (none,) * p)
    x = np.ascontiguousarray(hundredths.T, dtype=np.int64)
    total = x.sum(axis=0)
    facility = x.sum(axis=1) / (n * full)
    if n == 1:
        alone = tuple(ItemFigures(float(f), None, None, None, None, None) for f in facility)
        return TestFigures(n, float(total[0]) / 100, None, None, None, None, alone)
    var = _cov(np.einsum("ij,ij->i", x, x), x.sum(axis=1), x.sum(axis=1), n)
    with_total = _cov(x @ total, x.sum(axis=1), total.sum(), n)
    var_total = float(_cov(total @ total, total.sum(), total.sum(), n))
    with_rest = with_total - var
    var_rest = var_total - 2 * with_total + var
    alpha = _alpha(p, float(var.sum()), var_total)
    roots = np.sqrt(np.where(with_total >= 0, with_total, np.nan))
    sum_roots = float(np.nansum(roots))
    items = tuple(
        ItemFigures(
            facility=float(facility[place]),
            sd=float(np.sqrt(var[place])) / 100,
            rest=_ratio(float(with_rest[place]), float(np.sqrt(max(var[place] * var_rest[place], 0)))),
            efficiency=_percent(float(with_rest[place]), _largest_cov(x[place], total - x[place])),
            weight=_percent(float(roots[place]), sum_roots) if with_total[place] >= 0 else None,
            alpha_if_dropped=_alpha(p - 1, float(var.sum() - var[place]), float(var_rest[place])),
        )
        for place in range(p)
    )
    sd = float(np.sqrt(var_total)) / 100
    return TestFigures(
        papers=n,
        mean=float(total.sum()) / n / 100,
        sd=sd,
        alpha=alpha,
        kr21=_kr21(x, full, var_total),
        sem=sd * float(np.sqrt(1 - alpha)) if alpha is not None else None,
        items=items,
    )


def _cov(products: NDArray[np.int64], sums: NDArray[np.int64], others: NDArray[np.int64], n: int) -> Floats:
    """Covariances from sums of products, exact before the division."""
    return np.asarray((n * products - sums * others) / (n * (n - 1)), dtype=np.float64)


def _ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom > 0 else None


def _percent(top: float, bottom: float) -> float | None:
    return 100 * top / bottom if bottom > 0 else None


def _alpha(p: int, sum_of_variances: float, variance_of_sum: float) -> float | None:
    return p / (p - 1) * (1 - sum_of_variances / variance_of_sum) if p > 1 and variance_of_sum > 0 else None


def _largest_cov(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The covariance if both were in the same order."""
    a, b = np.sort(one.astype(np.int32)), np.sort(other.astype(np.int32))
    return float(_cov(a.astype(np.int64) @ b.astype(np.int64), a.sum(dtype=np.int64), b.sum(dtype=np.int64), len(one)))


def _kr21(x: NDArray[np.int64], full: NDArray[np.int32], var_total: float) -> float | None:
    p, worth = len(full), int(full[0])
    if p < 2 or var_total <= 0 or (full != worth).any() or ((x != 0) & (x != worth)).any():
        return None
    n = x.shape[1]
    mean, variance = float(x.sum()) / n / worth, var_total * (n - 1) / n / worth**2
    return float(p / (p - 1) * (1 - mean * (p - mean) / (p * variance)))
