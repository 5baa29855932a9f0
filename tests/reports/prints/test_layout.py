"""Seats, half-days and weeks: pure decisions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.reports.prints.layout import HalfDay, by_half_day, half_of, weeks_of
from academy.sites.rules.layout import MOST_COLUMNS, Layout, arrange, compute_layout, row_name
from tests.reports.prints.factories import make_session


@pytest.mark.parametrize(
    ("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_rows_go_on_after_z(number: int, name: str) -> None:
    assert row_name(number) == name


@given(st.integers(1, 3000))
def test_a_room_has_exactly_its_seats_each_once(capacity: int) -> None:
    layout = compute_layout(capacity)
    assert len(layout.seats) == len(set(layout.seats)) == capacity
    assert sum(layout.blocks) <= MOST_COLUMNS
    assert all(layout.blocks)
    assert max(layout.blocks) <= 4  # an aisle is never far
    last = layout.rows[-1]
    assert any(seat == f"{last}1" for seat in layout.seats)  # no row without a seat


def test_a_room_without_seats_is_an_error() -> None:
    with pytest.raises(ValueError, match="0"):
        compute_layout(0)


@given(st.lists(st.integers(0, 8), max_size=200))
def test_everybody_gets_one_seat_whatever_the_units(groups: list[int]) -> None:
    layout = compute_layout(max(len(groups), 1))
    people = list(range(len(groups)))
    placed = arrange(people, groups, layout)
    assert sorted(person for _, person in placed) == people
    assert [code for code, _ in placed] == layout.seats[: len(groups)]


def count_neighbors(placed: list[tuple[str, int]], layout: Layout) -> int:
    """How many pairs of the same group sit side by side or one behind the other."""
    by_seat = dict(placed)
    width, pairs = sum(layout.blocks), 0
    for row, name in enumerate(layout.rows):
        for column in range(1, width + 1):
            group = by_seat.get(f"{name}{column}")
            if group is None:
                continue
            pairs += group == by_seat.get(f"{name}{column + 1}")
            pairs += row + 1 < len(layout.rows) and group == by_seat.get(f"{layout.rows[row + 1]}{column}")
    return pairs


@pytest.mark.parametrize("sizes", [[10, 10, 10], [8, 7, 6, 5, 4], [20, 20, 20, 20], [12, 9, 7, 5, 3, 2, 1, 1]])
def test_people_of_one_unit_do_not_sit_together_when_it_can_be_avoided(sizes: list[int]) -> None:
    groups = [unit for unit, size in enumerate(sizes) for _ in range(size)]
    layout = compute_layout(len(groups))
    mixed = arrange(groups, groups, layout)
    in_order = list(zip(layout.seats, groups, strict=True))
    assert count_neighbors(mixed, layout) <= len(groups) // 20
    assert count_neighbors(mixed, layout) < count_neighbors(in_order, layout) / 10


def test_one_unit_alone_sits_as_it_must() -> None:
    layout = compute_layout(6)
    assert [code for code, _ in arrange("abcdef", ["u"] * 6, layout)] == layout.seats


def test_the_same_people_get_the_same_seats_again() -> None:
    groups = [unit % 5 for unit in range(60)]
    layout = compute_layout(60)
    assert arrange(range(60), groups, layout) == arrange(range(60), groups, layout)


@pytest.mark.parametrize(("hour", "half"), [(0, "上午"), (11, "上午"), (12, "下午"), (17, "下午"), (18, "晚上"), (23, "晚上")])
def test_a_session_belongs_to_the_half_day_in_which_it_begins(hour: int, half: str) -> None:
    assert half_of(hour) == half


def test_sessions_of_one_half_day_stand_together() -> None:
    sessions = [make_session(1, 0), make_session(2, 0), make_session(3, 0, "下午"), make_session(4, 1, "晚上")]
    halves = by_half_day(sessions)
    assert [(half.code, len(held)) for half, held in halves] == [
        ("2026-12-07-am", 2),
        ("2026-12-07-pm", 1),
        ("2026-12-08-eve", 1),
    ]
    assert halves[0][0] == HalfDay(date(2026, 12, 7), "上午")


def test_a_week_shows_monday_to_friday_and_the_weekend_only_when_used() -> None:
    weeks = weeks_of([make_session(1, 1), make_session(2, 5), make_session(3, 9)])
    assert [[day.day for day, _ in week] for week in weeks] == [[7, 8, 9, 10, 11, 12], [14, 15, 16, 17, 18]]
    assert [len(held) for _, held in weeks[0]] == [0, 1, 0, 0, 0, 1]


def test_no_sessions_are_no_weeks() -> None:
    assert weeks_of([]) == []
    assert by_half_day([]) == []
