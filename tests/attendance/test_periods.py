"""Registration periods: three years on any calendar, never two at once, corrected with a trace."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.attendance import queries, services
from academy.attendance.rules import (
    Period,
    PeriodSource,
    compute_extended_end,
    compute_last_day,
    compute_period_end,
    compute_renewal_opens,
    is_overlapping,
    may_renew,
)
from academy.attendance.services import (
    DecidesAboutOneself,
    DecreeDependsOnPeriod,
    PeriodHasChanged,
    PeriodIsInvalid,
    PeriodsOverlap,
    ReasonIsMissing,
    RenewalIsNotOpen,
)
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden
from tests.accounts.factories import actor_of, make_user
from tests.attendance.hours_factories import INTERMEDIATE, JUNIOR, carry_out, give_period, make_keeper, make_registered

ANY_DAY = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2024, 3, 1), date(2027, 2, 28)),
        (date(2024, 2, 29), date(2027, 2, 28)),  # 29 February begins, the third February has no such day
        (date(2024, 2, 28), date(2027, 2, 27)),
        (date(2025, 3, 1), date(2028, 2, 29)),  # ends on a leap day
        (date(2025, 1, 1), date(2027, 12, 31)),
        (date(2024, 12, 31), date(2027, 12, 30)),
    ],
)
def test_three_years_end_the_day_before_the_same_day(first: date, last: date) -> None:
    assert compute_period_end(first) == last


@given(ANY_DAY)
def test_the_next_period_begins_where_the_former_ends_whatever_the_calendar(first: date) -> None:
    last = compute_period_end(first)
    assert 1094 <= (last - first).days <= 1096
    assert not is_overlapping(Period(JUNIOR, first, last), Period(JUNIOR, last + timedelta(days=1), compute_period_end(last)))


@given(ANY_DAY, st.integers(1, 36))
def test_longer_is_longer_by_whole_months(ends_on: date, months: int) -> None:
    longer = compute_extended_end(ends_on, months)
    assert 28 * months <= (longer - ends_on).days <= 31 * months
    assert compute_extended_end(ends_on, 12) == compute_last_day(ends_on + timedelta(days=1), 12)


@pytest.mark.parametrize(
    ("ends_on", "opens_on"),
    [
        (date(2027, 2, 28), date(2026, 12, 1)),
        (date(2028, 2, 29), date(2027, 12, 1)),
        (date(2027, 5, 29), date(2027, 2, 28)),  # February has no 30th: the window opens with its last day
        (date(2027, 12, 31), date(2027, 10, 1)),
    ],
)
def test_re_registration_opens_three_months_before(ends_on: date, opens_on: date) -> None:
    assert compute_renewal_opens(ends_on) == opens_on
    assert not may_renew(ends_on, opens_on - timedelta(days=1))
    assert may_renew(ends_on, opens_on)
    assert may_renew(ends_on, ends_on)
    assert not may_renew(ends_on, ends_on + timedelta(days=1))


def test_two_periods_of_one_person_never_share_a_day(session: Session, now: datetime) -> None:
    keeper, learner, other = make_keeper(), make_registered(now), make_registered(now)
    give_period(learner, keeper, now, starts_on=date(2024, 3, 1))
    for first in (date(2021, 3, 2), date(2024, 3, 1), date(2027, 2, 28)):
        with pytest.raises(PeriodsOverlap, match="2024年3月1日"):
            give_period(learner, keeper, now, starts_on=first)
    give_period(learner, keeper, now, starts_on=date(2021, 3, 1))
    give_period(learner, keeper, now, starts_on=date(2027, 3, 1))
    give_period(other, keeper, now, starts_on=date(2024, 3, 1))
    assert [one.starts_on.year for one in queries.periods_of(learner.id)] == [2027, 2024, 2021]


def test_the_database_itself_refuses_two_at_once(session: Session, now: datetime) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite serializes writers; the service looks first")
    keeper, learner = make_keeper(), make_registered(now)
    row = give_period(learner, keeper, now)
    copied = text(
        "INSERT INTO registration_period (code, learner_id, level, starts_on, ends_on, source, recorded_by, recorded_at) "
        "SELECT 'X', learner_id, level, ends_on, ends_on + 9, source, recorded_by, recorded_at FROM registration_period"
    )
    with pytest.raises(IntegrityError, match="ex_registration_period_twice"), session.begin_nested():
        session.execute(copied)
    assert queries.periods_of(learner.id) == [row]


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2026, 2, 1), date(2026, 1, 31)),
        (date(1980, 1, 1), date(1982, 1, 1)),
        (date(2026, 1, 1), date(2036, 6, 1)),
        (date(2100, 1, 1), date(2103, 1, 1)),
    ],
)
def test_impossible_days_are_refused(session: Session, now: datetime, starts_on: date, ends_on: date) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    with pytest.raises(PeriodIsInvalid):
        give_period(learner, keeper, now, starts_on=starts_on, ends_on=ends_on)


def test_re_registration_is_recorded_from_its_window_on(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now, starts_on=date(2024, 3, 1))
    following = date(2027, 3, 1)
    with pytest.raises(RenewalIsNotOpen, match="2026年12月1日"):
        give_period(learner, keeper, now, starts_on=following, source=PeriodSource.RENEWAL)
    later = now + timedelta(days=8)  # 1 December
    give_period(learner, keeper, later, starts_on=following, source=PeriodSource.RENEWAL)


def test_only_keepers_record_and_nobody_her_own(session: Session, now: datetime) -> None:
    user = make_user(Role.CLASS_MANAGER)
    learner = make_registered(now, user=user)
    with pytest.raises(DecidesAboutOneself):
        give_period(learner, actor_of(user), now)
    for role in (Role.LEARNER, Role.INSTRUCTOR, Role.CERTIFICATE_OFFICER, Role.AUDITOR):
        with pytest.raises(Forbidden):
            give_period(learner, actor_of(make_user(role)), now)
    assert queries.periods_of(learner.id) == []


def test_a_correction_keeps_what_was_written_before(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    row = give_period(learner, keeper, now)
    right = Period(INTERMEDIATE, date(2024, 6, 1), date(2027, 5, 31))
    with pytest.raises(ReasonIsMissing), transaction():
        services.correct_period(code=row.code, period=right, version=1, reason=" 错 ", actor=keeper, now=now)
    with transaction():
        services.correct_period(code=row.code, period=right, version=1, reason="登记证上是六月", actor=keeper, now=now)
    with pytest.raises(PeriodHasChanged), transaction():
        services.correct_period(code=row.code, period=right, version=1, reason="别人也在改", actor=keeper, now=now)
    audit = session.scalars(select(AuditRow).where(AuditRow.action == "attendance.period_corrected")).one()
    assert audit.before is not None
    assert audit.after is not None
    assert (audit.before["starts_on"], audit.after["starts_on"]) == ("2024-03-01", "2024-06-01")
    assert audit.reason == "登记证上是六月"


def test_a_voided_period_stays_and_makes_room(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    row = give_period(learner, keeper, now)
    with transaction():
        services.void_period(code=row.code, version=1, reason="记错了人", actor=keeper, now=now)
    assert queries.periods_of(learner.id) == []
    assert [one.void_reason for one in queries.periods_of(learner.id, with_voided=True)] == ["记错了人"]
    give_period(learner, keeper, now)
    with pytest.raises(PeriodHasChanged), transaction():
        services.void_period(code=row.code, version=2, reason="再作废一次", actor=keeper, now=now)


def test_a_period_that_a_decree_made_longer_is_not_corrected_behind_its_back(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    row = give_period(learner, keeper, now)
    carry_out(keeper, now)
    with pytest.raises(DecreeDependsOnPeriod, match="测试文"), transaction():
        services.void_period(code=row.code, version=2, reason="记错了人", actor=keeper, now=now)
