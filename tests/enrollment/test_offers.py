"""An offer: made once, in order, for a while, answered once, never too late."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import NotFound
from academy.core.outbox import drain
from academy.enrollment import jobs, queries, services
from academy.enrollment.models import Enrollment, Offer
from academy.enrollment.rules import OfferState
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.timetable.models import TrainingClass
from tests.enrollment.factories import counters, make_account, make_learners, own, put_in, states
from tests.timetable.factories import World, make_class, make_world


def asked(now: datetime, *, people: int = 4, **given: Any) -> tuple[World, TrainingClass, list[Learner], Offer]:
    """A class with one seat: the first has left it, the second is asked, the others wait."""
    world = make_world()
    found = make_class(world, now=now, seats=1, **given)
    learners = make_learners(now, people)
    for learner in learners:
        put_in(found, learner, actor=world.manager, now=now)
    with transaction():
        services.withdraw(code=own(found, learners[0]).code, actor=world.manager, now=now, reason="调离岗位")
    return world, found, learners, offer_of(found, learners[1])


def offer_of(found: TrainingClass, learner: Learner) -> Offer:
    return db.session.scalars(
        select(Offer).where(Offer.enrollment_id == own(found, learner).id).execution_options(populate_existing=True)
    ).one()


def accept(offer: Offer, now: datetime) -> Enrollment:
    with transaction():
        return services.accept_offer(code=offer.code, now=now)


def decline(offer: Offer, now: datetime) -> Enrollment:
    with transaction():
        return services.decline_offer(code=offer.code, now=now)


def test_an_offer_holds_the_seat_until_it_is_answered(session: Session, now: datetime) -> None:
    world, found, learners, offer = asked(now)
    assert counters(found) == (0, 1, 0, 2)
    assert offer.expires_at == now + timedelta(hours=found.offer_hours)
    assert put_in(found, make_learners(now, 1)[0], actor=world.manager, now=now).number == 4
    accept(offer, now)
    assert states(found)[learners[1].id] == ("admitted", 1)
    assert counters(found) == (1, 0, 0, 3)


def test_accepting_twice_changes_nothing_the_second_time(session: Session, now: datetime) -> None:
    _, found, _, offer = asked(now)
    assert accept(offer, now).id == accept(offer, now).id
    assert counters(found) == (1, 0, 0, 2)
    with pytest.raises(services.OfferIsOver):
        decline(offer, now)


def test_whoever_declined_is_not_offered_again_and_the_next_one_is(session: Session, now: datetime) -> None:
    world, found, learners, offer = asked(now)
    decline(offer, now)
    assert states(found)[learners[1].id][0] == "lapsed"
    assert states(found)[learners[2].id] == ("offered", 2)
    decline(offer, now)  # pressed again
    with transaction():
        services.change_seats(class_id=found.id, seats=5, actor=world.manager, now=now)
    assert states(found)[learners[1].id][0] == "lapsed"
    assert len(session.scalars(select(Offer).where(Offer.enrollment_id == offer.enrollment_id)).all()) == 1


def test_an_unanswered_offer_moves_on_and_cannot_be_taken_afterwards(session: Session, now: datetime) -> None:
    _, found, learners, offer = asked(now)
    later = offer.expires_at
    with pytest.raises(services.OfferIsOver):
        accept(offer, later)
    jobs.expire_offers(now=later)
    jobs.expire_offers(now=later)
    assert [states(found)[one.id][0] for one in learners] == ["removed", "lapsed", "offered", "waitlisted"]
    assert counters(found) == (0, 1, 0, 1)
    with pytest.raises(services.OfferIsOver):
        accept(offer, later)
    drain(now=later)
    told = {(row.name, row.reason) for row in session.scalars(select(Message))}
    assert (learners[1].name_zh, "enrollment.offer_expired") in told
    assert (learners[2].name_zh, "enrollment.offered") in told


def test_an_offer_never_stands_beyond_the_deadline(session: Session, now: datetime) -> None:
    _, found, _, offer = asked(now, enroll_closes_at=now + timedelta(hours=3))
    assert offer.expires_at == found.enroll_closes_at
    with pytest.raises(services.OfferIsOver):
        accept(offer, found.enroll_closes_at)
    jobs.expire_offers(now=found.enroll_closes_at)
    assert db.session.scalars(select(Offer).where(Offer.state == OfferState.OPEN)).all() == []
    assert counters(found) == (0, 0, 0, 2)


def test_nobody_takes_an_offered_seat_of_a_class_that_has_started(session: Session, now: datetime) -> None:
    world, found, _, offer = asked(now)
    with transaction():
        services.lapse_line(class_id=found.id, now=now)
    with pytest.raises(services.OfferIsOver):
        accept(offer, now)
    assert counters(found) == (0, 0, 0, 0)
    assert world.manager


def test_leaving_while_asked_frees_the_seat_for_the_next(session: Session, now: datetime) -> None:
    world, found, learners, offer = asked(now)
    with transaction():
        services.withdraw(code=own(found, learners[1]).code, actor=world.manager, now=now, reason="不来了")
    assert offer_of(found, learners[1]).state is OfferState.CLOSED
    assert states(found)[learners[2].id][0] == "offered"
    with pytest.raises(services.OfferIsOver):
        accept(offer, now)


def test_priority_goes_before_number_and_needs_a_reason(session: Session, now: datetime) -> None:
    world, found, learners, offer = asked(now)
    with pytest.raises(services.PriorityIsUnusable), transaction():
        services.set_priority(code=own(found, learners[3]).code, priority=1, reason=" ", actor=world.manager, now=now)
    with transaction():
        services.set_priority(
            code=own(found, learners[3]).code, priority=1, reason="急需持证上岗", actor=world.manager, now=now
        )
    last = own(found, learners[3])
    assert queries.waitlist_place(found.id, last.priority, last.waitlist_no or 0) == (1, 2)
    decline(offer, now)
    assert [states(found)[one.id][0] for one in learners[2:]] == ["waitlisted", "offered"]
    row = session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.priority_changed")).one()
    assert (row.before, row.after, row.reason) == ({"priority": 5}, {"priority": 1}, "急需持证上岗")


def test_the_database_refuses_two_open_offers_for_one_person(session: Session, now: datetime) -> None:
    _, _, _, offer = asked(now)
    session.add(Offer(code="Z" * 16, enrollment_id=offer.enrollment_id, offered_at=now, expires_at=now))
    with pytest.raises(IntegrityError, match=r"uq_seat_offer_open|seat_offer\.enrollment_id"):
        session.flush()
    session.rollback()


def test_nobody_guesses_an_offer(session: Session, client: FlaskClient, now: datetime) -> None:
    asked(now)
    with pytest.raises(NotFound):
        accept(Offer(code="A" * 16), now)
    assert client.get("/offers/AAAAAAAAAAAAAAAA").status_code == 404


def test_the_link_works_without_signing_in_and_a_look_at_it_answers_nothing(
    session: Session, client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail scanners open every link: only the press of a button counts, and it counts once."""
    monkeypatch.setattr("academy.enrollment.web.offers.now", lambda: now)
    _, found, learners, offer = asked(now)
    drain(now=now)
    letter = session.scalars(select(Message).where(Message.reason == "enrollment.offered")).first()
    assert letter is not None
    assert offer.code in str(letter.facts)
    page = f"/offers/{offer.code}"
    for _ in range(2):
        assert "接受" in client.get(page).get_data(as_text=True)
    assert states(found)[learners[1].id][0] == "offered"
    assert learners[1].name_zh not in client.get(page).get_data(as_text=True)  # whoever finds the link learns no name
    answer = client.post_form(f"{page}/accept", page=page, follow_redirects=True)  # type: ignore[attr-defined]
    assert "席位是您的了" in answer.get_data(as_text=True)
    assert states(found)[learners[1].id][0] == "admitted"
    assert not re.search(r"<button[^>]*>\s*接受", client.get(page).get_data(as_text=True))


def test_a_signed_in_learner_sees_her_offer_on_the_class_page(
    session: Session, client: FlaskClient, sign_in: Callable[..., None], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.enrollment.web.apply.now", lambda: now)
    world = make_world()
    found = make_class(world, now=now, seats=1)
    first = make_learners(now, 1)[0]
    user, actor, learner = make_account(now)
    put_in(found, first, actor=world.manager, now=now)
    with transaction():
        services.apply(class_code=found.code, actor=actor, now=now)
    with transaction():
        services.withdraw(code=own(found, first).code, actor=world.manager, now=now, reason="调离岗位")
    sign_in(client, user)
    assert f"/offers/{offer_of(found, learner).code}" in client.get(f"/classes/{found.code}").get_data(as_text=True)
