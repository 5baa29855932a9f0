"""Applications: two levels, documents only where a rule asks, returned and handed in again, decided once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import NotFound
from academy.core.files import StoredFile
from academy.core.outbox import drain
from academy.enrollment import queries, services
from academy.enrollment.rules import Decision, DocumentKind
from academy.notifications.models import Message
from academy.people.models import Learner
from academy.people.rules import Education, HeldLevel
from academy.timetable.models import TrainingClass
from academy.timetable.rules import AdmissionMode
from tests.accounts.factories import make_organization
from tests.enrollment.factories import (
    counters,
    make_account,
    make_coordinator,
    make_learner,
    own,
    put_in,
    states,
)
from tests.timetable.factories import World, make_class, make_world

PDF = services.Upload("毕业证.pdf", b"%PDF-1.7\n%...")
REVIEWED: dict[str, Any] = {"admission": AdmissionMode.UNIT_AND_ACADEMY}


def apply(found: TrainingClass, actor: Actor, now: datetime, **uploads: services.Upload) -> services.Enrolled:
    with transaction():
        given = {DocumentKind(kind): upload for kind, upload in uploads.items()}
        return services.apply(class_code=found.code, actor=actor, now=now, uploads=given)


def decide(found: TrainingClass, learner: Learner, what: Decision, actor: Actor, now: datetime, reason: str = "") -> None:
    with transaction():
        services.decide(code=own(found, learner).code, decision=what, actor=actor, now=now, reason=reason)


def world_with_unit(now: datetime, **given: Any) -> tuple[World, TrainingClass, Actor, Actor, Learner]:
    """A reviewed class, a unit's coordinator, and an applicant of the unit."""
    world, unit = make_world(), make_organization()
    found = make_class(world, now=now, **{**REVIEWED, **given})
    _, coordinator = make_coordinator(unit)
    _, actor, learner = make_account(now)
    learner.organization_id = unit.id
    db.session.commit()
    return world, found, coordinator, actor, learner


def test_an_application_takes_no_seat_until_both_levels_agree(session: Session, now: datetime) -> None:
    world, found, coordinator, actor, learner = world_with_unit(now, seats=1)
    assert apply(found, actor, now).state == "applied"
    assert apply(found, actor, now).is_new is False
    assert counters(found) == (0, 0, 0, 0)
    decide(found, learner, Decision.APPROVE, coordinator, now)
    assert states(found)[learner.id] == ("unit_approved", None)
    with pytest.raises(services.IsDecided):
        decide(found, learner, Decision.APPROVE, coordinator, now)
    decide(found, learner, Decision.APPROVE, world.manager, now)
    assert states(found)[learner.id] == ("admitted", None)
    assert counters(found) == (1, 0, 0, 0)
    drain(now=now)
    mine = select(Message.reason).where(Message.name == learner.name_zh, Message.channel == "in_app")
    assert sorted(session.scalars(mine)) == ["enrollment.admitted", "enrollment.applied"]


