"""The national rule against every possible key and response, and against published counts."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules import NATIONAL, Amount, Item, ItemRule, MarkingRule, Method, Scorer, compute_mark, has_passed

OPTIONS = "ABCDE"
TWO = Decimal(2)
RULE = MarkingRule.from_parameters("national", NATIONAL)
EVERY_RESPONSE = ["".join(chosen) for size in range(6) for chosen in combinations(OPTIONS, size)]
EVERY_KEY = [key for key in EVERY_RESPONSE if 2 <= len(key) <= 4]


def _counts(rule: ItemRule, keys: list[str]) -> dict[Decimal, int]:
    return dict(Counter(compute_mark(rule, key=k, response=r, marks=TWO) for k in keys for r in EVERY_RESPONSE))


def _as_decimals(counts: dict[str, int]) -> dict[Decimal, int]:
    return {Decimal(mark): number for mark, number in counts.items()}


def test_all_keys_and_all_responses_give_the_published_counts() -> None:
    assert len(EVERY_KEY) == 25
    assert len(EVERY_RESPONSE) == 32
    assert _counts(RULE.items["multiple"], EVERY_KEY) == _as_decimals({"0": 625, "0.5": 70, "1": 60, "1.5": 20, "2": 25})


def test_the_counts_hold_for_each_size_of_key() -> None:
    expected = {
        2: {"0": 290, "0.5": 20, "2": 10},
        3: {"0": 250, "0.5": 30, "1": 30, "2": 10},
        4: {"0": 85, "0.5": 20, "1": 30, "1.5": 20, "2": 5},
    }
    for size, counts in expected.items():
        keys = [key for key in EVERY_KEY if len(key) == size]
        assert _counts(RULE.items["multiple"], keys) == _as_decimals(counts)


def test_the_exact_rule_gives_the_published_counts() -> None:
    assert _counts(ItemRule(Method.EXACT), EVERY_KEY) == _as_decimals({"0": 775, "2": 25})


def test_a_single_item_is_right_or_wrong() -> None:
    one = Decimal(1)
    marks = [compute_mark(RULE.items["single"], key="B", response=r, marks=one) for r in ("B", "A", "", "AB")]
    assert marks == [1, 0, 0, 0]


def test_marks_are_decimals_that_no_float_has_touched() -> None:
    assert RULE.items["multiple"].per_right == Amount(Fraction(1, 2))
    mark = compute_mark(RULE.items["multiple"], key="ABCD", response="ABC", marks=TWO)
    assert isinstance(mark, Decimal)
    assert mark == Decimal("1.5")


@given(st.sets(st.sampled_from(OPTIONS), min_size=1), st.sets(st.sampled_from(OPTIONS)), st.integers(1, 6))
def test_no_response_beats_an_exact_one_and_none_is_below_zero(key: set[str], response: set[str], marks: int) -> None:
    for kind in ("single", "multiple"):
        mark = compute_mark(RULE.items[kind], kind=kind, key="".join(key), response="".join(response), marks=Decimal(marks))
        assert 0 <= mark <= marks
        assert (mark == marks) or response != key


@given(st.lists(st.tuples(st.sampled_from(EVERY_KEY), st.sampled_from(EVERY_RESPONSE)), max_size=30))
def test_the_sum_of_the_items_is_the_total(pairs: list[tuple[str, str]]) -> None:
    items = [Item(n, "multiple" if n % 3 else "single", key, TWO) for n, (key, _) in enumerate(pairs)]
    score = Scorer(RULE, items).score({n: response for n, (_, response) in enumerate(pairs)})
    assert sum(score.item_marks, Decimal(0)) == score.total


def test_the_pass_mark_is_reached_exactly_or_not() -> None:
    assert has_passed(Decimal(60), full=Decimal(100), pass_mark=Decimal(60))
    assert not has_passed(Decimal("59.99"), full=Decimal(100), pass_mark=Decimal(60))
    assert has_passed(Decimal(20), full=Decimal(30), pass_mark=Decimal("66.66"))
    assert Fraction(20, 30) > Fraction(6666, 10000)
