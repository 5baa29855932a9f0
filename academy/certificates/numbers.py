"""Certificate numbers: XA + year(4) + class(3) + person(4) + a check character by ISO 7064 MOD 37,36; statements: XS.

XA20250120037S is person 37 of class 12 in 2025. The check character catches every single wrong character and
nearly every swap of two neighbours.
"""

import re
import unicodedata
from typing import NamedTuple

from stdnum.iso7064 import mod_37_36

PREFIX = "XA"
STATEMENT_PREFIX = "XS"
LAST_STATEMENT = 9_999_999
LAST_SERIAL = 9999
LAST_CLASS = 999
_SHAPE = re.compile(r"XA(\d{4})(\d{3})(\d{4})([0-9A-Z])")
_STATEMENT = re.compile(r"XS\d{11}[0-9A-Z]")
_NOISE = re.compile(r"[^0-9A-Z]+")


class NumberParts(NamedTuple):
    """What a number says."""

    year: int
    class_serial: int
    serial: int


class SerialOutOfRange(ValueError):
    """A class has 9,999 numbers, a year 999 classes."""


def make_number(year: int, class_serial: int, serial: int) -> str:
    """The number of one person's certificate. Raises SerialOutOfRange."""
    if not (1000 <= year <= 9999 and 1 <= class_serial <= LAST_CLASS and 1 <= serial <= LAST_SERIAL):
        raise SerialOutOfRange(f"{year}-{class_serial}-{serial}")
    body = f"{PREFIX}{year:04}{class_serial:03}{serial:04}"
    return body + str(mod_37_36.calc_check_digit(body))


def make_statement_number(year: int, serial: int) -> str:
    """The number of an annual statement: XS + year(4) + serial(7) + the same check. Raises SerialOutOfRange."""
    if not (1000 <= year <= 9999 and 1 <= serial <= LAST_STATEMENT):
        raise SerialOutOfRange(f"{year}-{serial}")
    body = f"{STATEMENT_PREFIX}{year:04}{serial:07}"
    return body + str(mod_37_36.calc_check_digit(body))


def is_statement_number(number: str) -> bool:
    """Whether a normalized number has the shape and check character of a statement's."""
    return _STATEMENT.fullmatch(number) is not None and bool(mod_37_36.is_valid(number))


def normalize_number(typed: str) -> str:
    """A number as a person may type it: full-width, lower case, with spaces or dashes."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", typed).upper())


def is_number(number: str) -> bool:
    """Whether a normalized number has the right shape and check character."""
    return parse_number(number) is not None


def parse_number(number: str) -> NumberParts | None:
    """The parts of a normalized number; None when its shape or check character is wrong."""
    match = _SHAPE.fullmatch(number)
    if match is None or not mod_37_36.is_valid(number):
        return None
    return NumberParts(*(int(part) for part in match.groups()[:3]))
