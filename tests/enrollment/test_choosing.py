"""A learner's choices: named, changed, taken back; only in the window, only what the one rule allows."""

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden, NotFound
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Choice, RoundClass
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries.rounds import running_round_of_class
from academy.enrollment.rules import Source
from academy.enrollment.rules.rounds import Criterion, CriterionItem, Phase, RoundState, lottery_number, seal_of
from academy.enrollment.services import choosing, rounds
from academy.enrollment.services.enrolling import NotALearner, enroll
from academy.notifications.models import Message
from academy.people.queries import learner_by_id
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.enrollment.factories import put_in
from tests.enrollment.rounds import AFTER, CLOSES, OPENS, Person, make_plan, make_stage
from tests.timetable.factories import FIRST_DAY, at, make_class, make_program, make_session


def test_choices_are_kept_in_their_order_with_a_number(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5, 5, 5])
    first, second = stage.person(), stage.person()
    stage.choose(first, 2, 0)
    stage.choose(second, 1)
    application = queries.find_application(stage.found().id, second.learner_id)
    assert application is not None
    assert application.number == 2
    kept = queries.find_application(stage.found().id, first.learner_id)
    assert kept is not None
    assert queries.choices_of(kept.id) == [stage.classes[2].id, stage.classes[0].id]


def test_changing_keeps_the_number_and_withdrawing_loses_it(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5, 5])
    person, other = stage.person(), stage.person()
    code = stage.choose(person, 0)
    stage.choose(other, 0)
    stage.choose(person, 1, 0)
    stage.choose(person, 1, 0)  # the same again
    application = queries.get_application(code)
    assert (application.number, application.version) == (1, 2)
    with transaction():
        choosing.withdraw_choices(round_code=stage.code, actor=person.actor, now=now)
    assert queries.choices_of(application.id) == []
    assert stage.choose(person, 0) == code
    assert queries.get_application(code).number == 3
    actions = list(session.scalars(select(AuditRow.action).where(AuditRow.subject == f"choice_application:{code}")))
    assert actions == [f"choice_application.{what}" for what in ("chosen", "chosen", "withdrawn", "chosen")]


@pytest.mark.parametrize("moment", [OPENS - timedelta(seconds=1), CLOSES, AFTER])
def test_nothing_changes_outside_the_window(session: Session, now: datetime, moment: timedelta) -> None:
    stage = make_stage(now, [5], opens_at=now + OPENS)
    person, late = stage.person(), stage.person()
    code = stage.choose(person, 0)
    for who in (person, late):
        with pytest.raises(choosing.RoundTakesNoChoices), transaction():
            choosing.choose(round_code=stage.code, class_codes=stage.codes, actor=who.actor, now=now + moment)
    with pytest.raises(choosing.RoundTakesNoChoices), transaction():
        choosing.withdraw_choices(round_code=stage.code, actor=person.actor, now=now + moment)
    with pytest.raises(choosing.RoundTakesNoChoices), transaction():
        choosing.nominate(application_code=code, is_nominated=True, actor=stage.world.admin, now=now + moment)


def test_what_cannot_be_chosen_is_refused_with_its_reason(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5, 5, 5], most_choices=2)
    elsewhere = make_class(stage.world, now=now)
    person, stranger = stage.person(), stage.person(person_type="P01")
    codes = stage.codes

    def refused(error: type[Exception], *wanted: str, who: Person = person) -> None:
        with pytest.raises(error), transaction():
            choosing.choose(round_code=stage.code, class_codes=wanted, actor=who.actor, now=now)

    refused(choosing.NothingChosen, " ", "")
    refused(choosing.TooManyChoices, *codes)
    refused(choosing.ChosenTwice, codes[0], codes[0].lower())
    refused(choosing.ClassIsNotInRound, elsewhere.code)
    refused(choosing.ClassIsNotInRound, "'; DROP TABLE choice; --" + "长" * 500)
    refused(choosing.ClassCannotBeChosen, codes[0], who=stranger)
    with transaction():
        enroll(
            class_id=stage.classes[1].id, learner_id=person.learner_id, actor=stage.world.manager, now=now,
            source=Source.ALLOCATION,
        )  # fmt: skip
    refused(choosing.ClassCannotBeChosen, codes[1])
    assert session.scalars(select(Choice)).all() == []
    with pytest.raises(NotALearner), transaction():
        choosing.choose(round_code=stage.code, class_codes=codes[:1], actor=stage.world.manager, now=now)


