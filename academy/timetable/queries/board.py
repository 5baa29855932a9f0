"""Everything around some wanted times, read in a constant number of statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from academy.core.clock import local
from academy.core.db import db, table_of
from academy.core.text import Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.people import queries as people
from academy.sites import queries as sites
from academy.sites.rules import SiteStatus, TravelTimes, WeekHours, day_span
from academy.timetable.models import Booking, ClassSession, RepeatRule, TrainingClass
from academy.timetable.queries.clashes import HELD, TAKEN
from academy.timetable.rules import (
    LOOK_BACK,
    PROPOSE_WITHIN,
    REACH,
    Away,
    Board,
    Held,
    InstructorFacts,
    PlaceFacts,
    ResourceKind,
    Taken,
    Wanted,
    nearest_free,
    repeat_words,
)

Window = tuple[datetime, datetime]
_sessions, _bookings = table_of(ClassSession), table_of(Booking)
_OWN = TAKEN.add_columns(_sessions.c.minutes, _sessions.c.repeat_id).where(HELD)
_BOOKED = (
    TAKEN.add_columns(_sessions.c.minutes, _bookings.c.resource_kind, _bookings.c.resource_id)
    .join(_bookings, _bookings.c.session_id == _sessions.c.id)
    .order_by(None)
)


def weeks_around(spans: Iterable[tuple[datetime, datetime]]) -> list[Window]:
    """The academy's whole weeks around some spans, widened so far that whatever clashes begins inside; merged."""
    found: list[Window] = []
    for starts_at, ends_at in sorted(spans):
        first, last = local(starts_at).date(), local(ends_at).date()
        since, _ = day_span(first - timedelta(days=first.weekday()))
        _, until = day_span(last + timedelta(days=6 - last.weekday()))
        window = (since - LOOK_BACK, until + REACH)
        if found and window[0] <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], window[1]))
        else:
            found.append(window)
    return found


def read_board(
    found: TrainingClass,
    wanted: Sequence[Wanted],
    *,
    except_session: int | None = None,
    without_own: bool = False,
    windows: Sequence[Window] = (),
) -> Board:
    """The board for some wanted sessions of a class. About ten statements and two more for each room, whatever is booked.

    `except_session` is the one that is changed; `without_own`: all of the class's sessions are replaced.
    """
    spans = list(windows) or weeks_around((one.starts_at, one.ends_at) for one in wanted)
    instructor_ids = {id_ for one in wanted for id_ in one.instructor_ids}
    room_ids = {one.room_id for one in wanted if one.room_id is not None}
    rooms, teaching = _booked(room_ids, instructor_ids, spans, except_session, found.id if without_own else None)
    own, repeats = ([], {}) if without_own else _own(found.id, except_session)
    places = _places(found, {one.room_id for one in wanted}, spans)
    board = Board(
        class_id=found.id,
        class_code=found.code,
        class_title=found.title_zh,
        seats=found.seats,
        first_day=found.starts_on,
        last_day=found.ends_on,
        places=places,
        instructors=_instructors(instructor_ids, spans),
        times=TravelTimes(),
        own=own,
        rooms=rooms,
        teaching=teaching,
        repeats=repeats,
    )
    held = [one for several in (own, *rooms.values(), *teaching.values()) for one in several]
    board.times = sites.travel_times({*(one.taken.site_id for one in held), *(place.site_id for place in places.values())})
    return board


def _own(class_id: int, except_session: int | None) -> tuple[list[Held], dict[int, Text]]:
    rows = db.session.execute(_OWN.where(_sessions.c.class_id == class_id)).all()
    rules = {rule.id: rule for rule in db.session.scalars(select(RepeatRule).where(RepeatRule.class_id == class_id))}
    held, repeats = [], {}
    for row in rows:
        taken, minutes, repeat_id = Taken._make(row[:8]), row.minutes, row.repeat_id
        if taken.session_id == except_session:
            continue
        held.append(Held(taken.starts_at, taken.session_id, minutes, taken))
        if repeat_id in rules:
            rule = rules[repeat_id]
            repeats[taken.session_id] = repeat_words(rule.rule, rule.starts_at, rule.ends_at)
    return held, repeats


