"""Appeals: the terms of a sitting, filing, withdrawing, deciding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.outbox import announce
from academy.core.text import N_, Text
from academy.exams import queries as exams
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.scoring import messages, queries
from academy.scoring.models import Appeal, AppealSetting, Result, Script, ScriptMark
from academy.scoring.policies import can_decide_appeals, can_set_appeals
from academy.scoring.rules.appeals import (
    GROUNDS,
    MOST_QUOTA,
    AppealPolicy,
    AppealQuotaIsUsed,
    AppealsAreClosed,
    AppealState,
    Ground,
    is_window_open,
    require_change,
    require_reason,
)
from academy.scoring.rules.marking import Round, TaskState
from academy.scoring.rules.results import ResultState
from academy.scoring.rules.rubrics import WHOLE, Criterion, read_marks, total_of

CENT = Decimal("0.01")


class AppealTermsAreOff(Invalid):
    """A window that ends before it begins, or a quota of nothing."""

    message = N_("截止要晚于开始，每人可申诉的题数在 1 到 %(most)s 之间。没有保存。")


class QuestionIsAppealed(Conflict):
    """One appeal for one question: what was decided is not decided again."""

    message = N_("第 %(position)s 题您已经申诉过，没有再提交。")
    next_step = N_("进度和答复在这一页下面。")


class AppealIsDecided(Conflict):
    """It was decided, or withdrawn; nothing changes any more."""

    message = N_("这件申诉已经办完，没有改动。")


class MarkerMayNotDecide(Conflict):
    """Another person than any marker of the script decides, and never the candidate herself."""

    message = N_("这份答卷您评过、正要评，或者就是您自己的，申诉要由另一个人决定。")
    next_step = N_("请没有评过这份答卷的人打开这一页。")


class GroundIsOutsidePolicy(Invalid):
    """Under "check only" nothing is marked anew."""

    message = N_("请选更正的理由：这场考试的申诉%(policy)s。没有决定。")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. Granted: by which ground and to which marks (typed by criterion, or "C1" for the whole question)."""

    is_granted: bool
    answer: str
    ground: Ground | None = None
    written: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    is_fall_meant: bool = False


def set_appeal_terms(
    *,
    sitting_id: int,
    opens_at: datetime,
    closes_at: datetime,
    quota: int,
    policy: AppealPolicy,
    may_lower: bool,
    actor: Actor,
    now: datetime,
) -> AppealSetting:
    """Say what holds for a sitting's appeals from now on; appeals filed before keep their terms. Raises AppealTermsAreOff."""
    if not can_set_appeals(actor):
        raise Forbidden
    if closes_at <= opens_at or not 1 <= quota <= MOST_QUOTA:
        raise AppealTermsAreOff(most=MOST_QUOTA)
    sitting = exams.sitting_by_id(sitting_id)
    known = queries.find_appeal_setting(sitting_id)
    made = AppealSetting(
        sitting_id=sitting_id,
        version=known.version + 1 if known else 1,
        opens_at=opens_at,
        closes_at=closes_at,
        quota=quota,
        policy=policy,
        may_lower=may_lower,
        set_by=actor.name[:120],
        set_at=now,
    )
    db.session.add(made)
    db.session.flush()
    after = {"version": made.version, "opens_at": opens_at.isoformat(), "closes_at": closes_at.isoformat(), "quota": quota}
    after |= {"policy": policy.value, "may_lower": may_lower}
    record(actor, "scoring.appeal_terms_set", f"exam_sitting:{sitting.code}", now=now, after=after)
    return made


