"""Numbers as candidates write them, and whether they lie within a tolerance. Decimal, bounds belong to it."""

import re
import unicodedata
from decimal import Context, Decimal
from typing import NamedTuple

from academy.exams.rules.keys import AcceptedNumber, ToleranceKind

LARGEST_EXPONENT = 400
_EXACT = Context(prec=2_000)  # wide enough that no bound is rounded
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile(r"(?<=10)[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "x", "✕": "x", "⋅": "x", "·": "x", "*": "x"})
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
    r"(?:\s*x\s*10\s*(?:\^|xx)\s*\(?(?P<power>[+-]?\d+)\)?|[eE](?P<e>[+-]?\d+))?"
    r"\s*(?P<unit>[^\d\s.,+-][^\d\s]{0,15}(?:[/·]\S{1,8})?)?"
)


class ReadNumber(NamedTuple):
    """A number with the unit that was written behind it."""

    value: Decimal
    unit: str


def read_number(written: str) -> ReadNumber | None:
    """`3x10^8`, `3×10⁸`, `-3.0E8`, `1,000.00 m`, `.2`, `１２．５`; None for `frog`, `1,5` or an exponent beyond ±400."""
    text = _RAISED.sub(lambda found: "^" + found.group().translate(_SUPERSCRIPTS), written)
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    power = int((found["power"] or found["e"] or "0")[:9])
    if abs(power) > LARGEST_EXPONENT:
        return None
    value = Decimal(found["sign"] + found["digits"].replace(",", "")).scaleb(power, _EXACT)
    return ReadNumber(value, found["unit"] or "")


def is_within(value: Decimal, accepted: AcceptedNumber) -> bool:
    """Whether a number lies within the tolerance of an accepted one.

    nominal: |x − v| ≤ t; relative: |x − v| ≤ t·|v|; geometric: the same sign and |v| / (1 + t) ≤ |x| ≤ |v| · (1 + t).
    """
    near, tolerance = accepted.value, accepted.tolerance
    if accepted.kind is ToleranceKind.GEOMETRIC:
        factor = _EXACT.add(Decimal(1), tolerance)
        ours, theirs = abs(value), abs(near)
        is_same_side = (value > 0) == (near > 0) and (value < 0) == (near < 0)
        return is_same_side and _EXACT.multiply(ours, factor) >= theirs and ours <= _EXACT.multiply(theirs, factor)
    if accepted.kind is ToleranceKind.RELATIVE:
        tolerance = _EXACT.multiply(tolerance, near.copy_abs())
    return _EXACT.subtract(near, tolerance) <= value <= _EXACT.add(near, tolerance)
