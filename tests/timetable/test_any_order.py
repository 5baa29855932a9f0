"""Whatever is saved, moved and cancelled in whatever order: nobody and nothing is in two places at once, the way counted."""

from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.sites import queries as sites
from academy.sites.models import Room
from academy.timetable import queries, services
from academy.timetable.models import Booking, ClassSession, SessionInstructor, TrainingClass
from academy.timetable.rules import ResourceKind, SessionState
from academy.timetable.services import SessionPlan
from academy.timetable.services.sessions import AlreadyCancelled
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_site, make_world


class Save(NamedTuple):
    """Add a session, or move the one that has this number."""

    found: int
    seq: int | None
    slot: int
    length: int
    room: int
    staff: frozenset[int]


class Cancel(NamedTuple):
    """Call a session off, or take it out."""

    found: int
    seq: int
    is_deleted: bool


CLASSES, ROOMS = 3, 3
SAVES = st.builds(
    Save,
    found=st.integers(0, CLASSES - 1),
    seq=st.none() | st.integers(1, 4),
    slot=st.integers(0, 24),
    length=st.integers(1, 4),
    room=st.integers(0, ROOMS),
    staff=st.frozensets(st.integers(0, 1)),
)
CANCELS = st.builds(Cancel, found=st.integers(0, CLASSES - 1), seq=st.integers(1, 4), is_deleted=st.booleans())


def do(action: Save | Cancel, world: World, classes: list[TrainingClass], rooms: list[Room], now: datetime) -> None:
    code = classes[action.found].code
    with transaction():
        if isinstance(action, Save):
            begin = at(FIRST_DAY, 8) + timedelta(minutes=25 * action.slot)
            room_id = rooms[action.room].id if action.room < ROOMS else None
            staff = tuple(world.instructors[n].id for n in sorted(action.staff))
            span = (begin, begin + timedelta(minutes=50 * action.length))
            plan = SessionPlan("一节课", *span, 45 * action.length, None, room_id, staff)
            services.save_session(code=code, seq=action.seq, plan=plan, actor=world.manager, now=now)
        elif action.is_deleted:
            services.delete_session(code=code, seq=action.seq, actor=world.manager, now=now)
        else:
            services.cancel_session(code=code, seq=action.seq, reason="停电", actor=world.manager, now=now)


def check(session: Session, classes: list[TrainingClass], rooms: list[Room]) -> None:
    """Against the rows themselves, pair by pair, without the engine's own code."""
    ids = [found.id for found in classes]
    own_site = {found.id: found.site_id for found in classes}
    room_site = {room.id: room.site_id for room in rooms}
    times = sites.travel_times({*own_site.values(), *room_site.values()})
    rows = list(session.scalars(select(ClassSession).where(ClassSession.class_id.in_(ids))))
    held = [one for one in rows if one.state is SessionState.PLANNED]
    staff: dict[int, set[int]] = {}
    for taught in session.scalars(select(SessionInstructor)):
        staff.setdefault(taught.session_id, set()).add(taught.instructor_id)
    for one, other in combinations(held, 2):
        places = [room_site[s.room_id] if s.room_id else own_site[s.class_id] for s in (one, other)]
        way = timedelta(minutes=times.between(*places).minutes)
        apart = one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
        far = one.ends_at + way <= other.starts_at or other.ends_at + way <= one.starts_at
        assert apart or one.room_id is None or one.room_id != other.room_id
        assert far or one.class_id != other.class_id
        assert far or not staff.get(one.id, set()) & staff.get(other.id, set())
    booked = {(b.session_id, b.resource_kind, b.resource_id, b.starts_at, b.ends_at) for b in session.scalars(select(Booking))}
    wanted = {(s.id, ResourceKind.ROOM, s.room_id, s.starts_at, s.ends_at) for s in held if s.room_id}
    wanted |= {(s.id, ResourceKind.INSTRUCTOR, i, s.starts_at, s.ends_at) for s in held for i in staff.get(s.id, ())}
    assert booked == wanted


def test_the_invariants_hold_after_every_step(session: Session, now: datetime) -> None:
    world = make_world()
    rooms = [world.hall, make_site("TS-P-001", lat=37.5), make_site("TS-P-002", lat=37.75)]

    classes = [make_class(world, now=now, site_id=room.site_id, room_id=room.id) for room in rooms]

    @settings(max_examples=40, deadline=None)
    @given(actions=st.lists(SAVES | SAVES | SAVES | CANCELS, max_size=14))
    def hold(actions: list[Save | Cancel]) -> None:
        session.execute(delete(ClassSession))
        session.execute(update(TrainingClass).values(timetable_version=0))
        session.commit()
        done = {found.id: 0 for found in classes}
        for action in actions:
            found = classes[action.found]
            try:
                do(action, world, classes, rooms, now)
            except AlreadyCancelled:
                assert action.seq is not None
                assert queries.get_session(found.code, action.seq).is_cancelled
            except DomainError:
                pass  # refused: what stood still stands
            else:
                done[found.id] += 1
            check(session, classes, rooms)
        session.expire_all()
        assert {found.id: found.timetable_version for found in classes} == done

    hold()
