"""Rounds of central allocation: plan, publish, close, cancel."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update

from academy.accounts import queries as accounts
from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.outbox import announce
from academy.core.text import N_, Text
from academy.enrollment.models import ChoiceRound, RoundClass
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import rounds as queries
from academy.enrollment.rules.rounds import (
    MOST_CHOICES,
    MOST_CLASSES,
    Criterion,
    CriterionItem,
    RoundState,
    seal_of,
)
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import EDITABLE


class RoundIsUnusable(Invalid):
    """The plan of a round cannot be kept."""

    message = N_("这一轮还不能保存：%(why)s")


class RoundIsFixed(Conflict):
    """Published criteria, windows and classes do not change."""

    message = N_("这一轮已经公布，班次、时间和分配规则不能再改。")
    next_step = N_("确实要改，先取消这一轮，再建新的一轮。")


class ClassIsInAnotherRound(Conflict):
    """A class gives its seats in one round at a time."""

    message = N_("班次 %(code)s 正在另一轮“%(title)s”里。")
    next_step = N_("等那一轮结束，或换一个班。")


class ClassDoesNotSuitRound(Conflict):
    """Seats that are gone, or a deadline that comes too early."""

    message = N_("班次 %(code)s 不能放进这一轮：%(why)s")
    next_step = N_("先改班次，或把它从这一轮去掉。")


class RoundCannotBeCancelled(Conflict):
    """People are being admitted, or have been."""

    message = N_("这一轮已经开始录取或已经结束，不能取消。")


class RoundReasonIsMissing(Invalid):
    """Applicants read why their round was cancelled."""

    message = N_("请写明取消的原因，填报的人会看到。")


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What a person decides about a round."""

    title_zh: str
    note_zh: str
    class_codes: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    most_choices: int
    has_line: bool
    criteria: tuple[CriterionItem, ...]


def create_round(*, plan: RoundPlan, actor: Actor, now: datetime) -> ChoiceRound:
    """Plan a round as a draft. Raises Forbidden, RoundIsUnusable."""
    _require_staff(actor)
    classes = _checked(plan)
    found = ChoiceRound(code=random_code16(), created_by_id=actor.user_id, created_at=now, **_values(plan))
    db.session.add(found)
    db.session.flush()
    _set_classes(found, classes)
    record(actor, "choice_round.created", f"choice_round:{found.code}", now=now, after=_facts(plan))
    return found


def edit_round(*, code: str, plan: RoundPlan, actor: Actor, now: datetime) -> ChoiceRound:
    """Change a draft. Raises Forbidden, NotFound, RoundIsFixed, RoundIsUnusable."""
    _require_staff(actor)
    found = locked_round(queries.get_round(code).id)
    if found.state is not RoundState.DRAFT:
        raise RoundIsFixed
    classes = _checked(plan)
    for name, value in _values(plan).items():
        setattr(found, name, value)
    _set_classes(found, classes)
    record(actor, "choice_round.edited", f"choice_round:{code}", now=now, after=_facts(plan))
    return found


def publish_round(*, code: str, actor: Actor, now: datetime) -> ChoiceRound:
    """Make a round public and fix it. The seed of the lottery is drawn here, once, by the machine; until the window
    closes only its seal is shown. From now on its classes give no seat to whoever is quick.

    Raises Forbidden, NotFound, RoundIsFixed, RoundIsUnusable, ClassIsInAnotherRound, ClassDoesNotSuitRound.
    """
    _require_staff(actor)
    found = locked_round(queries.get_round(code).id)
    if found.state is not RoundState.DRAFT:
        raise RoundIsFixed
    if found.closes_at <= now:
        raise RoundIsUnusable(why=Text(N_("截止时间已过")))
    class_ids = queries.class_ids_of_round(found.id)
    classes = timetable.classes_by_ids(class_ids)
    taken = queries.taken_class_ids(class_ids)
    for class_id in class_ids:
        if class_id in taken:
            other = queries.round_by_id(taken[class_id])
            raise ClassIsInAnotherRound(code=classes[class_id].code, title=other.title_zh)
        _require_suitable(classes[class_id], found)
    found.state, found.published_at, found.published_by_id = RoundState.PUBLISHED, now, actor.user_id
    found.seed = secrets.token_hex(16)
    db.session.flush()
    _set_running(found.id, is_running=True)
    after = {"state": found.state.value, "seal": seal_of(found.seed), "closes_at": found.closes_at.isoformat()}
    record(actor, "choice_round.published", f"choice_round:{code}", now=now, after=after)
    return found


def cancel_round(*, code: str, reason: str, actor: Actor, now: datetime) -> ChoiceRound:
    """Give a round up before anybody is admitted; whoever applied is told why.

    Raises Forbidden, NotFound, RoundReasonIsMissing, RoundCannotBeCancelled.
    """
    _require_staff(actor)
    if not reason.strip():
        raise RoundReasonIsMissing
    found = locked_round(queries.get_round(code).id)
    if found.state not in {RoundState.DRAFT, RoundState.PUBLISHED}:
        raise RoundCannotBeCancelled
    was = found.state
    found.state, found.ended_at, found.ended_reason = RoundState.CANCELLED, now, reason.strip()[:500]
    db.session.flush()
    _set_running(found.id, is_running=False)
    before, after = {"state": was.value}, {"state": found.state.value}
    record(actor, "choice_round.cancelled", f"choice_round:{code}", now=now, before=before, after=after, reason=reason.strip())
    announce("enrollment.round_ended", now=now, round_id=found.id)
    return found