def file_appeal(*, result_code: str, position: int, reason: str, actor: Actor, now: datetime) -> Appeal:
    """Object to the mark of one question of one's own released result.

    The result is locked while it is counted, so that two appeals filed at once obey the quota. Raises NotFound,
    AppealsAreClosed, AppealQuotaIsUsed, QuestionIsAppealed, ReasonIsMissing.
    """
    result = _own_result(result_code, actor)
    setting = queries.find_appeal_setting(result.sitting_id)
    if setting is None or not is_window_open(setting.terms, now):
        raise AppealsAreClosed(window=_window(setting))
    queries.registered_mark(result, position)  # a question that the paper does not have is not found
    said = require_reason(reason)
    filed = queries.appeals_of_attempt(result.attempt_id)
    if any(one.position == position for one in filed):
        raise QuestionIsAppealed(position=position)
    if len(filed) >= setting.quota:
        raise AppealQuotaIsUsed(quota=setting.quota)
    appeal = Appeal(
        code=random_code16(),
        sitting_id=result.sitting_id,
        attempt_id=result.attempt_id,
        result_id=result.id,
        setting_id=setting.id,
        number=len(filed) + 1,
        position=position,
        reason=said,
        state=AppealState.FILED,
        filed_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(appeal)
    except IntegrityError as error:
        raise QuestionIsAppealed(position=position) from error
    record(actor, "scoring.appeal_filed", f"appeal:{appeal.code}", now=now, after={"position": position}, reason=said)
    _write(appeal, messages.APPEAL_FILED, now)
    return appeal


def _own_result(code: str, actor: Actor) -> Result:
    known = queries.get_result(code)
    learner = people.learner_by_id(known.learner_id)
    if actor.user_id is None or learner.user_id != actor.user_id or known.state is not ResultState.RELEASED:
        raise NotFound
    query = select(Result).where(Result.sitting_id == known.sitting_id, Result.attempt_id == known.attempt_id)
    locked = list(db.session.scalars(query.order_by(Result.id).with_for_update()))
    return max((one for one in locked if one.state is ResultState.RELEASED), key=lambda one: one.version)


def _window(setting: AppealSetting | None) -> Text:
    if setting is None:
        return Text(N_("还没有开放申诉。"))
    return Text(N_("收申诉的时间是 %(first)s 到 %(last)s。"), first=setting.opens_at, last=setting.closes_at)


def withdraw_appeal(*, code: str, actor: Actor, now: datetime) -> bool:
    """Take one's own appeal back before it is decided; its place in the quota stays used. False: withdrawn before."""
    appeal = _locked(code)
    learner = people.learner_by_id(exams.attempts_by_ids([appeal.attempt_id])[appeal.attempt_id].learner_id)
    if actor.user_id is None or learner.user_id != actor.user_id:
        raise NotFound
    if appeal.state is AppealState.WITHDRAWN:
        return False
    if appeal.state is not AppealState.FILED:
        raise AppealIsDecided
    appeal.state = AppealState.WITHDRAWN
    record(actor, "scoring.appeal_withdrawn", f"appeal:{code}", now=now)
    return True


def _locked(code: str) -> Appeal:
    query = select(Appeal).where(Appeal.code == code).with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def decide_appeal(*, code: str, decision: Decision, actor: Actor, now: datetime) -> bool:
    """Decide an appeal, once. False: decided before, and nothing changed.

    Rejected: the mark stays what it is. Granted: it becomes what was typed, never less by accident: a blank is refused, a lower
    mark needs terms that allow it and an explicit word. The candidate is told; results are asked for a new version.
    Raises MarkerMayNotDecide, AppealIsDecided, ReasonIsMissing, GroundIsOutsidePolicy, MarkHasNotChanged, MarkMayNotFall,
    MarkIsMissing, MarkIsNoMark.
    """
    if not can_decide_appeals(actor):
        raise Forbidden
    appeal = _locked(code)
    if appeal.state is AppealState.WITHDRAWN:
        raise AppealIsDecided
    if appeal.state is not AppealState.FILED:
        return False
    answer = require_reason(decision.answer)
    script = queries.script_of(appeal.attempt_id, appeal.position)
    require_other_person(appeal, script, actor)
    old = queries.registered_mark(queries.newest_released_result(appeal.sitting_id, appeal.attempt_id), appeal.position)
    marks = _new_marks(appeal, script, decision, old)
    new = total_of(marks) if marks is not None else None
    appeal.state = AppealState.GRANTED if decision.is_granted else AppealState.REJECTED
    appeal.old_mark, appeal.new_mark, appeal.answer = old, new, answer
    appeal.ground = decision.ground if new is not None else None
    appeal.is_fall_meant = new is not None and new < old
    appeal.decided_by_id, appeal.decided_by, appeal.decided_at = actor.user_id, actor.name[:120], now
    if script is not None and actor.user_id is not None:
        _keep_look(appeal, script, marks, actor.user_id, now)
    db.session.flush()
    before, after = {"mark": str(old)}, {"state": appeal.state.value, "mark": str(old if new is None else new)}
    record(actor, "scoring.appeal_decided", f"appeal:{code}", now=now, before=before, after=after, reason=answer)
    _write(appeal, messages.APPEAL_GRANTED if new is not None else messages.APPEAL_REJECTED, now)
    if new is not None:
        announce("scoring.appeal_granted", now=now, sitting_id=appeal.sitting_id, appeal_id=appeal.id)
    return True


def require_other_person(appeal: Appeal, script: Script | None, actor: Actor) -> None:
    """Refuse whoever has, or had, this script to mark, and the candidate herself. Raises MarkerMayNotDecide."""
    attempt = exams.attempts_by_ids([appeal.attempt_id])[appeal.attempt_id]
    is_own = actor.user_id is not None and people.learner_by_id(attempt.learner_id).user_id == actor.user_id
    looks = queries.marks_of_script(script.id) if script is not None else []
    if is_own or any(look.user_id == actor.user_id for look in looks):
        raise MarkerMayNotDecide


def criteria_for(appeal: Appeal, script: Script | None, ground: Ground | None) -> tuple[tuple[Criterion, ...], Decimal]:
    """By which criteria a new mark is given, and its step: the rubric when it is marked anew, else the question as a whole."""
    if script is not None and ground is Ground.RE_MARKED:
        item = queries.marking_item(script.sitting_id, script.position)
        return queries.criteria_of(item), item.step
    paper_id = exams.sitting_by_id(appeal.sitting_id).paper_id
    full = next((item.marks for item in exams.paper_items(paper_id) if item.position == appeal.position), None)
    if full is None:
        raise NotFound
    return (Criterion(WHOLE, "", full),), CENT


def _new_marks(appeal: Appeal, script: Script | None, decision: Decision, old: Decimal) -> dict[str, Decimal] | None:
    if not decision.is_granted:
        return None
    setting = queries.setting_of(appeal)
    if decision.ground not in GROUNDS[setting.policy]:
        raise GroundIsOutsidePolicy(policy=_policy_words(setting.policy))
    criteria, step = criteria_for(appeal, script, decision.ground)
    marks = read_marks(criteria, decision.written, decision.levels, step=step)
    require_change(setting.terms, old=old, new=total_of(marks), is_fall_meant=decision.is_fall_meant)
    return marks


def _policy_words(policy: AppealPolicy) -> Text:
    return Text(N_("只核查漏评、加分、登分") if policy is AppealPolicy.CHECK_ONLY else N_("可以重新评阅"))


def _keep_look(appeal: Appeal, script: Script, marks: Mapping[str, Decimal] | None, user_id: int, now: datetime) -> None:
    """The decision is a look at the script: the constraint on people has the last word that nobody looks twice."""
    kept = {one: f"{mark.normalize():f}" for one, mark in marks.items()} if marks else {}
    look = ScriptMark(
        code=random_code16(),
        script_id=script.id,
        user_id=user_id,
        round=Round.APPEAL,
        state=TaskState.GIVEN,
        place=0,
        due_at=now,
        marks=kept,
        total=appeal.old_mark if appeal.new_mark is None else appeal.new_mark,
        comment=appeal.answer,
        given_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(look)
    except IntegrityError as error:
        raise MarkerMayNotDecide from error


def _write(appeal: Appeal, reason: Reason, now: datetime) -> None:
    """The letter about an appeal; it names no mark."""
    result = db.session.get_one(Result, appeal.result_id)
    learner = people.learner_by_id(result.learner_id)
    user = accounts.users_by_ids([learner.user_id]).get(learner.user_id) if learner.user_id is not None else None
    email = user.email if user else learner.email or None
    recipient = Recipient(learner.user_id, email, learner.name_zh, user.locale if user else "zh_Hans")
    title = exams.sitting_by_id(appeal.sitting_id).title_zh
    facts: dict[str, object] = {
        "title": title,
        "name": learner.name_zh,
        "position": appeal.position,
        "code": result.code,
    }
    plan_many(reason=reason, letters=[(recipient, facts, appeal.code)], now=now)
