"""How far raters agree. Pure; every figure is None where it is not defined (too few ratings, no spread), never 0 or NaN."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

Figure = Decimal | int | float


@dataclass(frozen=True, slots=True)
class IccResult:
    """Intraclass correlations: of one rater (`icc1`, `icc2`, `icc3`) and of the mean of all `raters` (with `k`).

    `icc1`: each subject has its own raters; `icc2`: the raters stand for others (absolute agreement); `icc3`: these raters only
    (consistency).
    """

    subjects: int
    raters: int
    icc1: float | None = None
    icc2: float | None = None
    icc3: float | None = None
    icc1k: float | None = None
    icc2k: float | None = None
    icc3k: float | None = None


def _over(top: float, bottom: float) -> float | None:
    return top / bottom if bottom > 0 else None


def icc(ratings: Sequence[Sequence[Figure]]) -> IccResult:
    """ICC(1,1), (2,1), (3,1) and their k versions from a complete table: a row a subject, a column a rater.

    With mean squares B (subjects), W (within), J (raters), E (rest), n subjects, k raters:
    (B−W)/(B+(k−1)W), (B−E)/(B+(k−1)E+k(J−E)/n), (B−E)/(B+(k−1)E); (B−W)/B, (B−E)/(B+(J−E)/n), (B−E)/B.
    Raises ValueError for rows of unequal length. Source: Shrout & Fleiss 1979.
    """
    n, k = len(ratings), len(ratings[0]) if ratings else 0
    if any(len(row) != k for row in ratings):
        raise ValueError
    if n < 2 or k < 2:
        return IccResult(n, k)
    x = [[float(one) for one in row] for row in ratings]
    rows, columns = [sum(row) / k for row in x], [sum(column) / n for column in zip(*x, strict=True)]
    mean = sum(rows) / n
    total = sum((one - mean) ** 2 for row in x for one in row)
    between, judges = k * sum((row - mean) ** 2 for row in rows), n * sum((column - mean) ** 2 for column in columns)
    b, w, j = between / (n - 1), max(total - between, 0.0) / (n * (k - 1)), judges / (k - 1)
    e = max(total - between - judges, 0.0) / ((n - 1) * (k - 1))
    return IccResult(
        subjects=n,
        raters=k,
        icc1=_over(b - w, b + (k - 1) * w),
        icc2=_over(b - e, b + (k - 1) * e + k * (j - e) / n),
        icc3=_over(b - e, b + (k - 1) * e),
        icc1k=_over(b - w, b),
        icc2k=_over(b - e, b + (j - e) / n),
        icc3k=_over(b - e, b),
    )


class Weights(StrEnum):
    """How much a disagreement counts in kappa: all the same, by its distance, by the square of its distance."""

    UNWEIGHTED = "unweighted"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


def weighted_kappa(a: Sequence[Figure], b: Sequence[Figure], weights: str = "quadratic") -> float | None:
    """Cohen's kappa of two raters' figures for the same things, in the same order.

    κ = 1 − Σ w·observed / Σ w·expected, where w is 0/1 ("unweighted"), |x − y| ("linear") or (x − y)² ("quadratic") of the
    figures themselves, so that marks 0, 1 and 5 lie as far apart as they are. None without figures, or when both raters gave
    nothing but one and the same figure. Raises ValueError for lists of unequal length. Source: Cohen 1960, 1968.
    """
    if len(a) != len(b):
        raise ValueError
    weight = _WEIGHTS[Weights(weights)]
    x, y, n = [float(one) for one in a], [float(one) for one in b], len(a)
    observed = sum(weight(one, other) for one, other in zip(x, y, strict=True))
    of_a, of_b = Counter(x), Counter(y)
    expected = sum(weight(one, other) * p * q for one, p in of_a.items() for other, q in of_b.items())
    return 1 - observed * n / expected if expected else None


_WEIGHTS: dict[Weights, Callable[[float, float], float]] = {
    Weights.UNWEIGHTED: lambda one, other: float(one != other),
    Weights.LINEAR: lambda one, other: abs(one - other),
    Weights.QUADRATIC: lambda one, other: (one - other) ** 2,
}


class Metric(StrEnum):
    """What a difference between two ratings means."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff_alpha(units: Sequence[Sequence[Figure | None]], metric: str = "interval") -> float | None:
    """Krippendorff's alpha; a unit is what all raters said of one thing, None where one said nothing.

    α = 1 − D_observed / D_expected over the coincidence table; a unit with fewer than two ratings does not count. Difference²:
    nominal 0/1; ordinal (Σ of the counts from one rank to the other, less half of both ends)²; interval (x−y)²; ratio
    ((x−y)/(x+y))². None when nothing can be paired or all ratings are the same. Source: Krippendorff 2011.
    """
    paired = [[float(one) for one in unit if one is not None] for unit in units]
    paired = [unit for unit in paired if len(unit) > 1]
    counts = Counter(one for unit in paired for one in unit)
    difference = _difference(Metric(metric), counts)
    observed = sum(_pairs(Counter(unit), Counter(unit), difference) / (len(unit) - 1) for unit in paired)
    expected = _pairs(counts, counts, difference)
    return 1 - (counts.total() - 1) * observed / expected if expected else None


def _pairs(of_one: Counter[float], of_other: Counter[float], difference: Callable[[float, float], float]) -> float:
    return sum(p * q * difference(x, y) for x, p in of_one.items() for y, q in of_other.items() if x != y)


def _difference(metric: Metric, counts: Counter[float]) -> Callable[[float, float], float]:
    """The squared difference of two ratings."""
    if metric is Metric.ORDINAL:
        middle, below = {}, 0.0
        for value in sorted(counts):
            middle[value] = below + counts[value] / 2
            below += counts[value]
        return lambda x, y: (middle[x] - middle[y]) ** 2
    if metric is Metric.NOMINAL:
        return lambda x, y: float(x != y)
    if metric is Metric.RATIO:
        return lambda x, y: ((x - y) / (x + y)) ** 2 if x + y else 0.0
    return lambda x, y: (x - y) ** 2


def exact_share(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """The share of things of which two raters said just the same; None when there are none."""
    return sum(one == other for one, other in zip(a, b, strict=True)) / len(a) if a else None
