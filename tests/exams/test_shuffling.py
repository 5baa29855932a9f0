"""The order in which a candidate sees a paper."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.exams.rules.kinds import LETTERS, QuestionKind
from academy.exams.rules.shuffling import (
    LANES,
    Shuffle,
    Slot,
    lane_of,
    may_shuffle_options,
    order_options,
    order_positions,
)

SEEDS = st.integers(1, 2**31 - 1)
AROUND = [step for step in product((-1, 0, 1), repeat=2) if step != (0, 0)]


def section(count: int, name: str = "single", first: int = 1) -> list[Slot]:
    return [Slot(position, name, str(position)) for position in range(first, first + count)]


def test_the_eight_seats_around_a_candidate_have_other_lanes() -> None:
    for row, column in product(range(2, 8), repeat=2):
        assert all(lane_of(row, column) != lane_of(row + down, column + right) for down, right in AROUND)


@given(SEEDS, st.integers(1, 90), st.none() | st.integers(0, LANES - 1))
def test_every_question_is_there_once_and_always_at_the_same_place(seed: int, count: int, lane: int | None) -> None:
    shuffle = Shuffle("sitting", seed, lane)
    order = order_positions(section(count), shuffle)
    assert sorted(order) == list(range(1, count + 1))
    assert order == order_positions(section(count), shuffle)


@given(st.lists(SEEDS, min_size=LANES, max_size=LANES), st.integers(4, 90))
def test_neighbours_never_see_the_same_question_at_the_same_number(seeds: list[int], count: int) -> None:
    orders = [order_positions(section(count), Shuffle("sitting", seed, lane)) for lane, seed in enumerate(seeds)]
    assert all(len(set(at_one_number)) == LANES for at_one_number in zip(*orders, strict=True))


@given(st.lists(SEEDS, min_size=LANES, max_size=LANES), st.integers(4, 12))
def test_neighbours_never_see_the_same_option_under_the_same_letter(seeds: list[int], count: int) -> None:
    orders = [order_options(3, count, Shuffle("sitting", seed, lane)) for lane, seed in enumerate(seeds)]
    assert all(len(set(under_one_letter)) == LANES for under_one_letter in zip(*orders, strict=True))
    assert {"".join(sorted(order)) for order in orders} == {LETTERS[:count]}


@pytest.mark.parametrize("count", [2, 3])
def test_of_two_or_three_whoever_sits_beside_before_or_behind_begins_elsewhere(count: int) -> None:
    for (row, column), (down, right) in product(product(range(4), repeat=2), ((0, 1), (1, 0))):
        mine = order_options(1, count, Shuffle("sitting", 5, lane_of(row, column)))
        hers = order_options(1, count, Shuffle("sitting", 6, lane_of(row + down, column + right)))
        assert all(a != b for a, b in zip(mine, hers, strict=True))


def test_questions_stay_in_their_section_and_the_parts_of_a_case_together_and_in_order() -> None:
    case = [Slot(30 + n, "case", f"case-{n // 3}") for n in range(12)]
    slots = [*section(20), *section(9, "multiple", 21), *case]
    order = order_positions(slots, Shuffle("sitting", 78))
    assert sorted(order[:20]) == list(range(1, 21))
    assert sorted(order[20:29]) == list(range(21, 30))
    assert order[29:] != list(range(30, 42))
    parts = [order[29 + at : 32 + at] for at in range(0, 12, 3)]
    assert sorted(parts) == [[30, 31, 32], [33, 34, 35], [36, 37, 38], [39, 40, 41]]


def test_without_a_seed_the_paper_is_as_printed() -> None:
    assert order_positions(section(5), Shuffle("sitting", 0, 3)) == [1, 2, 3, 4, 5]
    assert order_options(1, 4, Shuffle("sitting", 0, 3)) == "ABCD"


def test_two_candidates_without_seats_see_different_orders() -> None:
    orders = {tuple(order_positions(section(60), Shuffle("sitting", seed))) for seed in range(1, 50)}
    assert len(orders) == 49


@pytest.mark.parametrize(
    ("kind", "options", "allowed"),
    [
        (QuestionKind.SINGLE, ("尊重", "接纳", "保密", "自决"), True),
        (QuestionKind.SINGLE, ("尊重", "接纳", "以上都对"), False),
        (QuestionKind.SINGLE, ("尊重", "接纳", "A和B"), False),
        (QuestionKind.SINGLE, ("respect", "acceptance", "None of the above"), False),
        (QuestionKind.ORDERING, ("接案", "预估", "计划"), True),
        (QuestionKind.MATCHING, ("个案", "小组", "社区"), True),
        (QuestionKind.TRUE_FALSE, (), False),
        (QuestionKind.SINGLE, ("“三社”联动", "AB 角制度", "U and I"), True),
    ],
)
def test_options_that_speak_of_others_stay_where_they_are(kind: QuestionKind, options: tuple[str, ...], allowed: bool) -> None:
    assert may_shuffle_options(kind, options, keeps_order=False) is allowed
    assert not may_shuffle_options(kind, options, keeps_order=True)
