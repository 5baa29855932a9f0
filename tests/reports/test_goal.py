"""The path to the goal says only what the data say."""

from datetime import date

import pytest

from academy.reports.rules.charts import HEAT_LEVELS, TILES, columns, heat_level, path_chart, round_step
from academy.reports.rules.goal import (
    ENOUGH_MONTHS,
    GOAL_PEOPLE,
    compute_forecast,
    compute_path,
    finding,
    months_left,
    next_step,
)
from academy.reports.rules.months import Month, count_by_month, months_through

TODAY = date(2026, 11, 23)


def test_months_run_over_the_turn_of_the_year() -> None:
    assert months_through(Month(2024, 11), Month(2025, 2)) == [(2024, 11), (2024, 12), (2025, 1), (2025, 2)]
    assert Month(2026, 1).plus(-1) == (2025, 12)
    assert count_by_month([date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]) == {(2026, 1): 2, (2026, 2): 1}


def test_nothing_is_forecast_from_too_few_months() -> None:
    recent = {Month.of(TODAY).plus(-n): 50 for n in range(1, ENOUGH_MONTHS)}
    path = compute_path(recent, TODAY)
    assert path.forecast is None
    assert str(finding(path)) == "已培养 250 人，离目标还有 29,750 人"
    assert "满 6 个月" in str(next_step(path))


def test_an_empty_installation_has_a_path_too() -> None:
    path = compute_path({}, TODAY)
    assert path.total == 0
    assert path.months[0] == (2024, 8)
    assert path_chart(path, is_phone=True).ahead is None


def test_a_steady_pace_is_carried_on() -> None:
    path = compute_path({Month(2025, 11).plus(n): 600 for n in range(12)}, TODAY)
    assert path.forecast is not None
    assert path.forecast.per_month == 600
    assert path.forecast.expected == round(7200 + 600 * months_left(TODAY))
    assert path.forecast.low80 == path.forecast.expected == path.forecast.high80
    assert str(finding(path)) == f"按现在的速度，到期会差 {GOAL_PEOPLE - path.forecast.expected:,} 人"


def test_the_pace_comes_from_the_last_twelve_complete_months_only() -> None:
    early = {Month(2024, 9).plus(n): 9000 for n in range(2)}
    recent = {Month(2025, 11).plus(n): 12 for n in range(12)}
    path = compute_path({**early, **recent, Month(2026, 11): 5000}, TODAY)
    assert path.forecast is not None
    assert (path.forecast.months_used, path.forecast.per_month) == (12, 12)


def test_an_uneven_pace_widens_the_interval() -> None:
    forecast = compute_forecast([0, 1200] * 6, 10_000, 25.0)
    assert forecast is not None
    assert forecast.low80 < forecast.low50 < forecast.expected < forecast.high50 < forecast.high80


def test_people_already_trained_cannot_get_lost() -> None:
    forecast = compute_forecast([0, 0, 0, 0, 0, 900], 5000, 100.0)
    assert forecast is not None
    assert forecast.low80 >= 5000


def test_more_than_the_goal_is_said_too() -> None:
    path = compute_path({Month(2025, 11).plus(n): 1500 for n in range(12)}, TODAY)
    assert str(finding(path)).startswith("按现在的速度，到期会多出")
    assert next_step(path) is None
    reached = compute_path({Month(2025, 1): 31_000}, TODAY)
    assert str(finding(reached)) == "目标已经达到：累计培养 31,000 人"


def test_after_the_last_day_nothing_is_left() -> None:
    assert months_left(date(2029, 3, 1)) == 0.0
    path = compute_path({Month(2028, 1).plus(n): 100 for n in range(12)}, date(2029, 1, 10))
    assert path.forecast is not None
    assert path.forecast.expected == path.total


@pytest.mark.parametrize("is_phone", [True, False])
@pytest.mark.parametrize("per_month", [1, 3, 600, 4000])
def test_every_drawn_point_stays_inside(is_phone: bool, per_month: int) -> None:
    chart = path_chart(compute_path({Month(2025, 11).plus(n): per_month for n in range(12)}, TODAY), is_phone=is_phone)
    assert chart.ahead is not None
    drawn = " ".join([chart.line, chart.ahead.line, chart.ahead.band80, chart.ahead.band50]).split()
    points = [tuple(map(float, pair.split(","))) for pair in drawn]
    assert points
    assert all(chart.frame.left <= x <= chart.frame.right for x, _ in points)
    assert all(0 <= y <= chart.frame.bottom for _, y in points)


@pytest.mark.parametrize(("top", "step"), [(0, 1), (1, 1), (7, 5), (30_000, 10_000), (33_000, 20_000), (95, 50)])
def test_grid_lines_are_round(top: int, step: int) -> None:
    assert round_step(top, 3) == step


def test_heat_has_a_level_for_nothing_and_five_for_something() -> None:
    assert [heat_level(n, 10) for n in (0, 1, 2, 3, 5, 8, 9, 10, 11)] == [0, 1, 1, 2, 3, 4, 5, 5, HEAT_LEVELS]
    assert heat_level(1, 1) == HEAT_LEVELS
    assert heat_level(3, 0) == 0


def test_sixteen_cities_stand_on_places_of_their_own() -> None:
    assert len(TILES) == len(set(TILES.values())) == 16


def test_columns_fill_the_height_and_know_where_passing_begins() -> None:
    drawn = columns(["<60", "60—79", "80—100"], [2, 4, 0], pass_from=1, width=300, height=100)
    assert [(c.height, c.y, c.is_pass) for c in drawn] == [(50, 50, False), (100, 0, True), (0, 100, True)]
    assert columns([], [], pass_from=0, width=10, height=10) == []