def test_approving_twice_seats_once(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    decide(found, learner, Decision.APPROVE, world.manager, now)
    with pytest.raises(services.IsDecided):
        decide(found, learner, Decision.APPROVE, world.admin, now)
    assert counters(found) == (1, 0, 0, 0)


def test_a_returned_application_is_corrected_and_keeps_its_turn(session: Session, now: datetime) -> None:
    world, found, coordinator, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    with pytest.raises(services.ReasonIsMissing):
        decide(found, learner, Decision.RETURN, coordinator, now)
    decide(found, learner, Decision.RETURN, coordinator, now, "单位名称写错")
    first = own(found, learner)
    assert (first.state, first.reason) == ("returned", "单位名称写错")
    with pytest.raises(services.IsDecided):
        decide(found, learner, Decision.APPROVE, world.manager, now)
    with transaction():
        services.resubmit(code=first.code, actor=actor, now=now + timedelta(hours=1))
    assert (own(found, learner).state, own(found, learner).applied_at) == ("applied", now)


def test_a_refused_application_ends_with_its_reason(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    decide(found, learner, Decision.REJECT, world.manager, now, "名额优先给一线岗位")
    assert (own(found, learner).state, own(found, learner).reason) == ("rejected", "名额优先给一线岗位")
    assert apply(found, actor, now).is_new  # nothing forbids another try


def test_nobody_decides_about_herself_or_about_strangers(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    _, stranger = make_coordinator(make_organization())
    with pytest.raises(NotFound):
        decide(found, learner, Decision.APPROVE, stranger, now)
    with pytest.raises(NotFound):
        decide(found, learner, Decision.APPROVE, actor, now)
    herself = Actor(actor.user_id, actor.name, world.manager.grants)
    with pytest.raises(services.IsOwnApplication):
        decide(found, learner, Decision.APPROVE, herself, now)


def test_approval_obeys_the_seats_and_the_line(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now, seats=1)
    apply(found, actor, now)
    put_in(found, make_learner(now), actor=world.manager, now=now)
    decide(found, learner, Decision.APPROVE, world.manager, now)
    assert states(found)[learner.id] == ("waitlisted", 1)
    assert counters(found) == (1, 0, 0, 1)


def test_approval_asks_the_rule_again(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    learner.person_type_code = "P01"
    db.session.commit()
    with pytest.raises(services.MayNotEnroll):
        decide(found, learner, Decision.APPROVE, world.manager, now)
    with pytest.raises(services.MayNotEnroll):
        decide(found, learner, Decision.APPROVE, world.manager, now + timedelta(days=20))  # it has started
    assert states(found)[learner.id] == ("applied", None)


def test_applications_are_reviewed_after_the_deadline_too(session: Session, now: datetime) -> None:
    world, found, _, actor, learner = world_with_unit(now)
    apply(found, actor, now)
    decide(found, learner, Decision.APPROVE, world.manager, found.enroll_closes_at + timedelta(days=1))
    assert states(found)[learner.id] == ("admitted", None)


def test_a_nomination_is_the_units_approval_and_holds_an_allotted_place(session: Session, now: datetime) -> None:
    world, found, coordinator, _, learner = world_with_unit(now, seats=1)
    code = accounts.organizations()[0].code
    with transaction():
        plan = services.QuotaPlan(1, organization_code=code, is_named=True)
        services.add_quota(class_id=found.id, plan=plan, actor=world.manager, now=now)
    with transaction():
        services.nominate(class_id=found.id, learner_id=learner.id, actor=coordinator, now=now)
    assert states(found)[learner.id] == ("unit_approved", None)
    assert counters(found) == (0, 1, 0, 0)
    decide(found, learner, Decision.REJECT, world.manager, now, "材料不实")
    assert counters(found) == (0, 0, 1, 0)
    with transaction():
        services.nominate(class_id=found.id, learner_id=learner.id, actor=coordinator, now=now)
    decide(found, learner, Decision.APPROVE, world.manager, now)
    assert counters(found) == (1, 0, 0, 0)


def test_documents_are_asked_for_only_when_a_rule_needs_them(session: Session, now: datetime) -> None:
    _, found, _, actor, learner = world_with_unit(now, min_education=Education.COLLEGE)
    with pytest.raises(services.DocumentsAreMissing, match="学历证明"):
        apply(found, actor, now)
    learner.education = Education.BACHELOR
    db.session.commit()
    with pytest.raises(services.DocumentIsUnusable):  # her record says it: nothing is collected that nobody needs
        apply(found, actor, now, education=PDF)
    assert apply(found, actor, now).is_new


def test_a_document_is_kept_sealed_and_each_look_is_written_down(session: Session, now: datetime) -> None:
    _, found, coordinator, actor, learner = world_with_unit(now, min_education=Education.COLLEGE)
    apply(found, actor, now, education=PDF)
    kept = session.scalars(select(StoredFile)).one()
    assert PDF.content not in kept.content
    code = own(found, learner).code
    with transaction():
        assert services.read_document(code=code, kind=DocumentKind.EDUCATION, actor=coordinator, now=now)[2] == PDF.content
    _, stranger = make_coordinator(make_organization())
    with pytest.raises(NotFound), transaction():
        services.read_document(code=code, kind=DocumentKind.EDUCATION, actor=stranger, now=now)
    with pytest.raises(NotFound), transaction():
        services.read_document(code=code, kind=DocumentKind.YEARS, actor=coordinator, now=now)
    assert len(session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.document_read")).all()) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", b"%PDF-" + b"0" * (5 * 1024 * 1024)],
    ids=["empty", "exe", "svg", "5MB"],
)
def test_only_pictures_and_pdfs_of_bearable_size_are_taken(session: Session, now: datetime, content: bytes) -> None:
    _, found, _, actor, learner = world_with_unit(now, min_education=Education.COLLEGE)
    with pytest.raises(services.DocumentIsUnusable):
        apply(found, actor, now, education=services.Upload("x", content))
    assert states(found) == {}
    assert learner


def test_without_a_review_the_record_itself_must_say_it(session: Session, now: datetime) -> None:
    world = make_world()
    found = make_class(world, now=now, required_level=HeldLevel.JUNIOR, min_years=2)
    good = make_learner(now, held_level=HeldLevel.SENIOR, held_until=date(2027, 1, 1), works_since=date(2024, 12, 7))
    late = make_learner(now, held_level=HeldLevel.JUNIOR, held_until=date(2026, 12, 6), works_since=date(2024, 12, 8))
    silent = make_learner(now, held_level=HeldLevel.JUNIOR)
    codes = [{c.code for c in queries.explain(found.id, one.id, now).checks if c.state == "no"} for one in (good, late, silent)]
    assert codes == [set(), {"qualification", "years"}, {"qualification", "years"}]
    assert put_in(found, good, actor=world.manager, now=now).is_new
