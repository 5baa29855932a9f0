"""Which classes cannot both be attended: at the same time, or too near for the way between their sites."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db
from academy.sites.models import TravelTime
from academy.timetable import queries
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState, SessionState
from tests.statements import counted
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_session, make_site, make_world

BEGIN = at(FIRST_DAY, 8, 30)  # 180 minutes of teaching end at 11:50
KM_39 = 0.35  # degrees of latitude; by the rule 55 minutes by road


def pair(now: datetime, begin: datetime, *, lat: float = 37.4) -> tuple[World, TrainingClass, TrainingClass, ClassSession]:
    """A class at the world's site from 08:30 to 11:50, and another one at a site of its own from `begin`."""
    world = make_world()
    mine, other = make_class(world, now=now), make_class(world, now=now)
    make_session(mine, BEGIN)
    return world, mine, other, make_session(other, begin, room=make_site(lat=lat))


def test_an_overlap_is_named_and_seen_from_both_sides(session: Session, now: datetime) -> None:
    _, mine, other, theirs = pair(now, at(FIRST_DAY, 11))
    clash = queries.clashing_classes(mine.id)[other.id]
    assert (clash.class_code, clash.session_title, clash.travel_minutes) == (other.code, theirs.title_zh, 0)
    assert queries.clashing_classes(other.id)[mine.id].class_code == mine.code
    assert queries.find_class_clash(mine.id, [other.id]) == clash


@pytest.mark.parametrize(("minute", "clashes"), [(0, True), (44, True), (45, False)])
def test_the_way_between_sites_counts_to_the_minute(session: Session, now: datetime, minute: int, clashes: bool) -> None:
    begin = at(FIRST_DAY, 12) + timedelta(minutes=minute)  # mine ends at 11:50, and the way takes 55 minutes
    _, mine, other, _ = pair(now, begin, lat=37.4 + KM_39)
    found = queries.clashing_classes(mine.id)
    assert set(found) == ({other.id} if clashes else set())
    assert (queries.find_class_clash(mine.id, [other.id]) is not None) is clashes
    if clashes:
        assert found[other.id].travel_minutes == 55


def test_a_way_that_somebody_has_set_counts_instead(session: Session, now: datetime) -> None:
    world, mine, other, theirs = pair(now, at(FIRST_DAY, 12, 10), lat=37.4 + KM_39)
    room = db.session.get_one(type(world.room), theirs.room_id)
    one, two = sorted((world.site.id, room.site_id))
    session.add(TravelTime(site_id=one, other_site_id=two, minutes=20, changed_by="李明蕙", changed_at=now))
    session.commit()
    assert queries.clashing_classes(mine.id) == {}
    assert queries.find_class_clash(other.id, [mine.id]) is None


def test_one_after_the_other_at_one_site_is_no_clash(session: Session, now: datetime) -> None:
    world = make_world()
    mine, other = make_class(world, now=now), make_class(world, now=now)
    make_session(mine, BEGIN)
    make_session(other, at(FIRST_DAY, 11, 50))
    assert queries.clashing_classes(mine.id) == {}


def test_what_is_cancelled_does_not_clash(session: Session, now: datetime) -> None:
    world, mine, other, theirs = pair(now, BEGIN)
    theirs.state, theirs.cancelled_reason = SessionState.CANCELLED, "停电"
    third = make_class(world, now=now, state=ClassState.CANCELLED)
    make_session(third, BEGIN)
    session.commit()
    assert queries.clashing_classes(mine.id) == {}
    assert queries.find_class_clash(mine.id, [other.id, third.id]) is None
    assert queries.minutes_of_classes([mine.id, other.id]) == {mine.id: 180}
    assert queries.sessions_of(other.id) == []
    assert queries.sessions_of(other.id, with_cancelled=True) == [theirs]


def test_the_first_clash_of_several_is_told(session: Session, now: datetime) -> None:
    world = make_world()
    mine, other = make_class(world, now=now), make_class(world, now=now)
    for day in (2, 0, 1):
        make_session(mine, BEGIN + timedelta(days=day))
        make_session(other, BEGIN + timedelta(days=day, hours=1))
    assert queries.clashing_classes(mine.id)[other.id].starts_at == BEGIN + timedelta(hours=1)


@pytest.mark.parametrize("count", [2, 60])
def test_the_number_of_statements_does_not_grow(session: Session, now: datetime, count: int) -> None:
    world = make_world()
    mine = make_class(world, now=now)
    room = make_site(lat=37.9)
    for n in range(3):
        make_session(mine, BEGIN + timedelta(days=n))
    for n in range(count):
        make_session(make_class(world, now=now), BEGIN + timedelta(hours=n), room=room if n % 2 else None)
    with counted() as asked:
        found = queries.clashing_classes(mine.id)
    assert found
    assert len(asked) <= 4
