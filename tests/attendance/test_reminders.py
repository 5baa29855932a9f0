"""Letters that nobody asks for: told once, to the right people, from the right day on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.attendance import services
from academy.attendance.rules import PeriodSource
from academy.core.clock import TZ
from academy.core.db import transaction
from academy.notifications.models import Message
from tests.attendance.hours_factories import carry_out, give_period, make_keeper, make_registered, write_down

DECEMBER = datetime(2026, 12, 1, 9, tzinfo=TZ)


def remind(now: datetime) -> None:
    with transaction():
        services.remind_of_periods(now=now)
    with transaction():
        services.remind_of_year(now=now)


def told(session: Session, reason: str) -> list[str]:
    rows = session.scalars(select(Message).where(Message.reason == f"attendance.{reason}").order_by(Message.id))
    return [row.name for row in rows]


def test_the_last_three_months_are_told_once_per_person_and_period(session: Session, now: datetime) -> None:
    keeper = make_keeper()
    ends_soon, ends_later = make_registered(now, name="快到期"), make_registered(now, name="还早")
    renewed = make_registered(now, name="已续")
    give_period(ends_soon, keeper, now)
    give_period(ends_later, keeper, now, starts_on=ends_later.created_at.date())
    give_period(renewed, keeper, now)
    give_period(renewed, keeper, DECEMBER, starts_on=datetime(2027, 3, 1, tzinfo=TZ).date(), source=PeriodSource.RENEWAL)
    remind(now)  # 23 November: not yet
    assert told(session, "period_ends") == []
    for days in range(0, 80, 10):
        remind(DECEMBER + timedelta(days=days))
    assert told(session, "period_ends") == ["快到期"]
    letter = session.scalars(select(Message).where(Message.reason == "attendance.period_ends")).one()
    assert letter.facts["missing"] == "90"


def test_a_decree_that_moves_the_end_brings_a_new_letter(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now)
    remind(DECEMBER)
    carry_out(keeper, DECEMBER, months=12)
    remind(DECEMBER + timedelta(days=1))
    assert len(told(session, "period_ends")) == 1
    remind(DECEMBER + timedelta(days=366))
    assert len(told(session, "period_ends")) == 2


@pytest.mark.parametrize(("month", "day", "letters"), [(9, 30, 0), (10, 1, 1), (12, 31, 1)])
def test_a_short_year_is_told_from_october_on(session: Session, now: datetime, month: int, day: int, letters: int) -> None:
    keeper = make_keeper()
    short, done = make_registered(now, name="差学时"), make_registered(now, name="够了")
    make_registered(now, name="没有登记")
    for learner in (short, done):
        give_period(learner, keeper, now)
    write_down(done, 30, datetime(2026, 3, 1, tzinfo=TZ).date(), keeper, now)
    write_down(short, 29, datetime(2026, 3, 1, tzinfo=TZ).date(), keeper, now)
    for hour in (0, 9, 23):
        remind(datetime(2026, month, day, hour, 30, tzinfo=TZ))
    assert told(session, "year_short") == ["差学时"] * letters


def test_the_next_year_is_told_anew(session: Session, now: datetime) -> None:
    keeper, learner = make_keeper(), make_registered(now)
    give_period(learner, keeper, now, starts_on=now.date())
    for year in (2027, 2028):
        for day in (1, 2, 30):
            remind(datetime(year, 10, day, 9, tzinfo=TZ))
    assert len(told(session, "year_short")) == 2
