"""A class that has ended says who completed it; a mark that is corrected later says it anew."""

from datetime import datetime

from sqlalchemy.orm import Session

from academy.attendance.rules import MarkState
from academy.core.db import db, transaction
from academy.core.outbox import drain
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Enrollment
from academy.timetable import services as timetable
from academy.timetable.rules import Step
from tests.attendance.factories import Room, make_room, mark
from tests.enrollment.factories import make_learner, own, states
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program

EVENING = at(FIRST_DAY, 20)


def ended(now: datetime) -> Room:
    """The first was there all day, the second missed the afternoon, the third was never marked."""
    room = make_room(now)
    for session in (0, 1):
        mark(room, {0: MarkState.PRESENT, 1: MarkState.ABSENT if session else MarkState.PRESENT}, session=session, at=EVENING)
    with transaction():
        timetable.take_step(class_id=room.found.id, step=Step.CLOSE, actor=room.world.manager, now=EVENING)
    drain(now=EVENING)
    return room


def ends(room: Room) -> list[str]:
    return [states(room.found)[one.id][0] for one in room.learners]


def test_closing_a_class_says_who_completed_it(session: Session, now: datetime) -> None:
    room = ended(now)
    assert ends(room) == ["completed", "failed", "failed"]
    assert {one.id for one in room.learners} == set(enrollment.admitted_learner_ids(room.found.id))
    drain(now=EVENING)
    assert ends(room) == ["completed", "failed", "failed"]


def test_a_correction_after_the_end_counts(session: Session, now: datetime) -> None:
    room = ended(now)
    mark(room, {1: MarkState.PRESENT}, session=1, at=EVENING)
    drain(now=EVENING)
    assert ends(room) == ["completed", "completed", "failed"]


def test_a_completed_program_opens_the_class_that_requires_it(session: Session, now: datetime) -> None:
    room = ended(now)
    later = make_class(
        room.world,
        now=now,
        program_id=make_program(room.world).id,
        prerequisite_program_id=room.found.program_id,
        starts_on=FIRST_DAY.replace(month=12, day=28),
        ends_on=FIRST_DAY.replace(month=12, day=29),
    )
    stranger = make_learner(now)
    for one, is_met in ((room.learners[0], True), (room.learners[1], False), (stranger, False)):
        check = next(c for c in enrollment.explain(later.id, one.id, now).checks if c.code == "prerequisite")
        assert (check.state == "ok") is is_met
    assert db.session.get_one(Enrollment, own(room.found, room.learners[0]).id).state == "completed"
