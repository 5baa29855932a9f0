"""Whom a change of the timetable would affect, before it is written."""

from dataclasses import dataclass

from sqlalchemy import select

from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import LIVE, EnrollmentState
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import Clash, Obstacle, Spot, Wanted, find_obstacles, first_clashes, windows


@dataclass(frozen=True, slots=True)
class Effect:
    """What a new, moved or cancelled session does to people. Letters go to those admitted and to the instructors."""

    admitted: int
    waiting: int
    clashes: dict[int, Clash]  # by learner: her other session that she would miss
    obstacles: list[Obstacle]  # of the class, its room and its instructors
    instructor_ids: tuple[int, ...]  # who is told
    is_told: bool  # learners are written to only when time or room change

    @property
    def letters(self) -> int:
        """How many people are written to."""
        return (self.admitted if self.is_told else 0) + len(self.instructor_ids)


def seated_now(class_id: int) -> list[int]:
    """The learners who have a seat in a class and are still in it, by id."""
    query = select(Enrollment.learner_id).where(Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.ADMITTED)
    return list(db.session.scalars(query.order_by(Enrollment.learner_id)))


def learner_clashes(class_id: int, spot: Spot) -> dict[int, Clash]:
    """Of each admitted learner the first session of her other classes that clashes with a time at a site.

    A constant number of statements, whatever the number of people and classes.
    """
    seated = select(Enrollment.learner_id).where(Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.ADMITTED)
    elsewhere = select(Enrollment.learner_id, Enrollment.class_id).where(
        Enrollment.learner_id.in_(seated), Enrollment.class_id != class_id, Enrollment.state.in_(LIVE)
    )
    rows = db.session.execute(elsewhere.order_by(Enrollment.learner_id, Enrollment.class_id)).all()
    if not rows:
        return {}
    taken = timetable.taken_within(windows([spot]), class_ids={other_id for _, other_id in rows})
    firsts = first_clashes([spot], taken, timetable.times_among([spot, *taken]))
    found: dict[int, Clash] = {}
    for learner_id, other_id in rows:
        clash = firsts.get(other_id)
        if clash is not None and (learner_id not in found or clash.starts_at < found[learner_id].starts_at):
            found[learner_id] = clash
    return found


def effect_of_plan(found: TrainingClass, session: ClassSession | None, wanted: Wanted) -> Effect:
    """What adding a session (None) or changing one would do. Writes nothing."""
    board = timetable.read_board(found, [wanted], except_session=session.id if session else None)
    is_moved = session is None or _place(session) != (wanted.starts_at, wanted.ends_at, wanted.room_id)
    spot = Spot(wanted.starts_at, wanted.ends_at, board.places[wanted.room_id].site_id)
    taught = timetable.session_instructors([session.id]).get(session.id, []) if session else []
    concerned = set(taught) | set(wanted.instructor_ids) if is_moved else set(taught) ^ set(wanted.instructor_ids)
    return Effect(
        admitted=found.admitted_count,
        waiting=found.waiting_count,
        clashes=learner_clashes(found.id, spot) if is_moved else {},
        obstacles=find_obstacles(wanted, board),
        instructor_ids=tuple(sorted(concerned)),
        is_told=is_moved,
    )


def effect_of_cancelling(found: TrainingClass, session: ClassSession) -> Effect:
    """What calling a session off would do. Writes nothing."""
    taught = timetable.session_instructors([session.id]).get(session.id, [])
    return Effect(found.admitted_count, found.waiting_count, {}, [], tuple(taught), is_told=True)


def _place(session: ClassSession) -> tuple[object, object, object]:
    return session.starts_at, session.ends_at, session.room_id