def close_rounds(*, now: datetime) -> list[int]:
    """Notice that windows have ended, and promise the letter about it. Repeat-safe; returns the rounds."""
    closed = []
    for round_id in queries.rounds_to_close(now):
        changed = db.session.execute(
            update(ChoiceRound)
            .where(ChoiceRound.id == round_id, ChoiceRound.closed_at.is_(None), ChoiceRound.state == RoundState.PUBLISHED)
            .values(closed_at=now)
            .returning(ChoiceRound.code, ChoiceRound.seed)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if changed is not None:
            record(SYSTEM, "choice_round.closed", f"choice_round:{changed.code}", now=now, after={"seed": changed.seed})
            announce("enrollment.round_closed", now=now, round_id=round_id)
            closed.append(round_id)
    return closed


def locked_round(round_id: int) -> ChoiceRound:
    """A round that nobody else changes until the transaction ends. Raises NotFound."""
    found = db.session.get(ChoiceRound, round_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def release_classes(round_id: int) -> None:
    """The classes of a round take people by the ordinary rule again."""
    _set_running(round_id, is_running=False)


def _set_running(round_id: int, *, is_running: bool) -> None:
    db.session.execute(
        update(RoundClass)
        .where(RoundClass.round_id == round_id)
        .values(is_running=is_running)
        .execution_options(synchronize_session=False)
    )


def _require_staff(actor: Actor) -> None:
    if not can_manage_enrollments(actor):
        raise Forbidden


def _checked(plan: RoundPlan) -> list[TrainingClass]:
    """The classes of a plan that can be kept. Raises RoundIsUnusable."""
    if not plan.title_zh.strip():
        raise RoundIsUnusable(why=Text(N_("请填名称。")))
    if plan.opens_at >= plan.closes_at:
        raise RoundIsUnusable(why=Text(N_("截止时间要晚于开放时间。")))
    if not 1 <= plan.most_choices <= MOST_CHOICES:
        raise RoundIsUnusable(why=Text(N_("最多可填 1—3 个志愿。")))
    kinds = [item.kind for item in plan.criteria]
    if len(set(kinds)) != len(kinds):
        raise RoundIsUnusable(why=Text(N_("同一条规则只能列一次。")))
    if any((item.kind is Criterion.PERSON_TYPE) != bool(item.groups) for item in plan.criteria):
        raise RoundIsUnusable(why=Text(N_("按人员类别排先后时，至少要列出一组。")))
    known = {one.code for one in accounts.person_types()}
    named = [code for item in plan.criteria for group in item.groups for code in group]
    if len(set(named)) != len(named) or not set(named) <= known:
        raise RoundIsUnusable(why=Text(N_("人员类别有重复的，或者没有这一类。")))
    codes = list(dict.fromkeys(plan.class_codes))
    classes = [one for one in map(timetable.find_class, codes[: MOST_CLASSES + 1]) if one is not None]
    if not classes or len(classes) != len(codes):
        raise RoundIsUnusable(why=Text(N_("请选至少一个班次，最多 120 个。")))
    if any(one.state not in EDITABLE for one in classes):
        raise RoundIsUnusable(why=Text(N_("有的班次已经开班、结束或取消。")))
    return classes


def _require_suitable(found: TrainingClass, planned: ChoiceRound) -> None:
    if found.state not in EDITABLE:
        raise ClassDoesNotSuitRound(code=found.code, why=Text(N_("这个班已经开班、结束或取消。")))
    if found.waiting_count:
        raise ClassDoesNotSuitRound(code=found.code, why=Text(N_("还有人在候补，他们先于任何人。")))
    if found.enroll_closes_at <= planned.closes_at:
        raise ClassDoesNotSuitRound(code=found.code, why=Text(N_("班次的报名截止要晚于这一轮的截止，才来得及录取。")))


def _values(plan: RoundPlan) -> dict[str, Any]:
    return {
        "title_zh": plan.title_zh.strip(),
        "note_zh": plan.note_zh.strip(),
        "opens_at": plan.opens_at,
        "closes_at": plan.closes_at,
        "most_choices": plan.most_choices,
        "has_line": plan.has_line,
        "criteria_json": [item.as_json() for item in plan.criteria],
    }


def _facts(plan: RoundPlan) -> dict[str, Any]:
    times = {"opens_at": plan.opens_at.isoformat(), "closes_at": plan.closes_at.isoformat()}
    return {**_values(plan), **times, "classes": list(plan.class_codes)}


def _set_classes(found: ChoiceRound, classes: Sequence[TrainingClass]) -> None:
    db.session.execute(delete(RoundClass).where(RoundClass.round_id == found.id))
    db.session.execute(insert(RoundClass), [{"round_id": found.id, "class_id": one.id, "is_running": False} for one in classes])
