"""What is still needed, by when, and which open classes close the gap."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from academy.attendance import queries
from academy.attendance.rules import (
    HoursRule,
    Option,
    Period,
    Requirement,
    Shortfall,
    Span,
    choose_classes,
    compute_requirements,
    parse_rules,
)
from academy.core.data import data_rows
from academy.people.rules import HeldLevel
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState
from tests.attendance.hours_factories import INTERMEDIATE, JUNIOR, give_period, make_keeper, make_registered, write_down
from tests.enrollment.factories import put_in
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_world

RULES = parse_rules(data_rows("ce_rules.csv"))
PERIOD = Period(INTERMEDIATE, date(2024, 3, 1), date(2027, 2, 28))
NOVEMBER = date(2026, 11, 23)


def required(
    level: HeldLevel, period: Period | None, division: str | None = "371602", day: date = NOVEMBER
) -> list[tuple[str, int, date]]:
    found = compute_requirements(RULES, level=level, division_code=division, period=period, day=day)
    return [(one.rule.scope, one.rule.hours, one.last) for one in found]


@pytest.mark.parametrize(
    ("level", "period_hours", "year_hours"), [("junior", 72, 24), ("intermediate", 90, 30), ("senior", 90, 30)]
)
def test_both_rules_hold_side_by_side(level: str, period_hours: int, year_hours: int) -> None:
    period = PERIOD._replace(level=HeldLevel(level))
    assert required(HeldLevel(level), period) == [
        ("shandong", year_hours, date(2026, 12, 31)), ("national", period_hours, date(2027, 2, 28)),
    ]  # fmt: skip


def test_the_level_of_the_registration_counts_not_a_later_one() -> None:
    junior = PERIOD._replace(level=JUNIOR)
    assert [hours for _, hours, _ in required(INTERMEDIATE, junior)] == [24, 72]


def test_the_provinces_rule_is_for_the_province() -> None:
    assert required(INTERMEDIATE, PERIOD, division="640100") == [("national", 90, date(2027, 2, 28))]
    assert len(required(INTERMEDIATE, PERIOD, division=None)) == 2


def test_without_a_period_only_the_year_counts_and_without_a_level_nothing() -> None:
    assert required(INTERMEDIATE, None) == [("shandong", 30, date(2026, 12, 31))]
    assert required(HeldLevel.NONE, None) == []


def test_a_new_rule_does_not_make_a_running_span_stricter() -> None:
    rows = data_rows("ce_rules.csv")
    stricter = [{**row, "valid_from": "2026-06-01", "hours": "120"} for row in rows if row["level"] == "intermediate"]
    rules = parse_rules([*rows, *stricter])

    def hours(day: date, period: Period) -> list[int]:
        found = compute_requirements(rules, level=INTERMEDIATE, division_code="371602", period=period, day=day)
        return sorted(one.rule.hours for one in found)

    assert hours(NOVEMBER, PERIOD) == [30, 90]
    assert hours(date(2027, 3, 1), Period(INTERMEDIATE, date(2027, 3, 1), date(2030, 2, 28))) == [120, 120]


def test_another_reading_of_the_hour_is_a_row_not_code() -> None:
    row = {**data_rows("ce_rules.csv")[1], "minutes_per_hour": "60"}
    assert parse_rules([row])[0].minutes == 90 * 60
    assert all(rule.minutes == rule.hours * 45 for rule in RULES)


def test_the_year_turns_at_midnight_in_shandong(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    late = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # 00:30 on 1 January in Shandong
    write_down(learner, 5, date(2026, 12, 31), keeper, late)
    write_down(learner, 7, date(2027, 1, 1), keeper, late)
    before = queries.standing_of(learner, now=late - timedelta(hours=1))
    after = queries.standing_of(learner, now=late)
    assert [(one.requirement.last.year, one.credited) for one in before.shortfalls] == [(2026, 5 * 45)]
    assert [(one.requirement.last.year, one.credited) for one in after.shortfalls] == [(2027, 7 * 45)]


def test_a_leap_day_lies_in_its_period(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now, starts_on=date(2024, 2, 29))
    write_down(learner, 9, date(2024, 2, 29), keeper, now)
    [period] = [one for one in queries.standing_of(learner, now=now).shortfalls if one.requirement.rule.span is Span.PERIOD]
    assert (period.credited, period.deadline) == (9 * 45, date(2027, 2, 28))


def test_a_person_without_a_period_is_told_what_to_do(session: Session, now: datetime) -> None:
    standing = queries.standing_of(make_registered(now), now=now)
    assert standing.period is None
    assert "请把登记证上的起止日期告诉教务" in str(standing.advice)
    assert "还差 30 学时" in str(standing.sentence)
    nobody = queries.standing_of(make_registered(now, level=HeldLevel.NONE), now=now)
    assert "还没有登记职业水平等级" in str(nobody.advice)
    assert nobody.shortfalls == ()


def test_an_expired_registration_says_so(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now, starts_on=date(2023, 11, 1))
    assert "2026年10月31日" in str(queries.standing_of(learner, now=now).advice)


def teach(world: World, now: datetime, hours: int, day: date = FIRST_DAY, **given_: Any) -> TrainingClass:
    found = make_class(world, now=now, starts_on=day, ends_on=day + timedelta(days=4), **given_)
    for place in range(hours // 4):
        make_session(found, at(day + timedelta(days=place // 2), 8 if place % 2 else 14), minutes=180)
    if hours % 4:
        make_session(found, at(day + timedelta(days=4), 8), minutes=hours % 4 * 45)
    return found


def test_the_open_classes_that_she_may_enroll_in_and_that_close_the_gap(session: Session, now: datetime) -> None:
    world = make_world()
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now)
    write_down(learner, 90, date(2025, 5, 1), keeper, now)  # the period is met, the year is not
    big, small = teach(world, now, 32), teach(world, now, 16, day=FIRST_DAY + timedelta(days=7))
    teach(world, now, 40, audience=["P01"])  # not for her
    teach(world, now, 40, enroll_closes_at=now - timedelta(hours=1))  # too late
    teach(world, now, 40, state=ClassState.APPROVED)  # not open
    too_late = teach(world, now, 40, day=date(2027, 1, 4))  # after the year's end
    standing = queries.standing_of(learner, now=now)
    assert [one.found for one in standing.picked] == [big]
    assert [one.found for one in standing.others] == [small]
    assert "报下面这 1 个班" in str(standing.way_out)
    assert too_late not in [one.found for one in standing.suggestions]
    put_in(big, learner, actor=world.manager, now=now)
    booked = queries.standing_of(learner, now=now)
    assert booked.shortfalls[0].booked == 32 * 45
    assert "上完就够" in str(booked.way_out)
    assert booked.suggestions == ()


def test_nothing_that_helps_is_said_plainly(session: Session, now: datetime) -> None:
    world, learner = make_world(), make_registered(now)
    assert "现在没有您能报的班" in str(queries.standing_of(learner, now=now).way_out)
    teach(world, now, 8)
    standing = queries.standing_of(learner, now=now)
    assert "现在开放的班不够：报下面这 1 个之后仍差 22 学时" in str(standing.way_out)


# ---------- the choice, by brute force ----------

DAYS = [date(2026, 12, day) for day in range(1, 29)]
RULE = HoursRule("r", "s", INTERMEDIATE, Span.YEAR, 30, 45, "", date(2000, 1, 1), "", "")
LATE = RULE._replace(code="p", hours=90)


@st.composite
def an_option(draw: st.DrawFn) -> Option:
    number = draw(st.integers(0, 10_000))
    day = draw(st.sampled_from(DAYS))
    begins = datetime(day.year, day.month, day.day, draw(st.sampled_from([0, 1, 5])), tzinfo=UTC)
    earns = ((day, draw(st.integers(0, 20)) * 45),)
    return Option(number, f"C{number:05}", day, earns, ((begins, begins + timedelta(hours=2)),))


def shortfalls(first: int, second: int) -> list[Shortfall]:
    year = Requirement(RULE, date(2026, 1, 1), date(2026, 12, 14))
    period = Requirement(LATE, date(2026, 1, 1), date(2026, 12, 28))
    return [Shortfall(year, 30 * 45 - first * 45, 0), Shortfall(period, 90 * 45 - second * 45, 0)]


def closes(group: tuple[Option, ...], wanted: list[Shortfall]) -> bool:
    return all(sum(one.counted(short.requirement) for one in group) >= short.open for short in wanted)


@settings(max_examples=150, deadline=None)
@given(st.lists(an_option(), max_size=7, unique_by=lambda one: one.class_id), st.integers(0, 30), st.integers(0, 60))
def test_the_fewest_classes_then_the_earliest_end(options: list[Option], first: int, second: int) -> None:
    wanted = shortfalls(first, second)
    choice = choose_classes(wanted, options)
    assert not any(one.clashes(other) for one, other in combinations(choice.picked, 2))
    for short in wanted:
        got = sum(one.counted(short.requirement) for one in choice.picked)
        assert choice.left.get(short.requirement.rule.code, 0) == max(0, short.open - got)
    free = [
        group
        for size in range(4)
        for group in combinations(options, size)
        if closes(group, wanted) and not any(one.clashes(other) for one, other in combinations(group, 2))
    ]
    if free:
        fewest = min(len(group) for group in free)
        assert choice.closes
        assert len(choice.picked) == fewest
        ends = min(max((one.ends_on for one in group), default=date.min) for group in free if len(group) == fewest)
        assert max((one.ends_on for one in choice.picked), default=date.min) == ends
    assert choose_classes(wanted, options[::-1]).picked == choice.picked  # the order of the catalog decides nothing
