"""Quotas: seats kept for those they are for, whatever the door; what is not used goes back at a set hour."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden, NotFound
from academy.core.outbox import drain
from academy.enrollment import jobs, queries, services
from academy.enrollment.models import ClassQuota
from academy.notifications.models import Message
from academy.timetable.models import TrainingClass
from academy.timetable.services.seats import SeatsAreKept
from tests.accounts.factories import make_organization
from tests.enrollment.factories import counters, make_coordinator, make_learner, make_learners, own, put_in, states
from tests.timetable.factories import World, make_class, make_staff, make_world


def keep(found: TrainingClass, world: World, now: datetime, **plan: object) -> ClassQuota:
    with transaction():
        return services.add_quota(class_id=found.id, plan=services.QuotaPlan(**plan), actor=world.manager, now=now)  # type: ignore[arg-type]


def test_a_person_of_the_group_is_seated_though_the_rest_is_full(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=3)
    keep(found, world, now, seats=2, organization_code=unit.code)
    outsiders, members = make_learners(now, 2), make_learners(now, 3, organization_id=unit.id)
    assert [put_in(found, one, actor=world.manager, now=now).number for one in outsiders] == [None, 1]
    assert [put_in(found, one, actor=world.manager, now=now).number for one in members] == [None, None, 2]
    assert counters(found) == (3, 0, 0, 2)
    check = next(
        c for c in queries.explain(found.id, make_learner(now, organization_id=unit.id).id, now).checks if c.code == "seats"
    )
    assert check.state == "wait"


def test_the_narrowest_quota_is_used_first(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=3)
    wide = keep(found, world, now, seats=1, person_type_code="P12")
    narrow = keep(found, world, now, seats=1, person_type_code="P12", organization_code=unit.code)
    put_in(found, make_learner(now, organization_id=unit.id), actor=world.manager, now=now)
    session.expire_all()
    assert (session.get_one(ClassQuota, narrow.id).taken, session.get_one(ClassQuota, wide.id).taken) == (1, 0)


def test_a_seat_of_a_quota_that_is_left_goes_back_to_the_quota(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=2)
    keep(found, world, now, seats=1, organization_code=unit.code)
    member, other, waiting = make_learner(now, organization_id=unit.id), *make_learners(now, 2)
    for one in (member, other, waiting):
        put_in(found, one, actor=world.manager, now=now)
    with transaction():
        services.withdraw(code=own(found, member).code, actor=world.manager, now=now, reason="调离")
    assert counters(found) == (1, 0, 1, 1)  # kept for the unit, not offered to whoever waits
    assert states(found)[waiting.id][0] == "waitlisted"


def test_whoever_waits_is_asked_when_her_own_quota_has_a_seat_again(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=2)
    keep(found, world, now, seats=1, organization_code=unit.code)
    first, stranger, outsider, second = (
        make_learner(now, organization_id=unit.id), *make_learners(now, 2), make_learner(now, organization_id=unit.id),
    )  # fmt: skip
    for one in (first, stranger, outsider, second):
        put_in(found, one, actor=world.manager, now=now)
    with transaction():
        services.withdraw(code=own(found, first).code, actor=world.manager, now=now, reason="调离")
    assert [states(found)[one.id][0] for one in (outsider, second)] == ["waitlisted", "offered"]


def test_places_that_a_unit_names_are_filled_by_naming_only(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    _, coordinator = make_coordinator(unit)
    found = make_class(world, now=now, seats=2)
    keep(found, world, now, seats=2, organization_code=unit.code, is_named=True)
    alone, named = make_learners(now, 2, organization_id=unit.id)
    with pytest.raises(Forbidden), transaction():
        services.enroll(class_id=found.id, learner_id=alone.id, actor=coordinator, now=now)
    check = next(c for c in queries.explain(found.id, alone.id, now).checks if c.code == "seats")
    assert check.state == "wait"  # nobody has named her: she may wait
    with transaction():
        outcome = services.nominate(class_id=found.id, learner_id=named.id, actor=coordinator, now=now)
    assert (outcome.state.value, outcome.number) == ("admitted", None)
    assert counters(found) == (1, 0, 1, 0)


def test_a_coordinator_does_not_reach_another_units_people(session: Session, now: datetime) -> None:
    world, unit, other = make_world(), make_organization(), make_organization()
    _, coordinator = make_coordinator(unit)
    found = make_class(world, now=now)
    stranger, member = make_learner(now, organization_id=other.id), make_learner(now, organization_id=unit.id)
    with pytest.raises(NotFound), transaction():
        services.nominate(class_id=found.id, learner_id=stranger.id, actor=coordinator, now=now)
    with transaction():
        outcome = services.nominate_many(class_id=found.id, learner_ids=[stranger.id, member.id], actor=coordinator, now=now)
    assert isinstance(outcome[stranger.id], DomainError)
    assert states(found) == {member.id: ("admitted", None)}
    refused = session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.nomination_refused")).all()
    assert [row.actor_id for row in refused] == [coordinator.user_id]


def test_unused_places_go_back_at_the_set_hour_and_those_who_wait_are_asked(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    user, coordinator = make_coordinator(unit)
    found = make_class(world, now=now, seats=3)
    hour = now + timedelta(days=2)
    keep(found, world, now, seats=2, organization_code=unit.code, is_named=True, returns_at=hour)
    member, outsider, *waiting = make_learner(now, organization_id=unit.id), *make_learners(now, 3)
    with transaction():
        services.nominate(class_id=found.id, learner_id=member.id, actor=coordinator, now=now)
    for one in (outsider, *waiting):
        put_in(found, one, actor=world.manager, now=now)
    jobs.return_due_quotas(now=hour - timedelta(seconds=1))
    assert counters(found) == (2, 0, 1, 2)
    for _ in range(2):
        jobs.return_due_quotas(now=hour)
        assert counters(found) == (2, 1, 0, 1)
    assert states(found)[waiting[0].id] == ("offered", 1)
    drain(now=hour)
    letters = [
        row.reason for row in session.scalars(select(Message).where(Message.user_id == user.id, Message.channel == "in_app"))
    ]
    assert sorted(letters) == ["enrollment.allotted", "enrollment.places_returned"]
    with transaction():  # after the return her seat is everybody's again
        services.withdraw(code=own(found, member).code, actor=world.manager, now=hour, reason="调离")
    assert counters(found) == (1, 2, 0, 0)


def test_no_more_is_kept_than_is_free_and_kept_seats_are_not_taken_away(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=3)
    put_in(found, make_learner(now), actor=world.manager, now=now)
    with pytest.raises(services.SeatsAreNotFree, match="只有 2 席"):
        keep(found, world, now, seats=3, organization_code=unit.code)
    quota = keep(found, world, now, seats=2, organization_code=unit.code)
    with pytest.raises(services.QuotaExists):
        keep(found, world, now, seats=1, organization_code=unit.code)
    session.expire_all()
    with pytest.raises(SeatsAreKept, match="不能少于 3"), transaction():
        services.change_seats(class_id=found.id, seats=2, actor=world.manager, now=now)
    put_in(found, make_learner(now, organization_id=unit.id), actor=world.manager, now=now)
    with pytest.raises(services.QuotaIsUnusable), transaction():
        services.change_quota(class_id=found.id, quota_id=quota.id, seats=0, returns_at=None, actor=world.manager, now=now)
    with transaction():
        services.change_quota(class_id=found.id, quota_id=quota.id, seats=1, returns_at=None, actor=world.manager, now=now)
    assert counters(found) == (2, 0, 0, 0)


def test_freeing_kept_seats_runs_the_line(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=2)
    quota = keep(found, world, now, seats=2, organization_code=unit.code)
    waiting = make_learner(now)
    put_in(found, waiting, actor=world.manager, now=now)
    with transaction():
        services.return_quota(class_id=found.id, quota_id=quota.id, actor=world.manager, now=now)
    assert states(found)[waiting.id] == ("offered", 1)
    with pytest.raises(services.QuotaIsReturned), transaction():
        services.return_quota(class_id=found.id, quota_id=quota.id, actor=world.manager, now=now)


def test_the_database_refuses_a_quota_used_beyond_its_seats(session: Session, now: datetime) -> None:
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, seats=2)
    quota = keep(found, world, now, seats=1, organization_code=unit.code)
    quota.taken = 2
    with pytest.raises(IntegrityError, match="never_exceeded"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("role", [Role.LEARNER, Role.INSTRUCTOR, Role.AUDITOR, Role.CERTIFICATE_OFFICER])
def test_only_class_managers_keep_seats(session: Session, now: datetime, role: Role) -> None:
    found = make_class(make_world(), now=now)
    _, actor = make_staff(role)
    with pytest.raises(Forbidden), transaction():
        services.add_quota(class_id=found.id, plan=services.QuotaPlan(1, person_type_code="P12"), actor=actor, now=now)
