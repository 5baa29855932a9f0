"""A running class with people and an instructor who has an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.accounts.models import User
from academy.attendance import services
from academy.attendance.models import CheckInOpening, LeaveRequest
from academy.attendance.rules import CheckInKind, LeaveKind, MarkState, code_at
from academy.attendance.services import CheckedIn, Marked, Seen
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


def open_in(room: Room, *, session: int = 0, kind: CheckInKind = CheckInKind.IN, at: datetime | None = None) -> CheckInOpening:
    """Check-in open to a session, committed."""
    with transaction():
        return services.open_check_in(
            session_id=room.sessions[session].id, kind=kind, actor=room.instructor, now=at or room.sessions[session].starts_at
        )


def account_of(room: Room, place: int) -> tuple[User, Actor]:
    """An account for one of the room's learners."""
    user = make_user(Role.LEARNER)
    room.learners[place].user_id = user.id
    db.session.commit()
    return user, actor_of(user)


def arrive(room: Room, opening: CheckInOpening, actor: Actor, at: datetime, device: str = "phone") -> CheckedIn:
    """Type the digits that are on the wall, committed."""
    with transaction():
        return services.check_in(
            opening_code=opening.code, actor=actor, device=device, now=at, typed=code_at(opening.secret, at)
        )


def ask(room: Room, actor: Actor, *seqs: int, at: datetime, kind: LeaveKind = LeaveKind.SICK) -> LeaveRequest:
    """Ask for leave, committed."""
    with transaction():
        return services.ask_leave(
            class_code=room.found.code, seqs=seqs, kind=kind, reason="发烧，医院开了休息证明", actor=actor, now=at
        )


def decide(room: Room, asked: LeaveRequest, *, approve: bool = True, at: datetime, answer: str = "好好休息") -> LeaveRequest:
    """The manager decides, committed."""
    with transaction():
        return services.decide_leave(code=asked.code, approve=approve, answer=answer, actor=room.world.manager, now=at)
