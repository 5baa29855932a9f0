"""A small academy with something on every start page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.accounts.models import Organization, User
from academy.core.access import Role
from academy.core.clock import local
from academy.core.db import db
from academy.people.models import Learner
from academy.timetable.rules import ClassState
from tests.accounts.factories import make_organization, make_user
from tests.certificates.factories import Graduates, make_graduates
from tests.enrollment.factories import make_learner, put_in
from tests.timetable import factories as timetable


@dataclass(frozen=True)
class Academy:
    """A class that ended (6 people of two units), one that runs today, one that is open, one that waits for approval."""

    graduates: Graduates
    ours: Organization
    theirs: Organization
    learner: Learner
    users: dict[str, User]
    open_code: str

    @property
    def world(self) -> timetable.World:
        """Program, site, rooms, instructors."""
        return self.graduates.world


def make_academy(now: datetime, *, times: int = 1) -> Academy:
    """Everything once, or `times` as many rows of whatever lists show."""
    graduates = make_graduates(now - timedelta(days=3), 6 * times)
    world = graduates.world
    ours, theirs = make_organization("WU-901"), make_organization("WU-902")
    theirs.name_zh = "博兴县别的单位（演示）"
    for place, person in enumerate(graduates.learners):
        person.organization_id = (ours if place % 2 else theirs).id
        person.division_code = "371602"
    users = {role.value: make_user(role, name=f"{role.value}甲", organization=ours) for role in Role}
    world.instructors[0].user_id = users["instructor"].id
    learner = make_learner(now, user=users["learner"], name="孙婷婷")
    learner.organization_id = ours.id
    db.session.commit()
    _classes(world, learner, now, times)
    return Academy(graduates, ours, theirs, learner, users, _open(world, now))


def _classes(world: timetable.World, learner: Learner, now: datetime, times: int) -> None:
    day = local(now).date()
    yesterday, tomorrow = day - timedelta(days=1), day + timedelta(days=1)
    later = {"starts_on": day + timedelta(days=40), "ends_on": day + timedelta(days=41)}
    for number in range(times):  # each of its own program: nobody takes two runs of one
        program = timetable.make_program(world, f"XA-{500 + number}")
        running = timetable.make_class(world, now=now, program_id=program.id)
        put_in(running, learner, actor=world.admin, now=now)
        running.state, running.starts_on, running.ends_on = ClassState.RUNNING, yesterday, tomorrow
        for start in (timetable.at(yesterday, 9), timetable.at(day, 14), timetable.at(tomorrow, 9)):
            timetable.make_session(running, start, instructor=world.instructors[0])
        timetable.make_class(world, now=now, state=ClassState.SUBMITTED, **later)
    db.session.commit()


def _open(world: timetable.World, now: datetime) -> str:
    found = timetable.make_class(world, now=now)
    timetable.make_session(found, timetable.at(timetable.FIRST_DAY, 9))
    return found.code
