"""Lecture fees by hand: tiers, halves of days, shares, tax both ways."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.attendance.rules import (
    FeeRule,
    Taught,
    compute_fees,
    compute_gross,
    compute_tax,
    fee_rule_on,
    fee_rules,
    split,
    tax_rule_on,
    tax_rules,
)
from academy.core.clock import TZ
from academy.timetable.rules import TeachingRole

DAY = date(2026, 12, 7)
TAX, RULE = tax_rules()[0], fee_rules()[0]


def taught(
    hour: int,
    hours: int = 4,
    *,
    number: int = 1,
    tier: str = "full_senior",
    role: TeachingRole = TeachingRole.LEAD,
    day: date = DAY,
    minute: int = 0,
) -> Taught:
    """A session of so many teaching hours, 50 minutes on the clock each."""
    starts_at = datetime.combine(day, time(hour, minute), TZ)
    return Taught(number, starts_at, starts_at + timedelta(minutes=50 * hours), 45 * hours, role, tier)


@pytest.mark.parametrize(
    ("tier", "yuan"), [("national_expert", 6000), ("full_senior", 4000), ("associate_senior", 2000), ("intermediate", 2000)]
)
def test_four_hours_are_paid_by_the_tier(tier: str, yuan: int) -> None:
    assert [line.fen for line in compute_fees([taught(8, tier=tier)])] == [yuan * 100]


def test_a_morning_of_five_hours_is_paid_four_and_says_so() -> None:
    (line,) = compute_fees([taught(8, 5)])
    assert (line.paid_minutes, line.fen, line.is_capped) == (180, 400_000, True)


def test_a_morning_and_an_afternoon_are_paid_apart() -> None:
    assert [line.fen for line in compute_fees([taught(8, 4), taught(14, 4, number=2)])] == [400_000, 400_000]


def test_two_sessions_share_the_four_hours_of_a_morning() -> None:
    lines = compute_fees([taught(8, 3), taught(10, 2, number=2, minute=40)])
    assert [line.paid_minutes for line in lines] == [135, 45]
    assert [line.fen for line in lines] == [300_000, 100_000]


def test_the_evening_belongs_to_the_afternoon() -> None:
    assert [line.paid_minutes for line in compute_fees([taught(14, 4), taught(19, 2, number=2)])] == [180, 0]


def test_a_session_over_noon_counts_in_both_halves() -> None:
    parts = split(taught(11, 6), time(13))  # 11:00 to 16:00, 270 minutes of teaching
    assert [(half.is_afternoon, minutes) for half, minutes in parts] == [(False, 108), (True, 162)]
    assert compute_fees([taught(11, 6)])[0].paid_minutes == 270


def test_an_assistant_gets_her_share() -> None:
    assert [line.fen for line in compute_fees([taught(8, 2, role=TeachingRole.ASSISTANT)])] == [100_000]


def test_what_is_taught_to_two_classes_at_once_is_paid_once() -> None:
    assert [line.fen for line in compute_fees([taught(8, 2), taught(8, 2, number=2)])] == [200_000, 0]


def test_parts_of_an_hour_are_paid_to_the_fen() -> None:
    one = taught(8, 1, tier="associate_senior")._replace(minutes=40)
    assert [line.fen for line in compute_fees([one])] == [44_444]  # 500 yuan × 40 / 45 = 444.444…


def test_the_rule_of_the_day_counts() -> None:
    later = replace(RULE, code="2027", valid_from=date(2027, 1, 1), fen_per_hour={**RULE.fen_per_hour, "full_senior": 120_000})
    rules: list[FeeRule] = [RULE, later]
    lines = compute_fees([taught(8), taught(8, number=2, day=date(2027, 1, 4))], rules)
    assert [line.fen for line in lines] == [400_000, 480_000]
    assert fee_rule_on(date(2016, 12, 31)) is None
    assert compute_fees([taught(8, day=date(2016, 5, 5))])[0].fen == 0


@pytest.mark.parametrize(
    ("gross", "tax"),
    [
        (0, 0),
        (80_000, 0),  # 800 yuan: nothing is left to tax
        (100_000, 4_000),  # (1000 − 800) × 20 %
        (400_000, 64_000),  # (4000 − 800) × 20 %
        (500_000, 80_000),  # 5000 × 80 % × 20 %
        (2_500_000, 400_000),  # 20,000 × 20 %
        (3_000_000, 520_000),  # 24,000 × 30 % − 2000
        (6_250_000, 1_300_000),  # 50,000 × 30 % − 2000
        (10_000_000, 2_500_000),  # 80,000 × 40 % − 7000
    ],
)
def test_tax_by_hand(gross: int, tax: int) -> None:
    assert compute_tax(gross, TAX) == tax


@pytest.mark.parametrize(
    ("net", "gross"),
    [(80_000, 80_000), (96_000, 100_000), (336_000, 400_000), (420_000, 500_000), (2_100_000, 2_500_000)],
)
def test_gross_by_hand(net: int, gross: int) -> None:
    assert compute_gross(net, TAX) == gross


def test_the_largest_band_both_ways() -> None:
    assert compute_gross(7_500_000, TAX) == 10_000_000
    assert tax_rule_on(date(2018, 12, 31)) is None


@given(st.integers(min_value=0, max_value=20_000_000))
def test_net_to_gross_to_net_is_exact(net: int) -> None:
    gross = compute_gross(net, TAX)
    assert gross - compute_tax(gross, TAX) == net
    assert gross == 0 or gross - 1 - compute_tax(gross - 1, TAX) < net


@given(st.integers(min_value=0, max_value=20_000_000))
def test_gross_to_net_to_gross_leaves_the_same(gross: int) -> None:
    net = gross - compute_tax(gross, TAX)
    again = compute_gross(net, TAX)
    assert again <= gross
    assert again - compute_tax(again, TAX) == net


sessions = st.lists(
    st.tuples(st.integers(0, 2), st.integers(7 * 12, 21 * 12), st.integers(1, 9), st.sampled_from(list(TeachingRole))),
    max_size=9,
)


@given(sessions)
def test_no_half_day_is_ever_paid_more_than_four_hours(drawn: list[tuple[int, int, int, TeachingRole]]) -> None:
    given_ = [
        Taught(n, start, start + timedelta(minutes=min(50 * hours, 180)), min(45 * hours, 170), role, "national_expert")
        for n, (day, five, hours, role) in enumerate(drawn)
        for start in [datetime.combine(DAY + timedelta(days=day), time(five // 12, five % 12 * 5), TZ)]
    ]
    lines = {line.session_id: line for line in compute_fees(given_)}
    halves: dict[object, int] = {}
    for one in given_:
        assert sum(minutes for _, minutes in split(one, RULE.afternoon_from)) == one.minutes
        assert 0 <= lines[one.session_id].paid_minutes <= one.minutes
        assert lines[one.session_id].is_capped == (lines[one.session_id].paid_minutes < one.minutes)
        parts = split(one, RULE.afternoon_from)
        if len(parts) == 1:
            halves[parts[0][0]] = halves.get(parts[0][0], 0) + lines[one.session_id].paid_minutes
    assert all(minutes <= 180 for minutes in halves.values())
    assert sum(line.paid_minutes for line in lines.values()) <= 180 * 2 * 4
