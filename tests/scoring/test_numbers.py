"""Numbers as people write them, and tolerances whose bounds belong to them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.exams.rules.keys import AcceptedNumber, ToleranceKind
from academy.scoring.rules.numbers import is_within, read_number

NOMINAL, RELATIVE, GEOMETRIC = ToleranceKind.NOMINAL, ToleranceKind.RELATIVE, ToleranceKind.GEOMETRIC


def within(written: str, value: str, tolerance: str = "0", kind: ToleranceKind = NOMINAL) -> bool:
    read = read_number(written)
    assert read is not None
    return is_within(read.value, AcceptedNumber(Decimal(value), Decimal(tolerance), kind))


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("3x10^8", "3E8", ""), ("3×10⁸", "3E8", ""), ("3 × 10^-8", "3E-8", ""), ("3*10**8", "3E8", ""), ("3e8", "3E8", ""),
        ("1,000.00 m", "1000", "m"), (".2", "0.2", ""), ("5.", "5", ""), ("１２．５", "12.5", ""), ("１，０００", "1000", ""),
        ("−11.7", "-11.7", ""), ("－１", "-1", ""), ("+7", "7", ""), (" 7 ", "7", ""), ("12,345,678.9", "12345678.9", ""),
        ("50%", "50", "%"), ("80分", "80", "分"), ("9.8 m/s²", "9.8", "m/s2"), ("1E-20", "1E-20", ""),
        ("3 元/人", "3", "元/人"), ("3×10⁻⁸ m", "3E-8", "m"), ("2.5E", "2.5", "E"),
    ],
)  # fmt: skip
def test_what_is_a_number(written: str, value: str, unit: str) -> None:
    read = read_number(written)
    assert read is not None
    assert (read.value, read.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "written",
    [
        "frog",
        "",
        "1,5",
        "1,00",
        "--3",
        "1.2.3",
        "NaN",
        "Infinity",
        "-inf",
        "1e999999999999",
        "1e401",
        "0x10",
        "３蛙３",
        "12 34",
        "二",
    ],
)
def test_what_is_none(written: str) -> None:
    assert read_number(written) is None


def test_the_published_tolerances() -> None:
    assert [within(x, "7", "1") for x in ("6", "8", "5.99", "8.01")] == [True, True, False, False]
    assert [within(x, "7", "0.1", RELATIVE) for x in ("6.3", "7.7", "6.29", "7.71")] == [True, True, False, False]
    assert [within(x, "7", "1.0", GEOMETRIC) for x in ("3.5", "14", "3.49", "14.01")] == [True, True, False, False]


def test_what_floats_get_wrong() -> None:
    assert within("-11.72", "-11.7", "0.02")
    assert not within("-11.7200001", "-11.7", "0.02")
    assert within("1e-20", "1e-20")
    assert not within("0", "1e-20")
    assert within("0.3", "0.1", "0.2")
    assert within("1e-400", "1e400", "1e400")
    assert not within("-1e-400", "1e400", "1e400")


def test_tolerances_of_negative_numbers_and_of_zero() -> None:
    assert [within(x, "-7", "0.1", RELATIVE) for x in ("-6.3", "-7.7", "7")] == [True, True, False]
    assert [within(x, "-7", "1", GEOMETRIC) for x in ("-3.5", "-14", "-15", "7")] == [True, True, False, False]
    assert [within(x, "0", "1", GEOMETRIC) for x in ("0", "0.1")] == [True, False]


@given(st.text(max_size=100))
def test_nothing_that_is_written_breaks_the_reading(written: str) -> None:
    read_number(written)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_number_is_read_as_it_was_printed(number: Decimal) -> None:
    for written in (f"{number:f}", f"{number:,f}", f"{number:E}"):
        read = read_number(written)
        assert read is not None
        assert read.value == number
