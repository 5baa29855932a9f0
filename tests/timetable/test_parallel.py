"""Saves at the same instant from several processes: no instructor is at two sites at once, not even on the way."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from academy.core.db import db
from academy.sites import queries as sites
from academy.timetable.models import Booking, TrainingClass
from academy.timetable.rules import ResourceKind
from tests.conftest import LiveApp
from tests.processes import begin_together
from tests.timetable.factories import FIRST_DAY, at, make_class, make_site, make_world

BEGIN = at(FIRST_DAY, 8)
WORKER = """
import json, random, sys
from datetime import datetime, timedelta
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.timetable.services import SessionPlan, cancel_session, save_session

app = create_app()
given = json.loads(sys.argv[1])
begin = datetime.fromisoformat(given["begin"])
staff = Actor(None, "教务", frozenset({Grant(Role.CLASS_MANAGER)}))
chance = random.Random(given["seed"])
print("ready", flush=True)
sys.stdin.readline()
outcomes = []
with app.app_context():
    for n in range(given["saves"]):
        at = begin + timedelta(days=chance.randrange(2), minutes=10 * chance.randrange(50))
        ids = tuple(chance.sample(given["instructors"], 2))  # in any order: locks are sorted
        plan = SessionPlan("争一位讲师", at, at + timedelta(minutes=50), 45, None, given["room"], ids)
        try:
            with transaction():
                saved = save_session(code=chance.choice(given["codes"]), seq=None, plan=plan, actor=staff, now=begin)
            outcomes.append("booked")
        except DomainError as error:
            outcomes.append(error.code)
print(json.dumps(outcomes))
"""


def race(live_app: LiveApp, tasks: list[dict[str, object]]) -> list[str]:
    """Run a process for each task, all at once; what came of each save."""
    return [word for outcome in begin_together(live_app, WORKER, tasks) for word in outcome]


@pytest.mark.serialized
@pytest.mark.parallel
def test_parallel_saves_at_different_sites_never_tear_an_instructor_apart(live_app: LiveApp, now: datetime) -> None:
    world = make_world()
    for one in world.instructors:
        one.max_hours_per_week = 40
    rooms = [world.hall, make_site("TS-P-001", lat=37.5), make_site("TS-P-002", lat=37.75)]
    site_of = {room.id: room.site_id for room in rooms}
    ids = [one.id for one in world.instructors]
    tasks: list[dict[str, object]] = []
    for seed, room in enumerate(rooms):
        codes = [make_class(world, now=now, site_id=room.site_id, room_id=room.id).code for _ in range(2)]
        task = {"codes": codes, "room": room.id, "begin": BEGIN.isoformat(), "instructors": ids, "seed": seed, "saves": 40}
        tasks.append(task)
    outcomes = race(live_app, tasks)
    assert outcomes.count("booked") > 6
    assert set(outcomes) <= {"booked", "is_taken", "week_is_full"}
    times = sites.travel_times(site_of.values())
    bookings = list(db.session.scalars(select(Booking).order_by(Booking.starts_at)))
    places = {row.session_id: site_of[row.resource_id] for row in bookings if row.resource_kind is ResourceKind.ROOM}
    for kind in ResourceKind:
        for resource_id in {row.resource_id for row in bookings if row.resource_kind is kind}:
            held = [row for row in bookings if (row.resource_kind, row.resource_id) == (kind, resource_id)]
            for before, after in pairwise(held):
                way = times.between(places[before.session_id], places[after.session_id]).minutes
                assert before.ends_at + timedelta(minutes=way) <= after.starts_at
    versions = db.session.scalars(select(TrainingClass.timetable_version)).all()
    assert sum(versions) == outcomes.count("booked")
