"""When two texts are the same answer, and what must not be damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules.texts import fold


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Ａ（１００％）", "a(100%)"),
        ("，；：", ",;:"),
        ("社会　工作", "社会工作"),
        ("社会 工作", "社会工作"),
        ("共 5 个", "共5个"),
        ("social   work", "social work"),
        ("接纳、保密。", "接纳,保密."),
        ("“助人自助”", '"助人自助"'),
        ("「助人自助」", '"助人自助"'),
        ("2024——2026", "2024-2026"),
        ("马克思·恩格斯", "马克思・恩格斯"),
        ("等等……", "等等..."),
        ("\u00a0 DNA\t\n", "dna"),
        ("ﾊﾞ", "バ"),
    ],
)
def test_ways_of_writing_the_same(written: str, plain: str) -> None:
    assert fold(written) == fold(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("①", "1"),
        ("½", "1/2"),
        ("½", "1⁄2"),
        ("m²", "m2"),
        ("㎡", "m2"),
        ("H₂O", "H2O"),
        ("〇", "0"),
        ("臺", "台"),
        ("ab", "a b"),
    ],
)
def test_what_must_not_become_the_same(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_signs_stay_as_they_are_amid_others() -> None:
    assert fold("（①）½ｍ²㎡") == "(①)½m²㎡"


def test_a_question_may_opt_out() -> None:
    assert fold(" Ａ。 ", as_written=True) == "Ａ。"
    assert fold("Dna", case_sensitive=True) != fold("DNA", case_sensitive=True)


WIDE = {32: 0x3000, **{code: code + 0xFEE0 for code in range(0x21, 0x7F)}}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_full_width_writing_is_the_same(text: str) -> None:
    assert fold(text.translate(WIDE)) == fold(text) == fold(f"\n {text}\u3000")


@given(st.text(max_size=60))
def test_nothing_that_is_written_breaks_the_folding(text: str) -> None:
    fold(text)
