"""Reading what people mark: plans, tasks, final marks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import case, func, select

from academy.accounts import queries as accounts
from academy.core.access import Role
from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams import queries as exams
from academy.exams.queries import MarkedItem
from academy.people import queries as people
from academy.scoring.models import Appeal, MarkingItem, MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.rules.allocation import Marker
from academy.scoring.rules.appeals import AppealState
from academy.scoring.rules.marking import Round, ScriptState, TaskState, is_blank
from academy.scoring.rules.marks import ZERO
from academy.scoring.rules.rubrics import Criterion, read_rubric


def find_plan(sitting_id: int) -> MarkingPlan | None:
    """How a sitting is marked by people, None before the marking was opened."""
    return db.session.scalars(select(MarkingPlan).where(MarkingPlan.sitting_id == sitting_id)).one_or_none()


def plans() -> dict[int, MarkingPlan]:
    """Every plan by sitting."""
    return {plan.sitting_id: plan for plan in db.session.scalars(select(MarkingPlan))}


def items_of_plan(plan_id: int) -> dict[int, MarkingItem]:
    """How each question of a plan is marked, by position."""
    query = select(MarkingItem).where(MarkingItem.plan_id == plan_id).order_by(MarkingItem.position)
    return {item.position: item for item in db.session.scalars(query)}


def marking_item(sitting_id: int, position: int) -> MarkingItem:
    """How one question of a sitting is marked. Raises NotFound."""
    query = select(MarkingItem).join(MarkingPlan, MarkingPlan.id == MarkingItem.plan_id)
    found = db.session.scalars(
        query.where(MarkingPlan.sitting_id == sitting_id, MarkingItem.position == position)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def criteria_of(item: MarkingItem) -> tuple[Criterion, ...]:
    """The criteria that a question is marked by."""
    return read_rubric(item.criteria, part=0, full=item.full_marks)


def members_of(plan_id: int) -> list[MarkingMember]:
    """Who marks and who arbitrates, in the order in which they were asked."""
    return list(db.session.scalars(select(MarkingMember).where(MarkingMember.plan_id == plan_id).order_by(MarkingMember.id)))


def markers_by_ids(user_ids: Iterable[int]) -> list[Marker]:
    """People as the allocation looks at them: which units they belong to, and which learner they are."""
    found = []
    for user in sorted(accounts.users_by_ids(user_ids).values(), key=lambda one: one.id):
        learner, instructor = people.find_learner_of_user(user.id), people.find_instructor_of_user(user.id)
        own = [learner.organization_id if learner else None, instructor.organization_id if instructor else None]
        spoken_for = [grant.organization_id for grant in user.grants if grant.role is Role.ORGANIZATION_COORDINATOR]
        units = frozenset(unit for unit in [*own, *spoken_for] if unit is not None)
        found.append(Marker(user.id, units, learner.id if learner else None))
    return found


def final_marks(sitting_id: int) -> dict[int, dict[int, Decimal]]:
    """The marks given by people: by attempt and position, as they stand now.

    Holds every settled script, 0 for a blank answer whether or not marking was opened, and over all of them the marks that
    granted appeals changed, at whatever kind of question.
    """
    found: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
    for attempt_id, answers in _essays(sitting_id).items():
        for position in (place for place, response in answers.items() if is_blank(response)):
            found[attempt_id][position] = ZERO
    query = select(Script.attempt_id, Script.position, Script.mark).where(Script.sitting_id == sitting_id)
    for attempt_id, position, mark in db.session.execute(query.where(Script.mark.is_not(None))):
        found[attempt_id][position] = mark or ZERO
    changed = select(Appeal.attempt_id, Appeal.position, Appeal.new_mark).where(Appeal.sitting_id == sitting_id)
    for attempt_id, position, mark in db.session.execute(changed.where(Appeal.state == AppealState.GRANTED)):
        found[attempt_id][position] = mark or ZERO
    return dict(found)


def unmarked(sitting_id: int) -> int:
    """How many answers of finished attempts still wait for people; blank ones do not."""
    marks = final_marks(sitting_id)
    return sum(
        position not in marks.get(attempt_id, {}) for attempt_id, answers in _essays(sitting_id).items() for position in answers
    )


def _essays(sitting_id: int) -> dict[int, dict[int, str]]:
    positions = [item.position for item in exams.marked_items(exams.sitting_by_id(sitting_id).paper_id)]
    return exams.essay_responses(sitting_id, positions) if positions else {}


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its script."""

    task: ScriptMark
    script: Script


def get_task(code: str, *, user_id: int | None) -> Task:
    """A task of this person. Raises NotFound, also for somebody else's."""
    query = select(ScriptMark, Script).join(Script, Script.id == ScriptMark.script_id)
    mine = query.where(ScriptMark.code == code, ScriptMark.user_id == user_id, ScriptMark.round != Round.APPEAL)
    row = db.session.execute(mine).first()
    if row is None:
        raise NotFound
    return Task(*row)


