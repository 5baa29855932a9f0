"""What waits about instructors is on the work list of those who keep the pool."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.people import services
from academy.people.rules import QualificationKind
from academy.people.services import Paper, Terms
from academy.reports.queries.worklist import waiting, waiting_count
from academy.reports.rules.worklist import WorkItem, WorkKind
from tests.accounts.factories import actor_of, make_user
from tests.timetable.factories import World, make_world
from tests.timetable.test_needs import invite, open_need

DAY = date(2026, 11, 23)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


def items(now: datetime) -> list[WorkItem]:
    found = waiting([WorkKind.TEACHING], now)
    assert waiting_count([WorkKind.TEACHING], now) == len(found)
    return found


def test_a_need_waits_until_somebody_is_assigned(world: World, now: datetime) -> None:
    need = open_need(world, now)
    invite(world, need, world.instructors[0], now)
    (item,) = items(now)
    assert (str(item.title), item.due, item.values) == ("授课需求还没有人应", need.deadline_at, {"code": need.code})


def test_papers_and_proposals_wait(world: World, now: datetime) -> None:
    user = make_user(name="本人")
    world.instructors[1].user_id = user.id
    db.session.commit()
    paper = Paper(QualificationKind.LICENSE, "授课资格证", "12345678", date(2024, 1, 1), DAY + timedelta(days=90))
    later = Paper(QualificationKind.TITLE, "职称", "12345678", date(2024, 1, 1), DAY + timedelta(days=91))
    with transaction():
        for one in (paper, later):
            services.register_qualification(instructor_code="F-001", paper=one, actor=world.manager, now=now)
        services.register_qualification(instructor_code="F-002", paper=later, actor=actor_of(user), now=now)
        terms = Terms("导师", "intermediate", DAY, DAY)
        services.propose_appointment(instructor_code="F-002", terms=terms, actor=world.manager, now=now)
    assert sorted(str(item.title) for item in items(now)) == [
        "尹疏桐登记的资格等核验", "拟聘尹疏桐为导师", "梁伯渊的资格快到期了"
    ]  # fmt: skip
    assert "梁伯渊的资格已过期" in {str(item.title) for item in items(now + timedelta(days=91))}
