"""While the marking runs: new scripts, other people, another deadline, and what goes to the arbiter by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.text import N_
from academy.exams import queries as exams
from academy.people import queries as people
from academy.scoring import messages, queries
from academy.scoring.models import MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.policies import can_score
from academy.scoring.rules.allocation import Need, allocate
from academy.scoring.rules.marking import Round, ScriptState, TaskState
from academy.scoring.rules.results import ResultState
from academy.scoring.services.allotting import allot, grouped, loads_of, make_scripts
from academy.scoring.services.marking import ArbiterIsMissing, DeadlineIsPast, lock_script, require_markers, tell_markers

REMIND_BEFORE = timedelta(days=1)
_TURNS = (Round.FIRST, Round.SECOND, Round.THIRD, Round.ARBITER)


class IsMemberAlready(Conflict):
    """She marks this sitting already."""

    message = N_("这个人已经在阅这场考试的卷，没有改动。")


class ScriptIsArbitrated(Conflict):
    """An arbiter has spoken; his mark stands."""

    message = N_("这份答卷已经仲裁过或正在仲裁，没有再送。")


class ResultsAreOut(Conflict):
    """Marks that learners have seen change by appeals only."""

    message = N_("这场考试的成绩已经发布，没有改动。")
    next_step = N_("发布后的更正请走申诉。")


def locked_plan(sitting_id: int, actor: Actor) -> MarkingPlan:
    """The plan, locked: scripts are handed out by one hand at a time. Raises Forbidden, NotFound."""
    if not can_score(actor):
        raise Forbidden
    plan = db.session.scalars(select(MarkingPlan).where(MarkingPlan.sitting_id == sitting_id).with_for_update()).one_or_none()
    if plan is None:
        raise NotFound
    return plan


def allot_missing(*, sitting_id: int, actor: Actor, now: datetime) -> tuple[int, int]:
    """Make scripts of answers that came later, and tasks that nobody has yet: (tasks made, scripts without anybody)."""
    plan = locked_plan(sitting_id, actor)
    new = make_scripts(plan, queries.items_of_plan(plan.id).values(), now)
    open_ = select(Script).where(Script.sitting_id == sitting_id, Script.state != ScriptState.SETTLED).order_by(Script.id)
    made, short = 0, 0
    for _, some in sorted(grouped(db.session.scalars(open_)).items()):
        tasks, nobody = allot(plan, some, now=now)
        made, short = made + tasks, short + len(nobody)
    if made or new:
        after = {"scripts": new, "tasks": made, "short": short}
        record(actor, "scoring.marking_allotted", f"exam_sitting:{_code(sitting_id)}", now=now, after=after)
    return made, short


def _code(sitting_id: int) -> str:
    return exams.sitting_by_id(sitting_id).code


def add_member(*, sitting_id: int, user_id: int, is_arbiter: bool, actor: Actor, now: datetime) -> None:
    """Ask one more person to mark or to arbitrate; what nobody had goes to her. Raises IsMemberAlready, MarkerMayNotMark."""
    plan = locked_plan(sitting_id, actor)
    require_markers([user_id])
    if any(member.user_id == user_id for member in queries.members_of(plan.id)):
        raise IsMemberAlready
    db.session.add(MarkingMember(plan_id=plan.id, user_id=user_id, is_arbiter=is_arbiter))
    db.session.flush()
    after = {"user_id": user_id, "is_arbiter": is_arbiter}
    record(actor, "scoring.marker_added", f"exam_sitting:{_code(sitting_id)}", now=now, after=after)
    allot_missing(sitting_id=sitting_id, actor=actor, now=now)
    tell_markers(plan, [user_id], now)


def release_member(*, sitting_id: int, user_id: int, actor: Actor, now: datetime) -> tuple[int, int]:
    """Take a person out and give what she has not marked to others: (scripts moved, scripts for which nobody was left).

    Marks that she gave stay. A script that nobody else may have loses its task, and waits on the board for one more person.
    """
    plan = locked_plan(sitting_id, actor)
    members = queries.members_of(plan.id)
    leaving = next((member for member in members if member.user_id == user_id), None)
    if leaving is None:
        raise NotFound
    query = select(ScriptMark, Script).join(Script, Script.id == ScriptMark.script_id).order_by(ScriptMark.id)
    mine = query.where(Script.sitting_id == sitting_id, ScriptMark.user_id == user_id, ScriptMark.state == TaskState.OPEN)
    rows = [(task, script) for task, script in db.session.execute(mine).all() if task.round in _TURNS]
    others = [m.user_id for m in members if m.user_id != user_id and m.is_arbiter == leaving.is_arbiter]
    moved = _hand_over(sitting_id, rows, others)
    own_scripts = select(Script.id).where(Script.sitting_id == sitting_id)
    db.session.execute(
        delete(ScriptMark)
        .where(ScriptMark.user_id == user_id, ScriptMark.state == TaskState.OPEN, ScriptMark.script_id.in_(own_scripts))
        .execution_options(synchronize_session=False)
    )
    db.session.delete(leaving)
    db.session.flush()
    after = {"user_id": user_id, "moved": moved, "left": len(rows) - moved}
    record(actor, "scoring.marker_released", f"exam_sitting:{_code(sitting_id)}", now=now, after=after)
    tell_markers(plan, others, now)
    return moved, len(rows) - moved


def _hand_over(sitting_id: int, rows: Sequence[tuple[ScriptMark, Script]], others: Sequence[int]) -> int:
    """Give open tasks to other people by the rule of the first allocation; returns how many found somebody."""
    markers = queries.markers_by_ids(others)
    seen = queries.marks_of_scripts([script.id for _, script in rows])
    attempts = exams.attempts_by_ids({script.attempt_id for _, script in rows})
    learners = people.learners_by_ids({attempt.learner_id for attempt in attempts.values()})
    needs = []
    for _, script in rows:
        learner = learners[attempts[script.attempt_id].learner_id]
        needs.append(
            Need(script.id, learner.id, learner.organization_id, 1, frozenset(mark.user_id for mark in seen[script.id]))
        )
    found = allocate(needs, markers, seed=str(sitting_id), load=loads_of(sitting_id, markers))
    moved = 0
    for task, script in rows:
        for person in found.chosen.get(script.id, ()):
            changed = db.session.execute(
                update(ScriptMark)
                .where(ScriptMark.id == task.id, ScriptMark.state == TaskState.OPEN)
                .values(user_id=person, draft=None, drafted_at=None, doubt="")
                .returning(ScriptMark.id)
                .execution_options(synchronize_session=False)
            )
            moved += changed.one_or_none() is not None
    db.session.expire_all()
    return moved


def move_deadline(*, sitting_id: int, due_at: datetime, actor: Actor, now: datetime) -> int:
    """Set another deadline; it holds for every open task at once. Returns how many. Raises DeadlineIsPast."""
    plan = locked_plan(sitting_id, actor)
    if due_at <= now:
        raise DeadlineIsPast
    before, plan.due_at = plan.due_at, due_at
    own_scripts = select(Script.id).where(Script.sitting_id == sitting_id)
    changed = db.session.execute(
        update(ScriptMark)
        .where(ScriptMark.state == TaskState.OPEN, ScriptMark.script_id.in_(own_scripts))
        .values(due_at=due_at)
        .returning(ScriptMark.user_id)
        .execution_options(synchronize_session=False)
    )
    people_ids = list(changed.scalars())
    db.session.flush()
    subject, was, is_now = f"exam_sitting:{_code(sitting_id)}", {"due_at": before.isoformat()}, {"due_at": due_at.isoformat()}
    record(actor, "scoring.marking_deadline_moved", subject, now=now, before=was, after=is_now)
    tell_markers(plan, sorted(set(people_ids)), now)
    return len(people_ids)


def remind_markers(*, now: datetime) -> int:
    """Write to everybody whose open scripts are due within a day; once for a deadline. Returns to how many."""
    told = 0
    for plan, user_ids in queries.due_soon(now, now + REMIND_BEFORE):
        tell_markers(plan, user_ids, now, reason=messages.MARKING_DUE)
        told += len(user_ids)
    return told


def send_to_arbiter(*, script_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Let the arbiter decide a script, whatever its marks: doubtful, mistyped, far apart. Looks not yet given are dropped.

    Raises ArbiterIsMissing, ScriptIsArbitrated, ResultsAreOut.
    """
    known = db.session.get(Script, script_id)
    if known is None:
        raise NotFound
    plan = locked_plan(known.sitting_id, actor)
    newest = queries.find_newest_list(known.sitting_id)
    if newest is not None and newest.state is ResultState.RELEASED:
        raise ResultsAreOut
    if not any(member.is_arbiter for member in queries.members_of(plan.id)):
        raise ArbiterIsMissing
    script = lock_script(script_id)
    if any(mark.round is Round.ARBITER for mark in queries.marks_of_script(script_id)):
        raise ScriptIsArbitrated
    before = {"state": script.state.value, "mark": str(script.mark) if script.mark is not None else None}
    open_turns = (ScriptMark.script_id == script_id, ScriptMark.state == TaskState.OPEN, ScriptMark.round.in_(_TURNS))
    db.session.execute(delete(ScriptMark).where(*open_turns).execution_options(synchronize_session=False))
    script.state, script.mark, script.how, script.settled_at = ScriptState.ARBITRATION, None, None, None
    db.session.flush()
    record(actor, "scoring.sent_to_arbiter", f"script:{script_id}", now=now, before=before, reason=reason)
    allot(plan, [script], now=now)
