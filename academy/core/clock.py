"""The clock. Called at the doors only: rules and services are given `now`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def today(at: datetime | None = None) -> date:
    """The academy's calendar day at an instant (the present one if none is given)."""
    return local(at or now()).date()


def local(instant: datetime) -> datetime:
    """An instant as the academy's wall clock shows it."""
    return instant.astimezone(TZ)
