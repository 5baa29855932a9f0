"""Marking by people: opening it, giving a mark, keeping a draft, putting a script aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries as exams
from academy.exams.rules.kinds import FINISHED, AttemptState
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.scoring import messages, queries
from academy.scoring.models import MarkingItem, MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.policies import MARKING_ROLES, can_score
from academy.scoring.queries.marking import Task
from academy.scoring.rules.marking import Agreement, Mode, Round, ScriptState, TaskState, Tie, rounds_at_first, settle
from academy.scoring.rules.rubrics import dump_criteria, read_marks, read_rubric, total_of
from academy.scoring.services.allotting import allot, grouped, make_scripts, serve_control

LONGEST_COMMENT = 2_000


class NothingToMark(Conflict):
    """The paper has no question that people mark, or nobody has handed in."""

    message = N_("这场考试没有要人工评阅的答卷。")
    next_step = N_("客观题请直接评分；论述题要等收卷以后。")


class CandidatesStillWrite(Conflict):
    """Marking waits until everybody has finished."""

    message = N_("还有 %(count)s 人在答卷，没有开始阅卷。")
    next_step = N_("收卷后再开始；到点没交的会自动收。")


class MarkingIsOpen(Conflict):
    """It was opened before."""

    message = N_("这场考试的阅卷已经开始，没有再开一次。")


class TooFewMarkers(Conflict):
    """Nobody marks a script twice, so that the mode needs more people."""

    message = N_("这样评每份答卷最多要 %(least)s 个人，只选了 %(count)s 个。没有开始阅卷。")
    next_step = N_("同一份答卷同一个人只评一次：请加阅卷人，或换一种评法。")


class ArbiterIsMissing(Conflict):
    """2+1+1 ends with an arbiter."""

    message = N_("“双评，超差送第三评，再超差送仲裁”要有仲裁人。没有开始阅卷。")


class MarkerMayNotMark(Invalid):
    """Somebody was chosen who is no marker."""

    message = N_("选的人里有 %(count)s 个不能阅卷，没有开始。")


class DeadlineIsPast(Invalid):
    """A deadline lies ahead."""

    message = N_("截止时间要晚于现在，没有改动。")


class ToleranceIsOff(Invalid):
    """A tolerance is no mark of the question."""

    message = N_("第 %(position)s 题的允许差距要在 0 到 %(most)s 分之间，步长 %(step)s。没有开始阅卷。")


class MarkIsGiven(Conflict):
    """She has given another mark before; nothing is overwritten."""

    message = N_("这份答卷您已经评过 %(total)s 分，这次提交的没有记。")
    next_step = N_("评错了请告诉阅卷负责人，由他送仲裁。")


class TaskIsTakenAway(Conflict):
    """It was given to somebody else in the meantime."""

    message = N_("这份答卷已经改派给别人，没有记分。")


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """How a question is to be marked."""

    position: int
    mode: Mode
    tolerance: Decimal
    tie: Tie
    step: Decimal


def open_marking(
    *,
    sitting_id: int,
    terms: Sequence[ItemTerms],
    marker_ids: Sequence[int],
    arbiter_ids: Sequence[int],
    due_at: datetime,
    control_every: int,
    actor: Actor,
    now: datetime,
) -> MarkingPlan:
    """Begin the marking of a sitting: scripts, blank ones settled with 0, and tasks for everybody; markers are told.

    Raises NothingToMark, CandidatesStillWrite, MarkingIsOpen, TooFewMarkers, ArbiterIsMissing, MarkerMayNotMark,
    DeadlineIsPast, ToleranceIsOff.
    """
    if not can_score(actor):
        raise Forbidden
    if due_at <= now:
        raise DeadlineIsPast
    sitting = exams.sitting_by_id(sitting_id)
    _require_finished(sitting_id)
    markers = [one for one in dict.fromkeys(marker_ids) if one not in arbiter_ids]
    arbiters = list(dict.fromkeys(arbiter_ids))
    _require_people(terms, markers, arbiters)
    plan = _plan(sitting_id, due_at, control_every, actor, now)
    items = _items(plan, sitting.paper_id, terms)
    for user_id in [*markers, *arbiters]:
        db.session.add(MarkingMember(plan_id=plan.id, user_id=user_id, is_arbiter=user_id in arbiters))
    db.session.flush()
    made = make_scripts(plan, items, now)
    tasks = _allot_all(plan, now)
    after = {"scripts": made, "tasks": tasks, "markers": markers, "arbiters": arbiters, "due_at": due_at.isoformat()}
    after |= {"modes": {str(item.position): [item.mode.value, str(item.tolerance), item.tie.value] for item in items}}
    record(actor, "scoring.marking_opened", f"exam_sitting:{sitting.code}", now=now, after=after)
    tell_markers(plan, markers, now)
    return plan


def _require_finished(sitting_id: int) -> None:
    tally = exams.tally(sitting_id)
    if writing := tally.get(AttemptState.IN_PROGRESS, 0):
        raise CandidatesStillWrite(count=writing)
    if not sum(tally.get(state, 0) for state in FINISHED):
        raise NothingToMark


def _require_people(terms: Sequence[ItemTerms], markers: Sequence[int], arbiters: Sequence[int]) -> None:
    least = max((len(rounds_at_first(one.mode)) + (one.mode in {Mode.THREE, Mode.FOUR}) for one in terms), default=1)
    if len(markers) < least:
        raise TooFewMarkers(least=least, count=len(markers))
    if not arbiters and any(one.mode is Mode.FOUR for one in terms):
        raise ArbiterIsMissing
    require_markers([*markers, *arbiters])


def require_markers(user_ids: Sequence[int]) -> None:
    """Refuse people who may not mark. Raises MarkerMayNotMark."""
    users = accounts.users_by_ids(user_ids)
    able = [u for u in users.values() if u.is_active and any(grant.role in MARKING_ROLES for grant in u.grants)]
    if len(able) != len(set(user_ids)):
        raise MarkerMayNotMark(count=len(set(user_ids)) - len(able))


def _plan(sitting_id: int, due_at: datetime, control_every: int, actor: Actor, now: datetime) -> MarkingPlan:
    plan = MarkingPlan(
        sitting_id=sitting_id, due_at=due_at, control_every=max(control_every, 0), opened_by=actor.name[:120], opened_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(plan)
    except IntegrityError as error:
        raise MarkingIsOpen from error
    return plan


def _items(plan: MarkingPlan, paper_id: int, terms: Sequence[ItemTerms]) -> list[MarkingItem]:
    by_position = {one.position: one for one in terms}
    made = []
    for found in exams.marked_items(paper_id):
        one = by_position.get(found.position)
        if one is None:
            raise NothingToMark
        if not 0 <= one.tolerance <= found.marks or one.tolerance % one.step:
            raise ToleranceIsOff(position=found.position, most=f"{found.marks.normalize():f}", step=f"{one.step.normalize():f}")
        criteria = dump_criteria(read_rubric(found.rubric, part=found.part, full=found.marks))
        figures = {"mode": one.mode, "tolerance": one.tolerance, "tie": one.tie, "step": one.step}
        made.append(MarkingItem(plan_id=plan.id, position=found.position, full_marks=found.marks, criteria=criteria, **figures))
    if not made:
        raise NothingToMark
    db.session.add_all(made)
    db.session.flush()
    return made


def _allot_all(plan: MarkingPlan, now: datetime) -> int:
    open_ = select(Script).where(Script.sitting_id == plan.sitting_id, Script.state != ScriptState.SETTLED)
    scripts = list(db.session.scalars(open_.order_by(Script.id)))
    return sum(allot(plan, some, now=now)[0] for _, some in sorted(grouped(scripts).items()))


def tell_markers(
    plan: MarkingPlan, user_ids: Sequence[int], now: datetime, *, reason: Reason = messages.MARKING_ALLOTTED
) -> None:
    """Plan the letter to people who have scripts to mark; planning it again for the same deadline changes nothing."""
    sitting = exams.sitting_by_id(plan.sitting_id)
    letters: list[tuple[Recipient, dict[str, object], str]] = [
        (
            Recipient(user.id, user.email, user.name_zh, user.locale),
            {"title": sitting.title_zh, "name": user.name_zh, "due_at": plan.due_at},
            f"{sitting.code}:{plan.due_at:%Y%m%d%H%M}",
        )
        for user in accounts.users_by_ids(user_ids).values()
    ]
    plan_many(reason=reason, letters=letters, now=now)


def give_mark(
    *, code: str, written: Mapping[str, str], levels: Mapping[str, str], comment: str, actor: Actor, now: datetime
) -> bool:
    """Give the marks of one script, once. False: just these had been given before, and nothing changed.

    The script is locked, so that of two marks given at the same moment the second one sees the first. Raises NotFound,
    MarkIsMissing, MarkIsNoMark, MarkIsGiven (other marks than before), TaskIsTakenAway.
    """
    found = queries.get_task(code, user_id=actor.user_id)
    item = queries.marking_item(found.script.sitting_id, found.script.position)
    given = read_marks(queries.criteria_of(item), written, levels, step=item.step)
    plan = _shared_plan(found.script.sitting_id)
    script = lock_script(found.script.id)
    kept = {one: f"{mark.normalize():f}" for one, mark in given.items()}
    values = {"marks": kept, "total": total_of(given), "comment": comment.strip()[:LONGEST_COMMENT]}
    if not _take(found.task, values, now):
        return _given_before(found, values)
    after = {"round": int(found.task.round), "total": str(values["total"]), "marks": kept}
    record(actor, "scoring.mark_given", f"script_mark:{code}", now=now, after=after)
    if found.task.round is Round.CONTROL:
        return True
    carry_on(plan, item, script, actor, now)
    if found.task.round is not Round.ARBITER:
        serve_control(plan, script, found.task.user_id, now)
    return True


def _shared_plan(sitting_id: int) -> MarkingPlan:
    """The plan, held so that nobody joins or leaves meanwhile; many marks may be given at once. Locked before the script."""
    return db.session.scalars(select(MarkingPlan).where(MarkingPlan.sitting_id == sitting_id).with_for_update(read=True)).one()


def lock_script(script_id: int) -> Script:
    """The script, locked and read anew."""
    query = select(Script).where(Script.id == script_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _take(task: ScriptMark, values: Mapping[str, Any], now: datetime) -> bool:
    """Turn the open task into a mark by one conditional update; whoever comes second finds it given."""
    moved = db.session.execute(
        update(ScriptMark)
        .where(ScriptMark.id == task.id, ScriptMark.user_id == task.user_id, ScriptMark.state == TaskState.OPEN)
        .values(**values, state=TaskState.GIVEN, given_at=now, draft=None, drafted_at=None, doubt="")
        .returning(ScriptMark.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return moved is not None


def _given_before(found: Task, values: Mapping[str, Any]) -> bool:
    user_id = found.task.user_id
    known = db.session.scalars(
        select(ScriptMark).where(ScriptMark.id == found.task.id).execution_options(populate_existing=True)
    ).one_or_none()
    if known is None or known.user_id != user_id:
        raise TaskIsTakenAway
    if (known.marks, known.comment) == (values["marks"], values["comment"]):
        return False
    raise MarkIsGiven(total=f"{(known.total or Decimal(0)).normalize():f}")


def carry_on(plan: MarkingPlan, item: MarkingItem, script: Script, actor: Actor, now: datetime) -> None:
    """Settle a locked script, or hand it to whoever is needed next. One that was sent to the arbiter waits for him."""
    query = select(ScriptMark.round, ScriptMark.total).where(ScriptMark.script_id == script.id)
    rows = db.session.execute(query.where(ScriptMark.state == TaskState.GIVEN, ScriptMark.round.between(1, 4))).all()
    given = {round_: total for round_, total in rows if total is not None}
    if script.state is ScriptState.ARBITRATION and Round.ARBITER not in given:
        return
    outcome = settle(Agreement(item.mode, item.tolerance, item.tie), given)
    if outcome.mark is not None:
        script.state, script.mark, script.how, script.settled_at = ScriptState.SETTLED, outcome.mark, outcome.how, now
        after = {"mark": str(outcome.mark), "how": str(outcome.how), "given": [str(given[one]) for one in sorted(given)]}
        record(actor, "scoring.script_settled", f"script:{script.id}", now=now, after=after)
    elif outcome.needs in {Round.THIRD, Round.ARBITER}:
        script.state = ScriptState.THIRD if outcome.needs is Round.THIRD else ScriptState.ARBITRATION
        db.session.flush()
        allot(plan, [script], now=now)


def save_draft(*, code: str, typed: Mapping[str, str], actor: Actor, now: datetime) -> bool:
    """Keep what was typed and not yet given; False when the mark has been given since.

    The draft decides nothing and is gone with the mark, so that it leaves no row in the audit trail. Raises NotFound.
    """
    found = queries.get_task(code, user_id=actor.user_id)
    item = queries.marking_item(found.script.sitting_id, found.script.position)
    known = {name for one in queries.criteria_of(item) for name in (one.id, f"{one.id}-mark")}
    draft = {name: value[:20] for name, value in typed.items() if name in known and value}
    draft |= {"comment": typed.get("comment", "")[:LONGEST_COMMENT]}
    kept = db.session.execute(
        update(ScriptMark)
        .where(ScriptMark.id == found.task.id, ScriptMark.state == TaskState.OPEN, ScriptMark.user_id == actor.user_id)
        .values(draft=draft, drafted_at=now)
        .returning(ScriptMark.id)
        .execution_options(synchronize_session=False)
    )
    return kept.one_or_none() is not None


def set_aside(*, code: str, doubt: str, actor: Actor, now: datetime) -> bool:
    """Put a doubtful script behind all others and say why; False when its mark has been given. Raises NotFound."""
    found = queries.get_task(code, user_id=actor.user_id)
    last = db.session.scalar(select(func.max(ScriptMark.place)).where(ScriptMark.user_id == actor.user_id)) or 0
    said = doubt.strip()[:500] or "?"
    moved = db.session.execute(
        update(ScriptMark)
        .where(ScriptMark.id == found.task.id, ScriptMark.state == TaskState.OPEN, ScriptMark.user_id == actor.user_id)
        .values(doubt=said, place=min(last + 1, 2**31 - 1))
        .returning(ScriptMark.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is not None:
        record(actor, "scoring.script_set_aside", f"script_mark:{code}", now=now, reason=said)
    return moved is not None
