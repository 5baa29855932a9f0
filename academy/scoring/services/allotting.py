"""Handing scripts to markers: what is missing is made, what is there stays."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from academy.core.codes import random_code16
from academy.core.db import db
from academy.exams import queries as exams
from academy.people import queries as people
from academy.scoring import queries
from academy.scoring.models import MarkingItem, MarkingPlan, Script, ScriptMark
from academy.scoring.rules.allocation import Marker, Need, allocate, choose_control, is_control_due, place_of
from academy.scoring.rules.marking import How, Round, ScriptState, TaskState, is_blank, rounds_at_first
from academy.scoring.rules.marks import ZERO

LAST_PLACE = 2**30
LOOK_AGAIN = timedelta(days=2)  # a third or an arbiter has at least so long
_COUNTED = (Round.FIRST, Round.SECOND, Round.THIRD)
CONTROL_AFTER = 3  # so many other scripts come before one that is served again


def make_scripts(plan: MarkingPlan, items: Iterable[MarkingItem], now: datetime) -> int:
    """A script for every answer that has none yet; a blank one is settled with 0 at once. Returns how many are new."""
    positions = [item.position for item in items]
    known = set(
        db.session.execute(select(Script.attempt_id, Script.position).where(Script.sitting_id == plan.sitting_id)).all()
    )
    rows = [
        {"sitting_id": plan.sitting_id, "attempt_id": attempt_id, "position": position, **_start(response, now)}
        for attempt_id, answers in exams.essay_responses(plan.sitting_id, positions).items()
        for position, response in answers.items()
        if (attempt_id, position) not in known
    ]
    if rows:
        db.session.execute(insert(Script), rows)
    return len(rows)


def _start(response: str, now: datetime) -> dict[str, Any]:
    if is_blank(response):
        return {"state": ScriptState.SETTLED, "mark": ZERO, "how": How.BLANK, "settled_at": now}
    return {"state": ScriptState.MARKING, "mark": None, "how": None, "settled_at": None}


def allot(plan: MarkingPlan, scripts: Sequence[Script], *, now: datetime) -> tuple[int, list[int]]:
    """Tasks for the rounds that these scripts lack. Returns how many were made, and the scripts for which nobody is left."""
    items = queries.items_of_plan(plan.id)
    members = queries.members_of(plan.id)
    markers = queries.markers_by_ids(member.user_id for member in members if not member.is_arbiter)
    arbiters = queries.markers_by_ids(member.user_id for member in members if member.is_arbiter)
    seen = queries.marks_of_scripts([script.id for script in scripts])
    lacking = {script.id: _lacking(script, items[script.position], seen.get(script.id, ())) for script in scripts}
    waiting = [script for script in scripts if lacking[script.id]]
    made, short = 0, list[int]()
    for is_arbiter, group in ((False, markers), (True, arbiters)):
        some = [script for script in waiting if (script.state is ScriptState.ARBITRATION) == is_arbiter]
        needs = _needs(some, lacking, seen)
        found = allocate(needs, group, seed=str(plan.sitting_id), load=loads_of(plan.sitting_id, group))
        rows = [
            _task(plan, script_id, person, round_, now)
            for script_id, chosen in sorted(found.chosen.items())
            for person, round_ in zip(chosen, lacking[script_id], strict=False)
        ]
        if rows:
            db.session.execute(insert(ScriptMark), rows)
        made, short = made + len(rows), short + found.short
    return made, sorted(short)


def _lacking(script: Script, item: MarkingItem, seen: Sequence[ScriptMark]) -> list[Round]:
    """The rounds that a script needs now and that nobody has."""
    wanted: tuple[Round, ...] = ()
    match script.state:
        case ScriptState.MARKING:
            wanted = rounds_at_first(item.mode)
        case ScriptState.THIRD:
            wanted = (Round.THIRD,)
        case ScriptState.ARBITRATION:
            wanted = (Round.ARBITER,)
    return [one for one in wanted if one not in {mark.round for mark in seen}]


def _needs(scripts: Sequence[Script], lacking: dict[int, list[Round]], seen: dict[int, list[ScriptMark]]) -> list[Need]:
    attempts = exams.attempts_by_ids({script.attempt_id for script in scripts})
    learners = people.learners_by_ids({attempt.learner_id for attempt in attempts.values()})
    found = []
    for script in scripts:
        learner = learners[attempts[script.attempt_id].learner_id]
        by = frozenset(mark.user_id for mark in seen.get(script.id, ()))
        found.append(Need(script.id, learner.id, learner.organization_id, len(lacking[script.id]), by))
    return found


def loads_of(sitting_id: int, group: Sequence[Marker]) -> dict[int, int]:
    """How many scripts of a sitting each of these people has, marked or not."""
    query = select(ScriptMark.user_id, func.count()).join(Script, Script.id == ScriptMark.script_id)
    counted = query.where(Script.sitting_id == sitting_id, ScriptMark.round.between(Round.FIRST, Round.ARBITER))
    of_group = counted.where(ScriptMark.user_id.in_([marker.id for marker in group]))
    return dict(db.session.execute(of_group.group_by(ScriptMark.user_id)).all())


def _task(
    plan: MarkingPlan, script_id: int, person: int, round_: Round, now: datetime, place: int | None = None
) -> dict[str, Any]:
    late = round_ in {Round.THIRD, Round.ARBITER, Round.CONTROL}
    return {
        "code": random_code16(),
        "script_id": script_id,
        "user_id": person,
        "round": round_,
        "state": TaskState.OPEN,
        "place": place_of(str(plan.sitting_id), "queue", script_id, person) % LAST_PLACE if place is None else place,
        "due_at": max(plan.due_at, now + LOOK_AGAIN) if late else plan.due_at,
        "doubt": "",
        "comment": "",
    }


def serve_control(plan: MarkingPlan, script: Script, user_id: int, now: datetime) -> None:
    """After so many marks of a question, put one of the marker's own scripts into her queue again, under another code."""
    query = select(ScriptMark.script_id, ScriptMark.round, ScriptMark.state, ScriptMark.place)
    query = query.join(Script, Script.id == ScriptMark.script_id).where(ScriptMark.user_id == user_id)
    rows = db.session.execute(query.where(Script.sitting_id == script.sitting_id, Script.position == script.position)).all()
    given = [row.script_id for row in rows if row.round in _COUNTED and row.state is TaskState.GIVEN]
    ahead = sorted(row.place for row in rows if row.state is TaskState.OPEN)
    if not ahead or not is_control_due(len(given), plan.control_every):
        return  # the last script is no moment to serve one again: she would know it
    served = [row.script_id for row in rows if row.round is Round.CONTROL]
    chosen = choose_control(str(plan.sitting_id), user_id, set(given) - {script.id}, served)
    if chosen is not None:
        place = ahead[min(CONTROL_AFTER, len(ahead)) - 1]
        db.session.execute(insert(ScriptMark), [_task(plan, chosen, user_id, Round.CONTROL, now, place)])


def grouped(scripts: Iterable[Script]) -> dict[int, list[Script]]:
    """Scripts by position."""
    found: defaultdict[int, list[Script]] = defaultdict(list)
    for script in scripts:
        found[script.position].append(script)
    return found
