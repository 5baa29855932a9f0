"""Rooms, units and invigilators for tests of sittings."""

import secrets

from academy.accounts.models import Organization
from academy.accounts.rules import OrganizationKind
from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.exams import services
from academy.exams.models import ExamSitting
from academy.people.models import Instructor
from academy.people.rules import Gender, InstructorKind
from academy.sites.models import Room
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, NOW, World


def make_room(world: World, *, capacity: int = 12) -> Room:
    """A room of the class's site."""
    code = f"R-{secrets.token_hex(4)}"
    room = Room(site_id=world.training_class.site_id, code=code, name_zh=f"机房{code}", capacity=capacity, equipment=[])
    db.session.add(room)
    db.session.commit()
    return room


def take_room(world: World, sitting: ExamSitting, *, capacity: int = 12, gap: int = 0) -> Room:
    """A room of the site, taken for the sitting."""
    room = make_room(world, capacity=capacity)
    services.add_room(sitting_id=sitting.id, room_code=room.code, capacity=None, gap=gap, actor=MANAGER, now=NOW)
    db.session.commit()
    return room


def put_into_units(world: World, count: int) -> None:
    """The learners in turn into so many units."""
    units = [
        Organization(code=f"WU-{secrets.token_hex(4)}", name_zh=f"街道{n}（演示）", kind=OrganizationKind.WORK_UNIT)
        for n in range(count)
    ]
    db.session.add_all(units)
    db.session.flush()
    for place, learner in enumerate(world.learners):
        learner.organization_id = units[place * count // len(world.learners)].id
    db.session.commit()


def make_instructor() -> tuple[Instructor, Actor]:
    """An instructor with an account."""
    user = make_user(Role.INSTRUCTOR, name="周老师")
    instructor = Instructor(
        code=f"F-{secrets.token_hex(3)}",
        user_id=user.id,
        name_zh="周老师",
        gender=Gender.FEMALE,
        title_zh="讲师",
        kind=InstructorKind.EXPERT,
        max_hours_per_week=20,
        bio_zh="",
        email="",
        fee_tier="",
    )
    db.session.add(instructor)
    db.session.commit()
    return instructor, Actor(user.id, user.name_zh, frozenset({Grant(Role.INSTRUCTOR)}))
