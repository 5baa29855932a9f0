"""When two sessions cannot be attended by one person. No database, no clock, no Flask."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from academy.sites.rules import LONGEST_TRAVEL, TravelTimes

LONGEST_SESSION = timedelta(hours=12)
REACH = timedelta(minutes=LONGEST_TRAVEL)  # farther apart, no two sessions clash
LOOK_BACK = LONGEST_SESSION + REACH  # a session that begins earlier has ended, and everybody has arrived


class Clash(NamedTuple):
    """A session of another class at the same time, or too near for the way between their sites (`travel_minutes`)."""

    class_id: int
    class_code: str
    class_title: str
    session_title: str
    starts_at: datetime
    ends_at: datetime
    travel_minutes: int = 0  # 0: the times themselves overlap


class Taken(NamedTuple):
    """A session as the clash check reads it."""

    class_id: int
    class_code: str
    class_title: str
    session_id: int
    session_title: str
    starts_at: datetime
    ends_at: datetime
    site_id: int

    def as_clash(self, travel_minutes: int = 0) -> Clash:
        """The same as it is named to people."""
        return Clash(
            self.class_id, self.class_code, self.class_title, self.session_title, self.starts_at, self.ends_at, travel_minutes
        )


class Spot(NamedTuple):
    """A time at a site."""

    starts_at: datetime
    ends_at: datetime
    site_id: int


def find_meeting(spot: Spot, other: Taken, times: TravelTimes) -> Clash | None:
    """The clash of a session with a time at a site, the way between the sites counted."""
    if spot.starts_at < other.ends_at and other.starts_at < spot.ends_at:
        return other.as_clash()
    if spot.site_id == other.site_id:
        return None
    minutes = times.between(spot.site_id, other.site_id).minutes
    way = timedelta(minutes=minutes)
    if spot.starts_at < other.ends_at + way and other.starts_at < spot.ends_at + way:
        return other.as_clash(minutes)
    return None


def first_clashes(spots: Iterable[Spot], others: Sequence[Taken], times: TravelTimes) -> dict[int, Clash]:
    """Of each class among the others the first session that clashes with one of the spots.

    The others stand in the order of their beginning. Each spot is compared with its neighbors in time only.
    """
    begins = [other.starts_at for other in others]
    firsts: dict[int, Clash] = {}
    for spot in spots:
        since, until = bisect_left(begins, spot.starts_at - LOOK_BACK), bisect_left(begins, spot.ends_at + REACH)
        for other in others[since:until]:
            known = firsts.get(other.class_id)
            if known is not None and known.starts_at <= other.starts_at:
                continue
            clash = find_meeting(spot, other, times)
            if clash is not None:
                firsts[other.class_id] = clash
    return firsts


def windows(spots: Iterable[Spot]) -> list[tuple[datetime, datetime]]:
    """The spans in which another session must begin to clash with one of these; spans that meet are one."""
    found: list[tuple[datetime, datetime]] = []
    for spot in sorted(spots):
        since, until = spot.starts_at - LOOK_BACK, spot.ends_at + REACH
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found
