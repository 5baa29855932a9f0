"""The number scheme: what it looks like, what the check character catches, what people may type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.certificates.numbers import SerialOutOfRange, is_number, make_number, normalize_number, parse_number

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def independent_check(body: str) -> str:
    """ISO 7064 MOD 37,36 written down from the standard, apart from the library that the product uses."""
    p = 36
    for char in body:
        s = (p + ALPHABET.index(char)) % 36 or 36
        p = s * 2 % 37
    return ALPHABET[(37 - p) % 36]


def test_the_documented_example() -> None:
    assert make_number(2025, 12, 37) == "XA20250120037S"


@given(st.integers(2000, 2099), st.integers(1, 999), st.integers(1, 9999))
def test_a_number_says_year_class_and_person(year: int, class_serial: int, serial: int) -> None:
    number = make_number(year, class_serial, serial)
    assert len(number) == 14
    assert number[-1] == independent_check(number[:-1])
    assert parse_number(number) == (year, class_serial, serial)


@given(st.integers(1, 999), st.integers(1, 9999), st.integers(2, 13), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_caught(class_serial: int, serial: int, place: int, char: str) -> None:
    number = make_number(2026, class_serial, serial)
    wrong = number[:place] + char + number[place + 1 :]
    assert is_number(wrong) == (wrong == number)


def test_nearly_all_swaps_of_neighbours_are_caught() -> None:
    missed = tried = 0
    for serial in range(1, 9999, 7):
        number = make_number(2026, serial % 999 + 1, serial)
        for place in range(2, 12):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            tried += swapped != number
            missed += swapped != number and is_number(swapped)
    assert tried > 10_000
    assert missed / tried < 0.005


@pytest.mark.parametrize(
    "typed", ["xa20250120037s", " XA 2025 012 0037 S ", "ＸＡ２０２５０１２００３７Ｓ", "XA-2025-012-0037-S"]
)
def test_people_may_type_it_their_way(typed: str) -> None:
    assert normalize_number(typed) == "XA20250120037S"


@pytest.mark.parametrize("typed", ["", "XA", "\0", "XA2025012003７S" * 9, "XB20250120037S", "' OR 1=1 --", "😀"])
def test_what_is_no_number_is_told_from_one(typed: str) -> None:
    assert parse_number(normalize_number(typed)) is None


@pytest.mark.parametrize(("class_serial", "serial"), [(0, 1), (1000, 1), (1, 0), (1, 10_000)])
def test_numbers_that_do_not_fit_are_refused(class_serial: int, serial: int) -> None:
    with pytest.raises(SerialOutOfRange):
        make_number(2026, class_serial, serial)