def get_look(code: str) -> Task:
    """A look at a script whosever it is, for who runs the marking. Raises NotFound."""
    query = select(ScriptMark, Script).join(Script, Script.id == ScriptMark.script_id).where(ScriptMark.code == code)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound
    return Task(*row)


def marks_of_script(script_id: int) -> list[ScriptMark]:
    """Every look at a script in the order of the rounds, controls left out."""
    query = select(ScriptMark).where(ScriptMark.script_id == script_id, ScriptMark.round > Round.CONTROL)
    return list(db.session.scalars(query.order_by(ScriptMark.round, ScriptMark.id)))


def marks_of_scripts(script_ids: Iterable[int]) -> dict[int, list[ScriptMark]]:
    """Every look at each of these scripts, controls left out."""
    found: defaultdict[int, list[ScriptMark]] = defaultdict(list)
    query = select(ScriptMark).where(ScriptMark.script_id.in_(list(script_ids)), ScriptMark.round > Round.CONTROL)
    for one in db.session.scalars(query.order_by(ScriptMark.round, ScriptMark.id)):
        found[one.script_id].append(one)
    return found


def response_of(script: Script) -> str:
    """What was written."""
    return exams.answers_of_attempt(script.attempt_id).get(script.position, "")


def question_of(sitting_id: int, position: int) -> MarkedItem:
    """The question that a script answers. Raises NotFound."""
    paper_id = exams.sitting_by_id(sitting_id).paper_id
    found = next((item for item in exams.marked_items(paper_id) if item.position == position), None)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class DeskRow:
    """What one person has to mark of one question, or has to look at as a third or as the arbiter (`kind`)."""

    sitting_id: int
    position: int
    open: int
    given: int
    due_at: datetime


def desk_of(user_id: int) -> list[DeskRow]:
    """A marker's questions: what is open with the nearest deadline first, then what is done."""
    is_open = ScriptMark.state == TaskState.OPEN
    due = func.min(case((is_open, ScriptMark.due_at))).label("due")
    query = (
        select(
            Script.sitting_id,
            Script.position,
            func.count().filter(is_open),
            func.count().filter(~is_open),
            func.coalesce(due, func.max(ScriptMark.due_at), type_=ScriptMark.due_at.type),
        )
        .join(Script, Script.id == ScriptMark.script_id)
        .where(ScriptMark.user_id == user_id, ScriptMark.round != Round.APPEAL)
        .group_by(Script.sitting_id, Script.position)
    )
    rows = [DeskRow(*row) for row in db.session.execute(query)]
    return sorted(rows, key=lambda row: (not row.open, row.due_at, row.sitting_id, row.position))


def next_task(user_id: int, sitting_id: int, position: int) -> ScriptMark | None:
    """The next open task of a marker at a question; what she put aside comes last."""
    query = select(ScriptMark).join(Script, Script.id == ScriptMark.script_id)
    mine = query.where(ScriptMark.user_id == user_id, ScriptMark.state == TaskState.OPEN, ScriptMark.round != Round.APPEAL)
    of_question = mine.where(Script.sitting_id == sitting_id, Script.position == position)
    return db.session.scalars(of_question.order_by(ScriptMark.place, ScriptMark.id).limit(1)).first()


def open_tasks(user_id: int) -> int:
    """How many scripts wait for a person."""
    mine = select(func.count(ScriptMark.id)).where(ScriptMark.user_id == user_id, ScriptMark.state == TaskState.OPEN)
    return db.session.scalar(mine) or 0


def due_soon(now: datetime, until: datetime) -> list[tuple[MarkingPlan, list[int]]]:
    """Plans whose deadline lies between, each with the people who still have open scripts."""
    query = select(MarkingPlan, ScriptMark.user_id).join(Script, Script.sitting_id == MarkingPlan.sitting_id)
    query = query.join(ScriptMark, ScriptMark.script_id == Script.id).where(ScriptMark.state == TaskState.OPEN)
    soon = query.where(MarkingPlan.due_at > now, MarkingPlan.due_at <= until).distinct()
    found: defaultdict[int, list[int]] = defaultdict(list)
    by_id: dict[int, MarkingPlan] = {}
    for plan, user_id in db.session.execute(soon.order_by(MarkingPlan.id, ScriptMark.user_id)):
        by_id[plan.id] = plan
        found[plan.id].append(user_id)
    return [(by_id[plan_id], user_ids) for plan_id, user_ids in found.items()]


def script_counts(sitting_ids: Iterable[int]) -> Mapping[int, Mapping[ScriptState, int]]:
    """How many scripts of each sitting stand where."""
    query = select(Script.sitting_id, Script.state, func.count()).where(Script.sitting_id.in_(list(sitting_ids)))
    found: defaultdict[int, dict[ScriptState, int]] = defaultdict(dict)
    for sitting_id, state, number in db.session.execute(query.group_by(Script.sitting_id, Script.state)):
        found[sitting_id][state] = number
    return found
