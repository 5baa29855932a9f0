"""The ring of hours."""

from decimal import Decimal

import pytest

from academy.reports.queries.learner import ce_rules
from academy.reports.rules.hours import compute_ring, plain, yearly_rule

ROWS = ce_rules()


@pytest.mark.parametrize(
    ("level", "goal", "is_default"),
    [("junior", 24, False), ("intermediate", 30, False), ("senior", 30, False), ("none", 24, True), ("", 24, True)],
)
def test_the_goal_comes_from_the_dated_rules(level: str, goal: int, is_default: bool) -> None:
    rule = yearly_rule(level, ROWS)
    assert (rule.hours, rule.is_default) == (goal, is_default)
    assert "山东登记实施办法 2017" in str(rule.words)
    assert ("还没有登记等级" in str(rule.words)) is is_default


def test_minutes_become_hours_of_45() -> None:
    ring = compute_ring(45 * 18, 45 * 4, yearly_rule("junior", ROWS))
    assert [ring.credited, ring.missing, ring.open] == [18, 6, 2]
    assert [ring.credited_part, ring.booked_part] == [18, 22]
    assert str(ring.after(45)) == "本年还差 1"
    assert str(ring.after(90)) == "本年正好补齐"
    assert str(ring.after(450)) == "本年补齐，富余 8"


def test_more_than_enough_does_not_overflow_the_ring() -> None:
    ring = compute_ring(45 * 40, 45 * 10, yearly_rule("junior", ROWS))
    assert [ring.missing, ring.open, ring.credited_part, ring.booked_part] == [0, 0, 24, 24]


def test_numbers_have_no_needless_zeros() -> None:
    assert [plain(Decimal(v)) for v in ("18.0", "2.50", "20", "0.0")] == ["18", "2.5", "20", "0"]
