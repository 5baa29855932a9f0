"""Which sessions cannot be attended by one person: at the same time, or too near for the way between their sites."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from academy.core.db import db, table_of
from academy.sites import queries as sites
from academy.sites.rules import TravelTimes
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import Clash, ClassState, SessionState, Spot, Taken, first_clashes, windows

_classes, _sessions = table_of(TrainingClass), table_of(ClassSession)
# The site where a session is held: its room's, else the class's. The room's table belongs to the sites.
_rooms = _sessions.metadata.tables["room"]
site_of_session: ColumnElement[int] = func.coalesce(_rooms.c.site_id, _classes.c.site_id)
HELD = and_(_sessions.c.state == SessionState.PLANNED, _classes.c.state != ClassState.CANCELLED)
TAKEN = (
    select(
        _classes.c.id,
        _classes.c.code,
        _classes.c.title_zh,
        _sessions.c.id.label("session_id"),
        _sessions.c.title_zh.label("session_title"),
        _sessions.c.starts_at,
        _sessions.c.ends_at,
        site_of_session.label("site_id"),
    )
    .select_from(
        _sessions.join(_classes, _classes.c.id == _sessions.c.class_id).outerjoin(_rooms, _rooms.c.id == _sessions.c.room_id)
    )
    .order_by(_sessions.c.starts_at, _sessions.c.id)
)
_TAKEN_OF = TAKEN.where(HELD, _sessions.c.class_id.in_(bindparam("class_ids", expanding=True)))


def taken_of(class_ids: Iterable[int]) -> list[Taken]:
    """The sessions of some classes that take place, in the order of their beginning."""
    return [Taken._make(row) for row in db.session.execute(_TAKEN_OF, {"class_ids": list(class_ids)})]


def taken_within(spans: Sequence[tuple[datetime, datetime]], *, class_ids: Iterable[int] | None = None) -> list[Taken]:
    """The sessions that take place and begin in one of these spans; of some classes only, if any are given."""
    if not spans:
        return []
    begins = or_(*[and_(_sessions.c.starts_at >= since, _sessions.c.starts_at < until) for since, until in spans])
    query = TAKEN.where(HELD, begins)
    if class_ids is not None:
        query = query.where(_sessions.c.class_id.in_(list(class_ids)))
    return [Taken._make(row) for row in db.session.execute(query)]


def times_among(spots: Iterable[Spot | Taken]) -> TravelTimes:
    """The travel times among the sites of these sessions."""
    return sites.travel_times({spot.site_id for spot in spots})


def spot_of(taken: Taken) -> Spot:
    """When and where a session is."""
    return Spot(taken.starts_at, taken.ends_at, taken.site_id)


def clashing_classes(class_id: int) -> dict[int, Clash]:
    """Every other class of which a session clashes with one of this class's, with its first clash.

    Cancelled sessions and classes do not count; the way between sites does. At most four statements, whatever the number
    of classes; only sessions near in time are read.
    """
    mine = [spot_of(taken) for taken in taken_of([class_id])]
    others = [taken for taken in taken_within(windows(mine)) if taken.class_id != class_id]
    return first_clashes(mine, others, times_among([*mine, *others]))


def find_class_clash(class_id: int, other_class_ids: Iterable[int]) -> Clash | None:
    """The first session of the other classes that clashes with one of the class's, the way between sites counted."""
    wanted = set(other_class_ids) - {class_id}
    if not wanted:
        return None
    taken = taken_of({class_id, *wanted})
    mine = [spot_of(one) for one in taken if one.class_id == class_id]
    others = [one for one in taken if one.class_id != class_id]
    if not mine or not others:
        return None
    firsts = first_clashes(mine, others, times_among(taken))
    return min(firsts.values(), key=lambda clash: (clash.starts_at, clash.class_id), default=None)


def clashes_among(class_ids: Iterable[int], other_class_ids: Iterable[int]) -> dict[int, set[int]]:
    """For each of the classes, which of the others nobody can attend beside it; two statements, whatever the numbers."""
    wanted, others = set(class_ids), set(other_class_ids)
    taken = taken_of(wanted | others)
    times = times_among(taken)
    beside = [one for one in taken if one.class_id in others]
    return {
        class_id: set(
            first_clashes(
                [spot_of(one) for one in taken if one.class_id == class_id],
                [one for one in beside if one.class_id != class_id],
                times,
            )
        )
        for class_id in sorted(wanted)
    }
