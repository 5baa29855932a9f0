"""Qualifications and appointments: decided without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.people.rules import (
    STAGES,
    QualificationState,
    Standing,
    are_dates_usable,
    is_valid_on,
    mask_number,
    reminder_stage,
    standing_on,
)

DAY = date(2026, 11, 23)
CHECKED = QualificationState.CHECKED


@pytest.mark.parametrize(
    ("days", "standing"),
    [(91, Standing.VALID), (90, Standing.EXPIRING), (0, Standing.EXPIRING), (-1, Standing.EXPIRED), (None, Standing.VALID)],
)
def test_a_paper_is_expiring_for_ninety_days_and_then_expired(days: int | None, standing: Standing) -> None:
    ends = None if days is None else DAY + timedelta(days=days)
    assert standing_on(DAY, CHECKED, date(2024, 1, 1), ends) is standing
    assert is_valid_on(DAY, CHECKED, date(2024, 1, 1), ends) is (standing is not Standing.EXPIRED)


def test_only_what_was_checked_counts() -> None:
    for state in (QualificationState.SUBMITTED, QualificationState.REJECTED):
        assert not is_valid_on(DAY, state, date(2024, 1, 1), None)
        assert standing_on(DAY, state, date(2024, 1, 1), None).value == state.value


def test_a_renewed_paper_is_superseded_but_held_for_its_days() -> None:
    assert standing_on(DAY, CHECKED, date(2024, 1, 1), DAY, is_superseded=True) is Standing.SUPERSEDED
    assert is_valid_on(DAY, CHECKED, date(2024, 1, 1), DAY)
    assert standing_on(DAY, CHECKED, DAY + timedelta(days=1), None) is Standing.NOT_YET


@pytest.mark.parametrize(("left", "stage"), [(91, None), (90, 90), (31, 90), (30, 30), (0, 30), (-1, 0), (-30, 0), (-31, None)])
def test_the_letter_that_is_due(left: int, stage: int | None) -> None:
    assert reminder_stage(DAY, DAY + timedelta(days=left)) == stage
    assert reminder_stage(DAY, None) is None


@given(st.integers(-60, 120))
def test_stages_only_go_down_as_time_passes(left: int) -> None:
    ends = DAY + timedelta(days=left)
    due = [reminder_stage(DAY + timedelta(days=n), ends) for n in range(150)]
    given_ = [stage for stage in due if stage is not None]
    assert given_ == sorted(given_, reverse=True)
    assert set(given_) <= set(STAGES)


def test_numbers_are_covered_but_for_their_end() -> None:
    assert mask_number("20210012345") == "•••••••2345"
    assert mask_number("12345") == "•••••"


def test_days_stand_in_order() -> None:
    assert are_dates_usable(DAY, DAY)
    assert not are_dates_usable(DAY, DAY - timedelta(days=1))
    assert not are_dates_usable(DAY, DAY + timedelta(days=9), longest=timedelta(days=8))