def test_a_class_at_the_same_time_as_an_own_one_cannot_be_chosen(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5, 5])
    busy = make_class(stage.world, now=now, program_id=make_program(stage.world).id)
    for found in (busy, stage.classes[0]):
        make_session(found, at(FIRST_DAY, 9))
    person = stage.person()
    put_in(busy, learner_by_id(person.learner_id), actor=stage.world.manager, now=now)
    with pytest.raises(choosing.ClassCannotBeChosen) as refusal:
        stage.choose(person, 0)
    assert refusal.value.verdict.unmet[0].code == "time"
    stage.choose(person, 1)


def test_a_full_class_and_one_that_opens_later_can_be_chosen(session: Session, now: datetime) -> None:
    stage = make_stage(now, [1], classes={"enroll_opens_at": now + timedelta(days=1)})
    person = stage.person()
    assert not enrollment.explain(stage.classes[0].id, person.learner_id, now).allowed
    stage.choose(person, 0)


def test_a_draft_is_unknown_and_a_cancelled_round_takes_nothing(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5], is_published=False)
    person = stage.person()
    with pytest.raises(NotFound):
        stage.choose(person, 0)
    with transaction():
        rounds.publish_round(code=stage.code, actor=stage.world.manager, now=now)
    stage.choose(person, 0)
    with pytest.raises(rounds.RoundReasonIsMissing), transaction():
        rounds.cancel_round(code=stage.code, reason=" ", actor=stage.world.manager, now=now)
    with transaction():
        rounds.cancel_round(code=stage.code, reason="场地停用", actor=stage.world.manager, now=now)
    with pytest.raises(choosing.RoundTakesNoChoices):
        stage.choose(person, 0)
    assert running_round_of_class(stage.classes[0].id) is None
    stage.carry_out()
    letters = session.scalars(select(Message).where(Message.reason == "enrollment.round_cancelled")).all()
    assert {message.person for message in letters} == {f"user:{person.actor.user_id}"}


def test_publishing_fixes_the_rules_and_seals_the_lottery(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5], is_published=False)
    assert running_round_of_class(stage.classes[0].id) is None
    with transaction():
        rounds.edit_round(
            code=stage.code, plan=make_plan(stage.codes, now, title_zh="改过的"), actor=stage.world.manager, now=now
        )
        rounds.publish_round(code=stage.code, actor=stage.world.manager, now=now)
    found = stage.found()
    running = running_round_of_class(stage.classes[0].id)
    assert running is not None
    assert (running.code, running.state) == (stage.code, RoundState.PUBLISHED)
    assert (found.title_zh, found.phase(now), len(found.seed)) == ("改过的", Phase.OPEN, 32)
    published = session.scalars(select(AuditRow).where(AuditRow.action == "choice_round.published")).one()
    assert published.after is not None
    assert published.after["seal"] == seal_of(found.seed)
    assert found.seed not in str(published.after)
    for change in (rounds.edit_round, rounds.publish_round):
        with pytest.raises(rounds.RoundIsFixed), transaction():
            extra = {"plan": make_plan(stage.codes, now)} if change is rounds.edit_round else {}
            change(code=stage.code, actor=stage.world.manager, now=now, **extra)


def test_anybody_can_compute_the_lottery_again() -> None:
    """As `printf 'seed:code' | sha256sum` does it."""
    assert lottery_number("a1b2", "L-0025") == hashlib.sha256(b"a1b2:L-0025").hexdigest()


def test_a_class_is_in_one_running_round_and_must_suit_it(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5])
    late = make_class(stage.world, now=now, enroll_closes_at=now + CLOSES)
    full = make_class(stage.world, now=now, seats=1, waiting_count=1, waitlist_seq=1, admitted_count=1)
    for found, error in [
        (stage.classes[0], rounds.ClassIsInAnotherRound),
        (late, rounds.ClassDoesNotSuitRound),
        (full, rounds.ClassDoesNotSuitRound),
    ]:
        with transaction():
            other = rounds.create_round(plan=make_plan([found.code], now), actor=stage.world.manager, now=now)
        with pytest.raises(error), transaction():
            rounds.publish_round(code=other.code, actor=stage.world.manager, now=now)
    with pytest.raises(Exception, match=r"(?i)unique"), transaction():  # the database has the last word
        session.add(RoundClass(round_id=other.id, class_id=stage.classes[0].id, is_running=True))


@pytest.mark.parametrize(
    "bad",
    [
        {"title_zh": "  "},
        {"class_codes": ()},
        {"class_codes": ("XA-2026-999-01",)},
        {"most_choices": 0},
        {"most_choices": 4},
        {"criteria": (CriterionItem(Criterion.EARLIEST), CriterionItem(Criterion.EARLIEST))},
        {"criteria": (CriterionItem(Criterion.PERSON_TYPE),)},
        {"criteria": (CriterionItem(Criterion.PERSON_TYPE, (("P10",), ("P10",))),)},
        {"criteria": (CriterionItem(Criterion.PERSON_TYPE, (("P77",),)),)},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(session: Session, now: datetime, bad: dict[str, object]) -> None:
    stage = make_stage(now, [5])
    with pytest.raises(rounds.RoundIsUnusable), transaction():
        rounds.create_round(plan=make_plan(stage.codes, now, **bad), actor=stage.world.manager, now=now)
    with pytest.raises(rounds.RoundIsUnusable), transaction():
        plan = make_plan(stage.codes, now, opens_at=now + CLOSES)
        rounds.create_round(plan=plan, actor=stage.world.manager, now=now)
    with pytest.raises(Forbidden), transaction():
        rounds.create_round(plan=make_plan(stage.codes, now), actor=stage.person().actor, now=now)


def test_a_unit_recommends_its_own_people_only(session: Session, now: datetime) -> None:
    stage = make_stage(now, [5])
    mine, theirs = make_organization(), make_organization()
    coordinator = actor_of(make_user(Role.ORGANIZATION_COORDINATOR, organization=mine))
    own, other = stage.person(organization=mine), stage.person(organization=theirs)
    codes = [stage.choose(one, 0) for one in (own, other)]
    with transaction():
        choosing.nominate(application_code=codes[0], is_nominated=True, actor=coordinator, now=now)
    assert queries.get_application(codes[0]).nominated_at == now
    with pytest.raises(NotFound), transaction():
        choosing.nominate(application_code=codes[1], is_nominated=True, actor=coordinator, now=now)
    assert queries.get_application(codes[1]).nominated_at is None
    assert [one.learner.id for one in queries.unit_applicants(stage.found().id, coordinator.organizations)] == [own.learner_id]
    with transaction():
        choosing.nominate(application_code=codes[0], is_nominated=False, actor=coordinator, now=now)
    assert queries.get_application(codes[0]).nominated_at is None


def test_the_letter_about_choices_is_written_once_at_the_closing_and_once_for_each_request(
    session: Session, now: datetime
) -> None:
    stage = make_stage(now, [5, 5])
    person, gone = stage.person(), stage.person()
    for one in (person, gone):
        stage.choose(one, 1, 0)
    with transaction():
        choosing.withdraw_choices(round_code=stage.code, actor=gone.actor, now=now)
    for _ in range(2):
        with transaction():
            choosing.send_receipt(round_code=stage.code, actor=person.actor, now=now)
    with pytest.raises(NotFound), transaction():
        choosing.send_receipt(round_code=stage.code, actor=gone.actor, now=now)
    with transaction():
        assert rounds.close_rounds(now=now) == []  # still open
    for _ in range(2):
        with transaction():
            rounds.close_rounds(now=now + CLOSES)
        stage.carry_out()
    letters = session.scalars(select(Message).where(Message.reason == "enrollment.choices_received")).all()
    assert {message.person for message in letters} == {f"user:{person.actor.user_id}"}
    assert len({message.key for message in letters}) == 2
    assert len(letters) == 4  # in the product and by e-mail
    assert stage.found().closed_at == now + CLOSES
