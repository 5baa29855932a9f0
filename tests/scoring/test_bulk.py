"""Marks in bulk equal the Decimal scorer's, paper by paper and item by item, for every kind and every method."""

from decimal import Decimal
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers, dump_texts
from academy.scoring.rules import Item, Scorer
from academy.scoring.rules.bulk import as_table, mark_table
from tests.scoring.test_marking_rule import RULE

LETTERS = st.sets(st.sampled_from("ABCDE")).map(lambda chosen: "".join(sorted(chosen)))
BLANKS = dump_blanks(((AcceptedText("保密"), AcceptedText("守密", Decimal("0.3"))), (AcceptedText("½"),)))
NUMBERS = dump_numbers((AcceptedNumber(Decimal("-11.7"), Decimal("0.02")), AcceptedNumber(Decimal(-12), share=Decimal("0.33"))))
METHODS: list[dict[str, Any] | None] = [
    None,
    {"method": "exact"},
    {"method": "right_minus_wrong", "least": "-0.37"},
    {"method": "weights", "weights": {"A": "0.333", "B": "-0.25"}},
    {"method": "no_wrong_option", "per_right": "1/k"},
]
CHOICES = st.builds(
    lambda kind, key, marks, scoring, options: Item(0, kind, key, Decimal(marks) / 4, scoring, options),
    st.sampled_from(["single", "multiple"]),
    LETTERS,
    st.integers(1, 12),
    st.sampled_from(METHODS),
    st.sampled_from([0, 4, 5]),
)
OTHERS = st.sampled_from(
    [
        Item(0, "true_false", "T", Decimal(1)),
        Item(0, "ordering", "CABD", Decimal(2)),
        Item(0, "ordering", "CABD", Decimal(1), {"method": "longest"}),
        Item(0, "matching", "BAAC", Decimal("1.5"), {"method": "right_minus_wrong"}),
        Item(0, "short_text", BLANKS, Decimal(1)),
        Item(0, "numeric", NUMBERS, Decimal(1)),
        Item(0, "essay", "", Decimal(10)),
    ]
)
RESPONSES = {
    "single": LETTERS | st.sampled_from(["é", "?"]),
    "multiple": LETTERS,
    "true_false": st.sampled_from(["T", "F", ""]),
    "ordering": st.permutations("ABCD").map("".join) | st.sampled_from(["", "CA"]),
    "matching": st.text("ABC-", min_size=4, max_size=4) | st.just(""),
    "short_text": st.tuples(st.sampled_from(["保密", "守密", ""]), st.sampled_from(["½", "1/2"])).map(dump_texts)
    | st.just("["),
    "numeric": st.sampled_from(["-11.72", "−11.7", "-12", "frog", ""]),
    "essay": st.text(max_size=5),
}


@settings(max_examples=100)
@given(st.data())
def test_they_are_equal_to_the_hundredth(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(CHOICES | OTHERS, min_size=1, max_size=6))
    items = [Item(place, i.kind, i.key, i.marks, i.scoring, i.options) for place, i in enumerate(drawn, 1)]
    sheet = st.fixed_dictionaries({}, optional={i.position: RESPONSES[i.kind] for i in items})
    responses = data.draw(st.lists(sheet, min_size=1, max_size=8))
    found = mark_table(Scorer(RULE, items), as_table(responses, [i.position for i in items]))
    expected = [Scorer(RULE, items).score(one) for one in responses]
    assert [[Decimal(int(mark)).scaleb(-2) for mark in row] for row in found] == [list(one.item_marks) for one in expected]
    assert [Decimal(int(total)).scaleb(-2) for total in found.sum(axis=1)] == [one.total for one in expected]


def test_a_sitting_without_papers_has_no_marks() -> None:
    items = [Item(1, "single", "A", Decimal(1))]
    assert mark_table(Scorer(RULE, items), as_table([], [1])).shape == (0, 1)
    assert mark_table(Scorer(RULE, []), np.empty((3, 0), dtype="S1")).shape == (3, 0)
