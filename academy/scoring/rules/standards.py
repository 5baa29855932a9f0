"""Where the line between pass and fail lies: three published ways to set a standard. Pure, exact, never clamped.

Figures may be Decimal, int or float (read by their shortest writing); what comes back is Decimal and not rounded: the body that
sets the standard rounds, and says so in its record.
"""

from collections.abc import Sequence
from decimal import Decimal

Figure = Decimal | int | float
HUNDRED = Decimal(100)


class TooFewFigures(ValueError):
    """A standard cannot be computed from so little; nothing is guessed."""


def _exact(figure: Figure) -> Decimal:
    return figure if isinstance(figure, Decimal) else Decimal(str(figure))


def _mean(figures: Sequence[Decimal]) -> Decimal:
    return sum(figures, Decimal(0)) / len(figures)


def angoff(judgments: Sequence[Sequence[Figure] | Figure]) -> tuple[Decimal, Decimal | None]:
    """The cut (in marks) and its standard error from what each judge expects of a candidate on the borderline.

    One entry a judge: her expected marks for each item, or their sum alone. cut = mean of the judges' sums;
    SE = √(Σ(sum − cut)² / (n − 1)) / √n, None for a single judge. Raises TooFewFigures without a judge.
    Source: Angoff 1971; SE as in Brandon 2004.
    """
    sums = [_exact(one) if isinstance(one, Decimal | int | float) else sum(map(_exact, one), Decimal(0)) for one in judgments]
    if not sums:
        raise TooFewFigures
    cut, n = _mean(sums), len(sums)
    if n == 1:
        return cut, None
    squares = sum(((one - cut) ** 2 for one in sums), Decimal(0))
    return cut, (squares / (n - 1) / n).sqrt()


def borderline_regression(grades: Sequence[Figure], marks: Sequence[Figure], borderline: Figure) -> Decimal:
    """The cut (in marks): what the least-squares line of marks on global grades says at the borderline grade.

    cut = x̄ + b · (borderline − ḡ), b = Σ(g − ḡ)(x − x̄) / Σ(g − ḡ)². Raises TooFewFigures when the lists differ in length, are
    shorter than two, or all grades are the same. Source: Kramer et al. 2003.
    """
    g, x = [_exact(grade) for grade in grades], [_exact(mark) for mark in marks]
    if len(g) != len(x) or len(set(g)) < 2:
        raise TooFewFigures
    mean_g, mean_x = _mean(g), _mean(x)
    spread = sum(((one - mean_g) ** 2 for one in g), Decimal(0))
    together = sum(((a - mean_g) * (b - mean_x) for a, b in zip(g, x, strict=True)), Decimal(0))
    return mean_x + together / spread * (_exact(borderline) - mean_g)


def hofstee(marks: Sequence[Figure], *, min_cut: Figure, max_cut: Figure, min_fail: Figure, max_fail: Figure) -> Decimal | None:
    """The cut (in marks) where the curve of fail rates crosses the judges' line; None when nothing crosses: report it as that.

    `min_fail` and `max_fail` are percent of the candidates (0 … 100), `min_cut` and `max_cut` marks. The line falls from
    (min_cut, max_fail) to (max_cut, min_fail). The curve is exact: at cut c the share of marks < c fails, so it rises in steps.
    The crossing is the smallest cut at which a cut any higher would fail at least what the line allows; who has just that mark
    passes. Raises TooFewFigures without marks or when a lower bound is above its upper one. Source: Hofstee 1983.
    """
    given = sorted(_exact(mark) for mark in marks)
    low, high, least, most = _exact(min_cut), _exact(max_cut), _exact(min_fail), _exact(max_fail)
    if not given or low > high or least > most:
        raise TooFewFigures
    if _failing(given, low) > most or _failing(given, high) < least:
        return None
    if low == high:
        return low
    slope = (least - most) / (high - low)
    at = low
    for step in [*sorted({mark for mark in given if low <= mark < high}), high]:
        rate = _failing(given, step)  # holds for every cut in (at, step]
        if rate >= most + slope * (step - low):  # the line comes down to it on the flat
            return at if slope == 0 else max(at, low + (rate - most) / slope)
        at = step
        if _failing(given, step, or_equal=True) >= most + slope * (step - low):  # the curve jumps over it
            return step
    return None


def _failing(given: Sequence[Decimal], cut: Decimal, *, or_equal: bool = False) -> Decimal:
    """Percent of marks below a cut."""
    below = sum(1 for mark in given if mark < cut or (or_equal and mark == cut))
    return HUNDRED * below / len(given)
