"""Personal data is unreadable in the database and masked on screen."""

import pytest
from cryptography.exceptions import InvalidTag

from academy.core.sealed import blind_index, mask_id_number, mask_mobile, mask_name, seal, unseal


def test_the_same_text_seals_differently_and_comes_back() -> None:
    first, second = seal(b"370000199001010011"), seal(b"370000199001010011")
    assert first != second
    assert b"370000" not in first
    assert unseal(first) == unseal(second) == b"370000199001010011"


def test_an_altered_seal_is_refused() -> None:
    sealed = bytearray(seal(b"secret"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed))


def test_a_blind_index_is_stable_and_tells_values_apart() -> None:
    assert blind_index("a") == blind_index("a") != blind_index("b")


@pytest.mark.parametrize(
    ("value", "masked"),
    [("370000199001011892", "370000••••••••1892"), ("", ""), (None, ""), ("12345", "•••••")],
)
def test_an_id_number_is_masked(value: str | None, masked: str) -> None:
    assert mask_id_number(value) == masked


def test_a_mobile_is_masked() -> None:
    assert mask_mobile("19900009834") == "199••••9834"


@pytest.mark.parametrize(
    ("name", "masked"),
    [("孙婷婷", "孙＊婷"), ("李昉", "李＊"), ("司徒明远", "司＊明远"), ("古丽娜尔·买买提", "古＊娜尔·买买提"), ("", "＊")],
)
def test_a_name_is_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked
