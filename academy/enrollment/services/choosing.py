"""A learner's choices in a round: name them, change them, take them back; a unit's recommendation."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import delete, insert, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Invalid, NotFound
from academy.core.text import N_
from academy.core.verdict import Verdict
from academy.enrollment import messages
from academy.enrollment.models import Choice, ChoiceApplication, ChoiceRound
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries import rounds
from academy.enrollment.rules.rounds import SHOWN, RoundState
from academy.enrollment.services.enrolling import NotALearner
from academy.people import queries as people
from academy.people.queries import Learner
from academy.timetable import queries as timetable

log = structlog.get_logger(__name__)


class RoundTakesNoChoices(Conflict):
    """Before the window opens, after it has closed, or when the round was cancelled. The server's clock decides."""

    message = N_("这一轮现在不收志愿：%(opens_at)s 开放，%(closes_at)s 截止。")
    next_step = N_("已经填好的志愿没有改动。")


class NothingChosen(Invalid):
    """An application needs a first choice."""

    message = N_("请至少选一个班作第一志愿。")


class TooManyChoices(Invalid):
    """More choices than the round takes."""

    message = N_("这一轮最多填 %(most)s 个志愿。")


class ChosenTwice(Invalid):
    """One class, one rank."""

    message = N_("同一个班只能填一次：%(code)s。")
    next_step = N_("请改选另一个班，或者空着。")


class ClassIsNotInRound(Invalid):
    """A choice from elsewhere."""

    message = N_("班次 %(code)s 不在这一轮里。")


class ClassCannotBeChosen(Conflict):
    """The enrollment rule refuses; `verdict` says everything about it."""

    message = N_("“%(title)s”不能填：%(why)s。")

    def __init__(self, title: str, verdict: Verdict) -> None:
        super().__init__(title=title, why=verdict.unmet[0].say)
        self.verdict = verdict


def choose(*, round_code: str, class_codes: Sequence[str], actor: Actor, now: datetime) -> ChoiceApplication:
    """Name one's choices, the best first, in place of those named before. The same again changes nothing.

    Her number is kept when she changes them. Raises NotFound, NotALearner, RoundTakesNoChoices, NothingChosen,
    TooManyChoices, ChosenTwice, ClassIsNotInRound, ClassCannotBeChosen with the verdict.
    """
    found = _shown(round_code)
    learner = _learner(actor)
    if learner is None:
        raise NotALearner
    chosen = _checked(found, class_codes)
    wanted = list(chosen.values())
    if wanted != _present(found, learner)[1]:
        _require_fitting(chosen, learner, now)
    _require_window(found, now)
    application, before = _present(found, learner)  # as it is now that nobody else can change it
    if application is not None and before == wanted:
        return application
    is_new = application is None or application.withdrawn_at is not None
    number = _draw_number(found) if is_new else 0
    if application is None:
        application = ChoiceApplication(code=random_code16(), round_id=found.id, learner_id=learner.id, version=0)
        db.session.add(application)
    if is_new:
        application.number, application.applied_at, application.withdrawn_at = number, now, None
        application.nominated_at = application.nominated_by_id = None
    application.version += 1
    application.changed_at = now
    db.session.flush()
    _replace(application, wanted)
    _record("chosen", application, actor, now, before=before, after=wanted)
    return application


def withdraw_choices(*, round_code: str, actor: Actor, now: datetime) -> None:
    """Take one's choices back; whoever names some later gets a new number. Raises NotFound, RoundTakesNoChoices."""
    found = _shown(round_code)
    learner = _learner(actor)
    if learner is None:
        raise NotFound
    application, before = _present(found, learner)
    if application is None or not before:
        raise NotFound
    _require_window(found, now)
    application, before = _present(found, learner)
    if application is None or not before:
        raise NotFound
    application.withdrawn_at = application.changed_at = now
    db.session.flush()
    _replace(application, [])
    _record("withdrawn", application, actor, now, before=before, after=[])


def send_receipt(*, round_code: str, actor: Actor, now: datetime) -> ChoiceApplication:
    """Write the reader a letter with her choices as they stand; once for each version of them. Raises NotFound."""
    found = _shown(round_code)
    learner = _learner(actor)
    application = queries.find_application(found.id, learner.id) if learner else None
    if application is None or application.withdrawn_at is not None:
        raise NotFound
    messages.tell_choices(found, [application], key=f"v{application.version}", now=now)
    return application


