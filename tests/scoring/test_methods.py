"""Every marking method against published counts and by hand; what a rule cannot say is refused when it is entered."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers, dump_texts
from academy.exams.rules.kinds import ON_PAPER, QuestionKind
from academy.scoring.rules import NATIONAL, Item, ItemRule, MarkingRule, Scorer, UnreadableRule, compute_mark
from academy.scoring.rules.credit import earned
from tests.scoring.test_marking_rule import EVERY_KEY, EVERY_RESPONSE, RULE

TWO = Decimal(2)
BY_SHARES = {"method": "right_minus_wrong"}
STRICT = {"method": "right_minus_wrong", "per_wrong": "100%"}


def mark(
    given: dict[str, Any], key: str, response: str, *, kind: str = "multiple", marks: str = "2", options: int = 5
) -> Decimal:
    rule = ItemRule.parse(kind, given)
    return compute_mark(rule, kind=kind, key=key, response=response, marks=Decimal(marks), options=options)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (NATIONAL["multiple"], {"0": 625, "1/2": 70, "1": 60, "3/2": 20, "2": 25}),
        (BY_SHARES, {"0": 450, "1/2": 50, "2/3": 100, "1": 100, "4/3": 50, "3/2": 25, "2": 25}),
        ({"method": "exact"}, {"0": 775, "2": 25}),
        (STRICT, {"0": 625, "1/2": 20, "2/3": 30, "1": 50, "4/3": 30, "3/2": 20, "2": 25}),
    ],
)
def test_25_keys_and_32_responses_give_the_published_counts(given: dict[str, Any], expected: dict[str, int]) -> None:
    rule = ItemRule.parse("multiple", given)
    counts = Counter(
        earned(rule, kind="multiple", key=key, response=response, marks=Fraction(2), options=5)
        for key in EVERY_KEY
        for response in EVERY_RESPONSE
    )
    assert counts == {Fraction(mark): number for mark, number in expected.items()}


def test_thirds_are_rounded_once_and_half_up() -> None:
    assert mark(BY_SHARES, "ABC", "A") == Decimal("0.67")
    assert mark(BY_SHARES, "ABC", "AB") == Decimal("1.33")
    assert mark(BY_SHARES, "ABC", "ABC") == TWO
    assert mark({"method": "weights", "weights": {"A": "0.125"}}, "AB", "A", marks="1") == Decimal("0.13")


def test_bounds_hold_below_and_above() -> None:
    assert mark({**STRICT, "least": "-0.5"}, "AB", "CDE") == -1
    assert mark({**STRICT, "least": "-0.5"}, "AB", "") == 0
    assert mark({"method": "no_wrong_option", "per_right": "1.5", "most": "0.75"}, "ABC", "AB") == Decimal("1.5")
    assert mark({"method": "no_wrong_option", "per_right": "1.5", "most": "0.75"}, "ABC", "ABC") == 2
    assert mark({"method": "right_minus_wrong", "per_wrong": "1/w"}, "AB", "AC") == Decimal("0.33")


def test_options_have_weights_of_their_own() -> None:
    weighted = {"method": "weights", "weights": {"A": "0.7", "C": "0.3", "B": "-0.5"}, "other": "-0.1"}
    marks = [mark(weighted, "AC", r, marks="10") for r in ("A", "C", "AC", "AB", "AD", "B", "", "ABC")]
    assert marks == [7, 3, 10, 2, 6, 0, 0, 5]
    partly = {"method": "weights", "weights": {"A": "1", "B": "0.5"}}
    assert [mark(partly, "A", r, kind="single") for r in ("A", "B", "C", "AB")] == [2, 1, 0, 0]


def test_moodle_thirds_make_a_whole() -> None:
    thirds = {"method": "weights", "weights": dict.fromkeys("ABC", "0.3333333")}
    assert mark(thirds, "ABC", "ABC", marks="1") == 1


def test_true_or_false() -> None:
    assert [mark({"method": "exact"}, "T", r, kind="true_false") for r in ("T", "F", "", "TF")] == [2, 0, 0, 0]


def test_matching_gives_a_share_for_each_pair() -> None:
    pairs = {"method": "pairs"}
    marks = [mark(pairs, "BAAC", r, kind="matching") for r in ("BAAC", "ABAC", "B-AC", "----", "C---", "BAA")]
    assert marks == [2, 1, Decimal("1.5"), 0, 0, 0]
    assert mark({"method": "right_minus_wrong"}, "BAAC", "BACC", kind="matching") == 1
    assert mark({"method": "exact"}, "BAAC", "AABC", kind="matching") == 0
    assert mark(pairs, "BA-", "BAC", kind="matching") == 2  # two pairs; the third prompt has no partner
    assert mark({**pairs, "per_wrong": "1/k"}, "BA-", "BAC", kind="matching") == 1


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("exact", [4, 0, 0, 0, 0]),
        ("positions", [4, 0, 2, 0, Decimal("0.8")]),
        ("neighbors", [4, 3, Decimal("1"), 0, 2]),
        ("longest", [4, 3, 3, 0, 2]),
    ],
)
def test_orders_earn_their_share(method: str, expected: list[Decimal]) -> None:
    responses = ["ABCDE", "BCDEA", "ABDCE", "EDCBA", "ABC"]
    key = "ABCDE"
    marks = [mark({"method": method}, key, r, kind="ordering", marks="4") for r in responses]
    if method == "positions":
        expected = [Decimal(4), Decimal(0), Decimal("2.4"), Decimal("0.8"), Decimal("2.4")]
    assert marks == expected


def test_of_every_order_only_the_right_one_is_whole() -> None:
    for method in ("positions", "neighbors", "longest"):
        whole = [p for p in permutations("ABCD") if mark({"method": method}, "CABD", "".join(p), kind="ordering") == 2]
        assert whole == [tuple("CABD")]


def text_mark(given: dict[str, Any], key: tuple[tuple[AcceptedText, ...], ...], *texts: str) -> Decimal:
    return mark(given, dump_blanks(key), dump_texts(texts), kind="short_text", marks="3")


def test_blanks_count_the_same_and_synonyms_once() -> None:
    principles = tuple(
        AcceptedText(text, group=group)
        for text, group in (("接纳", "接纳"), ("悦纳", "接纳"), ("保密", "保密"), ("案主自决", "自决"), ("自决", "自决"))
    )
    key = (principles, principles, principles)
    blanks = {"method": "blanks"}
    assert text_mark(blanks, key, "保密", "接纳", "自决") == 3
    assert text_mark(blanks, key, "接纳", "悦纳", "接纳") == 1
    assert text_mark(blanks, key, "案主自决", "自决", "保密") == 2
    assert text_mark(blanks, key, "", "", "") == 0
    assert text_mark({"method": "exact"}, key, "保密", "接纳", "悦纳") == 0
    assert text_mark({"method": "exact"}, key, "保密", "接纳", "自决") == 3


def test_groups_that_are_named_alike_by_chance_are_not_one() -> None:
    key = ((AcceptedText("个案", group="1"),), (AcceptedText("小组", group="1"),))
    assert text_mark({"method": "blanks"}, key, "个案", "小组") == 3


def test_words_within_a_text_count_when_the_question_says_so() -> None:
    half = Decimal("0.5")
    key = ((AcceptedText("接纳", half, "a"), AcceptedText("悦纳", half, "a"), AcceptedText("保密", half, "b")),)
    keywords = {"method": "blanks", "contains": True}
    assert text_mark(keywords, key, "要接纳，也要悦纳") == Decimal("1.5")
    assert text_mark(keywords, key, "接纳并保密") == 3
    assert text_mark({"method": "blanks"}, key, "接纳并保密") == 0


def test_writing_counts_when_the_question_says_so() -> None:
    key = ((AcceptedText("DNA（脱氧核糖核酸）"),),)
    assert text_mark({"method": "blanks"}, key, " dna(脱氧 核糖核酸) ") == 3
    assert text_mark({"method": "blanks", "case_sensitive": True}, key, "dna(脱氧核糖核酸)") == 0
    assert text_mark({"method": "blanks", "as_written": True}, key, "DNA(脱氧核糖核酸)") == 0
    assert text_mark({"method": "blanks", "as_written": True}, key, " DNA（脱氧核糖核酸）") == 3


def test_numbers_with_shares_and_units() -> None:
    key = dump_numbers(
        (AcceptedNumber(Decimal(1000), unit="m"), AcceptedNumber(Decimal(1000), Decimal(50), share=Decimal("0.5"), unit="m"))
    )
    numbers = {"method": "numbers"}
    marks = [mark(numbers, key, r, kind="numeric") for r in ("1,000.00 m", "１０００", "1020m", "1000 km", "frog", "1000 M")]
    assert marks == [2, 2, 1, 0, 0, 0]
    assert mark({**numbers, "needs_unit": True}, key, "1000", kind="numeric") == 0
    assert mark({"method": "exact"}, key, "1020 m", kind="numeric") == 0
    assert mark(numbers, key, key, kind="numeric") == 0


def test_the_dated_rule_knows_every_kind_that_stands_on_a_paper() -> None:
    for kind in set(ON_PAPER) - {QuestionKind.CASE}:  # a case stands there as its parts
        assert kind in NATIONAL
        assert kind in RULE.items
        assert kind in MarkingRule.from_parameters("older", {"single": {"method": "exact"}}).items


def test_a_question_overrides_the_rule_of_its_kind() -> None:
    items = [Item(1, "multiple", "AB", TWO), Item(2, "multiple", "AB", TWO, {"method": "exact"}), Item(3, "essay", "", TWO)]
    scorer = Scorer(RULE, items)
    assert scorer.score({1: "A", 2: "A", 3: "说理"}).item_marks == (Decimal("0.5"), Decimal(0), Decimal(0))
    given = scorer.score({1: "A", 2: "AB", 3: "说理"}, {1: Decimal(9), 3: Decimal("1.5")})
    assert (given.automatic, given.given, given.total) == (Decimal("2.5"), Decimal("1.5"), Decimal(4))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("multiple", {}),
        ("multiple", {"method": "guess"}),
        ("multiple", {"method": "pairs"}),
        ("matching", {"method": "weights"}),
        ("case", {"method": "exact"}),
        ("multiple", {"method": "no_wrong_option", "per_right": "half"}),
        ("multiple", {"method": "no_wrong_option", "per_right": "NaN"}),
        ("multiple", {"method": "no_wrong_option", "per_right": "1e999999999"}),
        ("multiple", {"method": "right_minus_wrong", "least": "2"}),
        ("multiple", {"method": "right_minus_wrong", "most": "1.5"}),
        ("multiple", {"method": "weights", "weights": ["A"]}),
        ("multiple", []),
    ],
)
def test_rules_that_cannot_be_applied_are_refused_by_position(kind: str, given: Any) -> None:
    with pytest.raises(UnreadableRule):
        ItemRule.parse(kind, given)
    if given:
        with pytest.raises(UnreadableRule) as refused:
            Scorer(RULE, [Item(7, kind, "AB", TWO, given)])
        assert refused.value.position == 7


@pytest.mark.parametrize("kind", ["short_text", "numeric"])
@pytest.mark.parametrize("key", ["A", "{}", "[1]", '[["x"]]', '[[["x","y","z"]]]', '[["1","a","nominal","1",""]]', "null"])
def test_keys_that_cannot_be_read_are_refused_by_position(kind: str, key: str) -> None:
    with pytest.raises(UnreadableRule) as refused:
        Scorer(RULE, [Item(7, kind, key, TWO)])
    assert refused.value.position == 7


LETTERS = st.sets(st.sampled_from("ABCDE")).map(lambda chosen: "".join(sorted(chosen)))
AMOUNTS = st.sampled_from(["0", "0.5", "1/k", "1/w", "25%", "3", "100%"])


@given(
    st.sampled_from(["exact", "no_wrong_option", "right_minus_wrong", "weights"]),
    AMOUNTS,
    AMOUNTS,
    LETTERS.filter(bool),
    LETTERS,
    st.sampled_from(["0", "-1", "-0.5"]),
)
def test_no_method_gives_more_than_an_exact_answer_or_less_than_its_bound(
    method: str, per_right: str, per_wrong: str, key: str, response: str, least: str
) -> None:
    given = {
        "method": method, "per_right": per_right, "per_wrong": per_wrong, "least": least,
        "weights": {"A": "0.9", "B": "0.8", "C": "-3"},
    }  # fmt: skip
    got = mark(given, key, response)
    assert Decimal(least) * 2 <= got <= 2
    assert got == 2 or response != key
    assert got == 0 or response
    assert got == round(got, 2)