def _booked(
    room_ids: set[int],
    instructor_ids: set[int],
    windows: Sequence[Window],
    except_session: int | None,
    except_class: int | None,
) -> tuple[dict[int, list[Held]], dict[int, list[Held]]]:
    """What rooms and instructors are booked for. Bound by resource and beginning: the index answers, however many there are."""
    found: dict[ResourceKind, dict[int, list[Held]]] = {ResourceKind.ROOM: {}, ResourceKind.INSTRUCTOR: {}}
    within = or_(*[and_(_bookings.c.starts_at >= since, _bookings.c.starts_at < until) for since, until in windows])
    for kind, ids in ((ResourceKind.ROOM, room_ids), (ResourceKind.INSTRUCTOR, instructor_ids)):
        if not ids or not windows:
            continue
        query = _BOOKED.where(_bookings.c.resource_kind == kind, _bookings.c.resource_id.in_(ids), within)
        for row in db.session.execute(query.order_by(_bookings.c.starts_at, _sessions.c.id)):
            taken = Taken._make(row[:8])
            if taken.session_id != except_session and taken.class_id != except_class:
                held = Held(taken.starts_at, taken.session_id, row.minutes, taken)
                found[kind].setdefault(row.resource_id, []).append(held)
    return found[ResourceKind.ROOM], found[ResourceKind.INSTRUCTOR]


def _places(found: TrainingClass, room_ids: set[int | None], windows: Sequence[Window]) -> dict[int | None, PlaceFacts]:
    rooms = sites.rooms_by_ids({id_ for id_ in room_ids if id_ is not None})
    site_ids = {found.site_id, *(room.site_id for room in rooms.values())}
    in_use = {site.id: site.status is SiteStatus.ACTIVE for site in sites.sites_by_ids(site_ids).values()}
    places: dict[int | None, PlaceFacts] = {}
    for room_id in room_ids:
        room = rooms.get(room_id) if room_id is not None else None
        site_id = room.site_id if room else found.site_id
        places[room_id] = PlaceFacts(
            site_id=site_id,
            name=room.name_zh if room else "",
            capacity=room.capacity if room else None,
            equipment=frozenset(room.equipment) if room else frozenset(),
            hours=sites.week_hours(site_id, room_id) if in_use[site_id] else WeekHours({}),
            closures=sites.closures_between(site_id, room_id, *_hull(windows)) if windows else (),
        )
    return places


def _instructors(ids: set[int], windows: Sequence[Window]) -> dict[int, InstructorFacts]:
    away = people.absences_between(ids, *_hull(windows)) if ids and windows else {}
    return {
        one.id: InstructorFacts(
            one.name_zh,
            one.max_hours_per_week * MINUTES_PER_HOUR,
            [Away(absence.starts_at, absence.ends_at, absence.reason) for absence in away.get(one.id, ())],
        )
        for one in people.instructors_by_ids(ids).values()
    }


def _hull(windows: Sequence[Window]) -> Window:
    return windows[0][0], windows[-1][1]


def free_times(found: TrainingClass, wanted: Wanted, *, now: datetime, except_session: int | None = None) -> list[Wanted]:
    """The three nearest times at which the same session may be planned; fewer when the class's days hold no more."""
    _, last = day_span(found.ends_on)
    first, _ = day_span(found.starts_on)
    span = (max(first, wanted.starts_at - PROPOSE_WITHIN), min(last, wanted.ends_at + PROPOSE_WITHIN))
    if span[0] >= span[1]:  # wanted far outside of the class's days
        span = (first, last)
    board = read_board(found, [wanted], except_session=except_session, windows=weeks_around([span]))
    return nearest_free(wanted, board, not_before=now)
