"""The clash check of one session with 10,000 bookings in the table, and with 1,000,000, on PostgreSQL."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from bench.figures import Figure

FEW, MANY = 10_000, 1_000_000
CALLS, ROUNDS = 60, 7
BASE = 1000  # numbers of the sessions that fill the table
GOAL = 1.5
ROOMS, PER_DAY = 100, 5  # 100 rooms, five sessions a day in each: a thousand bookings a day with their instructors
FIRST_SLOT = datetime.fromisoformat("2030-01-07T08:00:00+08:00")

# Every session has one booking of a room and one of an instructor. The density is the same in both tables: what grows is
# the number of days.
_SESSIONS = """
INSERT INTO class_session (class_id, seq, title_zh, starts_at, ends_at, minutes, room_id, state, equipment)
SELECT :class_id, n, '量', slot, slot + interval '100 minutes', 90, :room_id, 'planned', '[]'
FROM (
    SELECT n, CAST(:first_slot AS timestamptz) + interval '2 hours' * (n % :per_day)
              + interval '1 day' * (n / (:per_day * :rooms)) AS slot
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n
) AS spread
"""
_BOOKINGS = """
INSERT INTO booking (resource_kind, resource_id, starts_at, ends_at, session_id)
SELECT kind, 1 + (seq / :per_day) % :rooms, starts_at, ends_at, id
FROM class_session CROSS JOIN (VALUES ('room'), ('instructor')) AS kinds (kind)
WHERE class_id = :class_id AND seq BETWEEN :first AND :last
"""


def measure() -> list[Figure]:
    """Median time of the whole look before a save: class, room, two instructors, hours, closures, absences, weeks."""
    from academy.app import create_app

    app = create_app()
    with app.app_context():
        few = _timed(*_stage(FEW))
        many = _timed(*_stage(MANY))
        pair = _pair()
        print(f"  rows read by index only: {_plan()}", flush=True)
    return [
        Figure("enrollment", "clash check, 1,000,000 beside 10,000", many, "ms", floor=few, goal=GOAL, more_is_better=False),
        Figure("enrollment", "clashes of a class with all others", pair, "ms"),
    ]


def _stage(bookings: int) -> tuple[Any, Any]:
    """Fill up to so many bookings; the time that is asked about lies in the middle of them, and is taken."""
    from academy.core.db import db
    from academy.timetable import queries
    from academy.timetable.rules import Wanted

    found = _class()
    known = db.session.scalar(text("SELECT max(seq) FROM class_session WHERE class_id = :id"), {"id": _busy_class().id})
    first, last = max(int(known or 0) + 1, BASE), BASE + bookings // 2 - 1
    shared = {"class_id": _busy_class().id, "first": first, "last": last, "per_day": PER_DAY, "rooms": ROOMS}
    rooms, instructors = _people_and_rooms()
    db.session.execute(text(_SESSIONS), {**shared, "room_id": rooms[0], "first_slot": FIRST_SLOT})
    db.session.execute(text(_BOOKINGS), shared)
    db.session.commit()
    for table in ("class_session", "booking"):
        db.session.execute(text(f"ANALYZE {table}"))
    db.session.commit()
    days = bookings // (2 * PER_DAY * ROOMS)
    begin = FIRST_SLOT + timedelta(days=days // 2, minutes=30)
    wanted = Wanted(begin, begin + timedelta(minutes=100), 90, rooms[0], tuple(instructors))
    assert queries.read_board(found, [wanted])
    return found, wanted


def _people_and_rooms() -> tuple[list[int], list[int]]:
    from academy.people import queries as people
    from academy.sites import queries as sites

    return [room.id for room in sites.rooms()][:1], [one.id for one in people.instructors()][:2]


def _class() -> Any:
    from academy.timetable import queries

    return next(one for one in queries.classes() if not one.admitted_count)


def _busy_class() -> Any:
    from academy.timetable import queries

    return queries.classes()[0]


def _timed(found: Any, wanted: Any) -> float:
    """Milliseconds of one look, the median of several rounds."""
    from academy.timetable import queries
    from academy.timetable.rules import find_obstacles

    def look() -> None:
        find_obstacles(wanted, queries.read_board(found, [wanted]))

    return _median(look)


def _pair() -> float:
    """Milliseconds of `clashing_classes` for a class of the sample, among half a million sessions."""
    from academy.timetable import queries

    class_id = next(one.id for one in queries.classes() if queries.sessions_of(one.id) and one.id != _busy_class().id)
    return _median(lambda: queries.clashing_classes(class_id))


def _median(call: Callable[[], object]) -> float:
    from academy.core.db import db

    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(CALLS):
            call()
        rounds.append((time.perf_counter() - begin) / CALLS * 1000)
        db.session.rollback()
    return statistics.median(rounds)


def _plan() -> bool:
    """Whether PostgreSQL answers the question for bookings through the index alone."""
    from academy.core.db import db

    explain = """EXPLAIN SELECT session_id FROM booking WHERE resource_kind = 'instructor' AND resource_id IN (1, 2)
                 AND starts_at >= timestamptz '2030-06-01' AND starts_at < timestamptz '2030-06-09'"""
    plan = "\n".join(db.session.scalars(text(explain)))
    return "ix_booking_resource" in plan and "Seq Scan" not in plan
