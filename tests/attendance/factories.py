"""A running class with people and an instructor who has an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.accounts.models import User
from academy.attendance import services
from academy.attendance.rules import MarkState
from academy.attendance.services import Marked, Seen
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.people.models import Learner
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState
from tests.accounts.factories import actor_of, make_user
from tests.enrollment.factories import make_learners, put_in
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_world


@dataclass(frozen=True)
class Room:
    """A class that runs: one session of four hours, one of two."""

    world: World
    found: TrainingClass
    sessions: list[ClassSession]
    learners: list[Learner]
    user: User
    instructor: Actor


def make_room(now: datetime, people: int = 3, world: World | None = None) -> Room:
    """A running class on its first day."""
    world = world or make_world()
    found = make_class(world, now=now)
    learners = make_learners(now, people)
    for learner in learners:
        put_in(found, learner, actor=world.manager, now=now)
    found.state = ClassState.RUNNING
    user = make_user(Role.INSTRUCTOR, name="梁伯渊")
    world.instructors[0].user_id = user.id
    db.session.commit()
    sessions = [
        make_session(found, at(FIRST_DAY, 8, 30), minutes=180, instructor=world.instructors[0]),
        make_session(found, at(FIRST_DAY, 14), minutes=90, instructor=world.instructors[0]),
    ]
    return Room(world, found, sessions, learners, user, actor_of(user))


def mark(
    room: Room,
    states: dict[int, Seen | MarkState],
    *,
    session: int = 0,
    actor: Actor | None = None,
    at: datetime | None = None,
    reason: str = "看错了人",
) -> Marked:
    """Mark people by their place in the room, committed."""
    marks = {room.learners[place].id: seen if isinstance(seen, Seen) else Seen(seen, None) for place, seen in states.items()}
    with transaction():
        return services.mark_session(
            session_id=room.sessions[session].id,
            marks=marks,
            actor=actor or room.instructor,
            now=at or room.sessions[session].starts_at + timedelta(minutes=5),
            reason=reason,
        )
