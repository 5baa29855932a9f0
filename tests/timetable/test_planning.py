"""What stands in the way of a session, by name, and the nearest times at which nothing does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from academy.core.db import db, transaction
from academy.people.models import InstructorAbsence
from academy.sites.models import Closure, OpeningHours, Room, TravelTime
from academy.timetable import queries, services
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import TeachingRole, Wanted
from academy.timetable.services.booking import (
    DoesNotFit,
    InstructorIsAway,
    IsTaken,
    LearnersAreAffected,
    PlaceIsClosed,
    RoomDoesNotSuit,
    SessionPlan,
    SessionTimeIsUnusable,
    WeekIsFull,
)
from tests.conftest import NOW
from tests.timetable.factories import FIRST_DAY, World, at, make_class, make_site, make_world

BEGIN = at(FIRST_DAY, 8, 30)
DAY = timedelta(days=1)


def plan(
    room: Room | None, begin: datetime = BEGIN, *, hours: int = 2, staff: tuple[int, ...] = (), **given: object
) -> SessionPlan:
    end = begin + timedelta(minutes=hours * 50)
    return SessionPlan("议事规则", begin, end, hours * 45, None, room.id if room else None, staff, **given)  # type: ignore[arg-type]


def save(world: World, found: TrainingClass, wanted: SessionPlan, seq: int | None = None) -> ClassSession:
    with transaction():
        return services.save_session(code=found.code, seq=seq, plan=wanted, actor=world.manager, now=NOW)


def close(world: World, room: Room | None, since: datetime, until: datetime) -> None:
    db.session.add(
        Closure(
            code=f"C{since:%d%H}{until:%d%H}", site_id=world.site.id, room_id=room.id if room else None, starts_at=since,
            ends_at=until, reason="消防检修", created_by="孔延玲", created_at=NOW,
        )
    )  # fmt: skip
    db.session.commit()


def open_on(world: World, weekday: int, opens: int, closes: int, room: Room | None = None) -> None:
    hours = OpeningHours(
        site_id=world.site.id, room_id=room.id if room else None, weekday=weekday, opens=opens * 60, closes=closes * 60
    )
    db.session.add(hours)
    db.session.commit()


def test_the_class_itself_is_a_resource_whatever_the_room(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    save(world, found, plan(world.room))
    with pytest.raises(IsTaken, match=r"这个班.*已有“议事规则”"):
        save(world, found, plan(world.hall, BEGIN + timedelta(minutes=90)))


def test_an_instructor_needs_the_time_of_the_way_between_two_sites(session: Session) -> None:
    world = make_world()
    far = make_site(lat=37.75)  # 55 minutes by road
    first, second = make_class(world, now=NOW), make_class(world, now=NOW)
    staff = (world.instructors[0].id,)
    save(world, first, plan(world.room, staff=staff))  # until 10:10
    with pytest.raises(IsTaken, match=r"梁伯渊.*路上要 55 分钟"):
        save(world, second, plan(far, at(FIRST_DAY, 11), staff=staff))
    save(world, second, plan(far, at(FIRST_DAY, 11, 5), staff=staff))
    session.add(TravelTime(site_id=world.site.id, other_site_id=far.site_id, minutes=90, changed_by="李明蕙", changed_at=NOW))
    session.commit()
    third = make_class(world, now=NOW)
    with pytest.raises(IsTaken, match="路上要 90 分钟"):
        save(world, third, plan(world.hall, at(FIRST_DAY, 14), staff=staff))


def test_a_class_cannot_be_at_two_sites_without_the_way(session: Session) -> None:
    world = make_world()
    far = make_site(lat=37.75)
    found = make_class(world, now=NOW)
    save(world, found, plan(world.room))
    with pytest.raises(IsTaken, match="学员赶不到"):
        save(world, found, plan(far, at(FIRST_DAY, 10, 30)))


def test_an_absence_is_named_with_its_reason(session: Session) -> None:
    world = make_world()
    found, one = make_class(world, now=NOW), world.instructors[0]
    session.add(
        InstructorAbsence(instructor_id=one.id, starts_at=BEGIN - DAY, ends_at=BEGIN + DAY, reason="出国访学", created_at=NOW)
    )
    session.commit()
    with pytest.raises(InstructorIsAway, match=r"梁伯渊.*出国访学"):
        save(world, found, plan(world.room, staff=(one.id,)))
    save(world, found, plan(world.room, BEGIN + DAY, staff=(one.id,)))


def test_an_instructor_teaches_no_more_hours_a_week_than_she_may(session: Session) -> None:
    world = make_world()
    one = world.instructors[0]
    one.max_hours_per_week = 5
    found = make_class(world, now=NOW, ends_on=FIRST_DAY + 9 * DAY)
    save(world, found, plan(world.room, hours=3, staff=(one.id,)))
    with pytest.raises(WeekIsFull, match="已排 3 学时，每周最多 5 学时"):
        save(world, found, plan(world.room, BEGIN + DAY, hours=3, staff=(one.id,)))
    changed = save(world, found, plan(world.room, BEGIN + DAY, hours=2, staff=(one.id,)))
    save(
        world, found, plan(world.room, at(FIRST_DAY + DAY, 14), hours=2, staff=(one.id,)), seq=changed.seq
    )  # not counted twice
    save(world, found, plan(world.room, BEGIN + 7 * DAY, hours=3, staff=(one.id,)))  # the next week is another one


def test_a_closed_room_and_a_closed_site_are_named_with_the_reason(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    close(world, world.room, BEGIN, BEGIN + timedelta(hours=3))
    with pytest.raises(PlaceIsClosed, match=r"教室“302”.*消防检修"):
        save(world, found, plan(world.room))
    save(world, found, plan(world.hall))
    close(world, None, BEGIN + DAY, BEGIN + DAY + timedelta(hours=1))
    with pytest.raises(PlaceIsClosed, match=r"教学点.*消防检修"):
        save(world, found, plan(world.hall, BEGIN + DAY))


def test_opening_hours_bind_and_a_room_may_have_its_own(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    open_on(world, 1, 9, 17)  # Mondays only
    with pytest.raises(PlaceIsClosed, match="只开放 09:00—17:00"):
        save(world, found, plan(world.room))
    with pytest.raises(PlaceIsClosed, match="不开放"):
        save(world, found, plan(world.room, BEGIN + DAY))
    open_on(world, 1, 8, 12, world.room)
    save(world, found, plan(world.room))
    with pytest.raises(PlaceIsClosed, match="08:00—12:00"):
        save(world, found, plan(world.room, at(FIRST_DAY, 14)))


def test_a_room_has_to_hold_the_class_and_its_equipment(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW, seats=40)
    with pytest.raises(RoomDoesNotSuit, match="只容 30 人，这个班有 40 席"):
        save(world, found, plan(world.room))
    with pytest.raises(RoomDoesNotSuit, match="没有：录音"):
        save(world, found, plan(world.hall, equipment=("录音",)))
    world.hall.equipment = ["录音", "投影"]
    session.commit()
    assert save(world, found, plan(world.hall, equipment=("录音",))).equipment == ["录音"]


@pytest.mark.parametrize(("hour", "hours"), [(23, 2), (22, 3)])
def test_a_session_over_midnight_is_refused(session: Session, hour: int, hours: int) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    with pytest.raises(SessionTimeIsUnusable):
        save(world, found, plan(world.room, at(FIRST_DAY, hour), hours=hours))


def test_roles_are_kept_as_they_were_chosen(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    ids = tuple(one.id for one in world.instructors)
    saved = save(world, found, plan(world.room, staff=ids, roles=(TeachingRole.ASSISTANT, TeachingRole.LEAD)))
    assert queries.session_instructors([saved.id])[saved.id] == [ids[1], ids[0]]  # the lead first
    assert queries.session_roles([saved.id])[saved.id, ids[0]] is TeachingRole.ASSISTANT


def test_every_change_counts_one_more_version(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    saved = save(world, found, plan(world.room))
    save(world, found, plan(world.room, BEGIN + DAY), seq=saved.seq)
    with transaction():
        services.cancel_session(code=found.code, seq=saved.seq, reason="停电", actor=world.manager, now=NOW)
    session.refresh(found)
    session.refresh(saved)
    assert (found.timetable_version, saved.revision) == (3, 3)


def test_a_class_with_people_is_changed_only_by_who_looks_at_them(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW, admitted_count=3)
    attempts: list[Callable[[], object]] = [
        lambda: services.save_session(code=found.code, seq=None, plan=plan(world.room), actor=world.manager, now=NOW),
        lambda: services.cancel_session(code=found.code, seq=1, reason="停电", actor=world.manager, now=NOW),
        lambda: services.delete_session(code=found.code, seq=1, actor=world.manager, now=NOW),
        lambda: services.generate_sessions(code=found.code, actor=world.manager, now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(LearnersAreAffected, match="已录取 3 人"), transaction():
            attempt()


def test_the_three_nearest_free_times_are_free_near_and_apart(session: Session) -> None:
    world = make_world()
    first, second = make_class(world, now=NOW), make_class(world, now=NOW)
    staff = (world.instructors[0].id,)
    for begin in (BEGIN, at(FIRST_DAY, 14)):
        save(world, first, plan(world.room, begin, hours=4, staff=staff))  # 08:30—11:50, 14:00—17:20
    asked = plan(world.room, at(FIRST_DAY, 9, 30), staff=staff)
    with pytest.raises(DoesNotFit):
        save(world, second, asked)
    free = queries.free_times(second, asked.wanted, now=NOW)
    assert [one.starts_at for one in free] == [
        at(FIRST_DAY, 11, 50),
        at(FIRST_DAY + DAY, 8, 30),
        at(FIRST_DAY + DAY, 10, 10),
    ]
    for one in free:
        save(world, second, plan(world.room, one.starts_at, staff=staff))


def test_free_times_keep_to_hours_closures_absences_and_the_present(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)  # Monday to Wednesday
    open_on(world, 2, 9, 12)
    open_on(world, 3, 9, 12)
    close(world, None, at(FIRST_DAY + DAY, 9), at(FIRST_DAY + DAY, 10))
    wanted = plan(world.room, staff=(world.instructors[0].id,)).wanted
    free = queries.free_times(found, wanted, now=NOW)
    assert [one.starts_at for one in free] == [at(FIRST_DAY + DAY, 10), at(FIRST_DAY + 2 * DAY, 9)]
    late = queries.free_times(found, wanted, now=at(FIRST_DAY + 2 * DAY, 9, 15))
    assert [one.starts_at for one in late] == [at(FIRST_DAY + 2 * DAY, 9, 20)]


def test_a_time_far_from_the_class_is_answered_with_the_class_s_own_days(session: Session) -> None:
    world = make_world()
    found = make_class(world, now=NOW)
    far = Wanted(BEGIN + 200 * DAY, BEGIN + 200 * DAY + timedelta(minutes=100), 90, world.room.id)
    assert all(one.starts_at.date() >= FIRST_DAY for one in queries.free_times(found, far, now=NOW))
