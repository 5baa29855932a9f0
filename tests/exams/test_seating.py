"""Seats: each once, everybody one, people of one unit apart, the same for the same people."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.exams.rules.seating import Place, RoomPlan, compute_seats, count_neighbors, neighbors, seat_label

UNITS = st.lists(st.sampled_from([None, "甲", "乙", "丙", "丁"]), min_size=1, max_size=60)
ROOMS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 2)), min_size=1, max_size=4)


def plans(rooms: list[tuple[int, int]]) -> list[RoomPlan]:
    return [RoomPlan(number, capacity, gap) for number, (capacity, gap) in enumerate(rooms, 1)]


@settings(max_examples=150, deadline=None)
@given(UNITS, ROOMS)
def test_everybody_has_one_seat_that_is_there_or_nobody_has_any(units: list[str | None], rooms: list[tuple[int, int]]) -> None:
    there = [place for plan in plans(rooms) for place in plan.places]
    people = list(enumerate(units))
    if len(there) < len(people):
        with pytest.raises(ValueError, match="seats for"):
            compute_seats(people, plans(rooms))
        return
    seats = compute_seats(people, plans(rooms))
    assert set(seats) == set(range(len(people)))
    assert len(set(seats.values())) == len(seats)
    assert set(seats.values()) <= set(there)
    assert seats == compute_seats(people, plans(rooms))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 8), min_size=4, max_size=9), st.integers(0, 1))
def test_where_no_unit_is_large_nobody_sits_by_her_own(sizes: list[int], gap: int) -> None:
    """With five or more people of others for each of one's own there is always a place apart."""
    units = [f"单位{number}" for number, size in enumerate(sizes) for _ in range(min(size, sum(sizes) // 6 or 1))]
    room = RoomPlan(1, 400, gap)
    seats = compute_seats(list(enumerate(units)), [room])
    assert count_neighbors(((seats[id_], unit) for id_, unit in enumerate(units)), {1: gap}) == 0


@settings(max_examples=100, deadline=None)
@given(UNITS)
def test_it_is_never_worse_than_sitting_down_in_order(units: list[str | None]) -> None:
    room = RoomPlan(1, len(units))
    seats = compute_seats(list(enumerate(units)), [room])
    mixed = count_neighbors(((seats[id_], unit) for id_, unit in enumerate(units)), {1: 0})
    assert mixed <= count_neighbors(zip(room.places, sorted(units, key=str), strict=True), {1: 0})


def test_two_units_of_one_size_become_a_chessboard() -> None:
    room = RoomPlan(1, 24)
    units = ["甲"] * 12 + ["乙"] * 12
    seats = compute_seats(list(enumerate(units)), [room])
    assert count_neighbors(((seats[id_], unit) for id_, unit in enumerate(units)), {1: 0}) == 0


def test_who_is_seated_stays_and_new_people_come_to_free_seats() -> None:
    room = RoomPlan(1, 10)
    first = compute_seats([(1, "甲"), (2, "乙")], [room])
    kept = {first[1]: "甲", first[2]: "乙"}
    second = compute_seats([(3, "甲")], [room], kept)
    assert second[3] not in kept
    assert second[3] not in neighbors(first[1], 0)


def test_a_gap_leaves_columns_free() -> None:
    assert {place.column for place in RoomPlan(1, 40, gap=1).places} == {1, 3, 5, 7}
    assert seat_label(2, 3) == "B3"
    assert Counter(place.room for place in RoomPlan(7, 5).places) == {7: 5}
    assert Place(1, 1, 1) in neighbors(Place(1, 1, 3), 1)