def nominate(*, application_code: str, is_nominated: bool, actor: Actor, now: datetime) -> ChoiceApplication:
    """A unit recommends one of its own people, or takes that back, while the window is open.

    Raises NotFound (also for other units' people, which is logged), RoundTakesNoChoices.
    """
    application = queries.get_application(application_code)
    organization_id = people.learner_by_id(application.learner_id).organization_id
    if not can_manage_enrollments(actor) and organization_id not in actor.organizations:
        log.warning("choices.reached_across", user=actor.user_id, application=application_code)
        raise NotFound
    found = rounds.round_by_id(application.round_id)
    _require_window(found, now)
    db.session.refresh(application)
    if application.withdrawn_at is not None:
        raise NotFound
    if is_nominated is (application.nominated_at is not None):
        return application
    application.nominated_at = now if is_nominated else None
    application.nominated_by_id = actor.user_id if is_nominated else None
    db.session.flush()
    action = "nominated" if is_nominated else "nomination_withdrawn"
    record(actor, f"choice_application.{action}", f"choice_application:{application.code}", now=now)
    return application


def _shown(round_code: str) -> ChoiceRound:
    found = rounds.get_round(round_code)
    if found.state not in SHOWN:
        raise NotFound
    return found


def _learner(actor: Actor) -> Learner | None:
    return people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None


def _present(found: ChoiceRound, learner: Learner) -> tuple[ChoiceApplication | None, list[int]]:
    """Her application as the database has it, and her choices; none if she has withdrawn."""
    application = queries.find_application(found.id, learner.id)
    if application is None:
        return None, []
    db.session.refresh(application)
    return application, queries.choices_of(application.id)


def _require_fitting(chosen: dict[str, int], learner: Learner, now: datetime) -> None:
    for code, class_id in chosen.items():
        verdict = queries.may_choose(class_id, learner.id, now)
        if not verdict.allowed:
            raise ClassCannotBeChosen(timetable.get_class(code).title_zh, verdict)


def _checked(found: ChoiceRound, class_codes: Sequence[str]) -> dict[str, int]:
    """The class ids of the codes, in order."""
    codes = [code.strip().upper() for code in class_codes if code.strip()]
    if not codes:
        raise NothingChosen
    if len(codes) > found.most_choices:
        raise TooManyChoices(most=found.most_choices)
    offered = {one.code: one.id for one in queries.classes_of_round(found)}
    for at, code in enumerate(codes):
        if code in codes[:at]:
            raise ChosenTwice(code=code[:24])
        if code not in offered:
            raise ClassIsNotInRound(code=code[:24])
    return {code: offered[code] for code in codes}


def _require_window(found: ChoiceRound, now: datetime) -> None:
    """Hold the round's row, if its window is open at this instant. Raises RoundTakesNoChoices.

    One conditional update, before any other row is locked: an allocation that is prepared at the same time waits for it, or
    it waits for the allocation.
    """
    held = db.session.scalar(
        update(ChoiceRound)
        .where(
            ChoiceRound.id == found.id,
            ChoiceRound.state == RoundState.PUBLISHED,
            ChoiceRound.closed_at.is_(None),
            ChoiceRound.opens_at <= now,
            ChoiceRound.closes_at > now,
        )
        .values(last_number=ChoiceRound.last_number)
        .returning(ChoiceRound.id)
        .execution_options(synchronize_session=False)
    )
    if held is None:
        raise RoundTakesNoChoices(opens_at=found.opens_at, closes_at=found.closes_at)


def _draw_number(found: ChoiceRound) -> int:
    """The next application number; the round's row is held."""
    drawn = (
        update(ChoiceRound)
        .where(ChoiceRound.id == found.id)
        .values(last_number=ChoiceRound.last_number + 1)
        .returning(ChoiceRound.last_number)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(drawn).scalar_one()


def _replace(application: ChoiceApplication, class_ids: list[int]) -> None:
    db.session.execute(delete(Choice).where(Choice.application_id == application.id))
    rows = [{"application_id": application.id, "rank": rank, "class_id": one} for rank, one in enumerate(class_ids, 1)]
    if rows:
        db.session.execute(insert(Choice), rows)


def _record(
    what: str, application: ChoiceApplication, actor: Actor, now: datetime, *, before: list[int], after: list[int]
) -> None:
    codes = {one.id: one.code for one in timetable.classes_by_ids({*before, *after}).values()}
    was, is_now = ({"choices": [codes[one] for one in ids], "number": application.number} for ids in (before, after))
    subject = f"choice_application:{application.code}"
    record(actor, f"choice_application.{what}", subject, now=now, before=was if before else None, after=is_now)
