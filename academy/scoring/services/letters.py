"""The letters that follow a release: to whom a result is new, and to whom it was corrected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.core.db import db
from academy.exams import queries as exams
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.scoring import messages, queries
from academy.scoring.models import Result, ResultList
from academy.scoring.rules import ResultState
from academy.timetable import queries as timetable


def write_to_learners(*, sitting_id: int, now: datetime) -> int:
    """Plan the letters for the newest released version; planning them again changes nothing. Returns to how many people.

    Who has seen an earlier version and finds the same marks in the new one is not written to.
    """
    released = queries.find_released_list(sitting_id)
    if released is None:
        return 0
    seen = _seen_before(released)
    results = [r for r in queries.results_of(sitting_id, released.version) if r.state is ResultState.RELEASED]
    new = [result for result in results if result.attempt_id not in seen]
    corrected = [r for r in results if r.attempt_id in seen and _differs(r, seen[r.attempt_id])]
    change = queries.find_change_of_list(released.id)
    why = (change.undo_reason if change.undo_list_id == released.id else change.reason) if change else ""
    _plan(messages.RESULT_RELEASED, new, sitting_id, now, {})
    _plan(messages.RESULT_CORRECTED, corrected, sitting_id, now, {"reason": why or "—"})
    return len(new) + len(corrected)


def _differs(one: Result, other: Result) -> bool:
    return (one.total, one.passed, one.item_marks) != (other.total, other.passed, other.item_marks)


def _seen_before(released: ResultList) -> dict[int, Result]:
    """The newest result before this version that each attempt's person was shown."""
    shown = Result.state == ResultState.RELEASED
    query = select(Result).where(Result.sitting_id == released.sitting_id, Result.version < released.version, shown)
    return {result.attempt_id: result for result in db.session.scalars(query.order_by(Result.version))}


def _plan(reason: Reason, results: Sequence[Result], sitting_id: int, now: datetime, more: dict[str, object]) -> None:
    if not results:
        return
    sitting = exams.sitting_by_id(sitting_id)
    title = f"{timetable.class_by_id(sitting.class_id).title_zh} · {sitting.title_zh}"  # every class has a “结业考试”
    learners = people.learners_by_ids([result.learner_id for result in results])
    users = accounts.users_by_ids([learner.user_id for learner in learners.values() if learner.user_id is not None])
    letters: list[tuple[Recipient, dict[str, object], str]] = []
    for result in results:
        learner = learners[result.learner_id]
        user = users.get(learner.user_id or 0)
        email = user.email if user else learner.email or None
        recipient = Recipient(learner.user_id, email, learner.name_zh, user.locale if user else "zh_Hans")
        letters.append((recipient, {"title": title, "name": learner.name_zh, "code": result.code, **more}, result.code))
    plan_many(reason=reason, letters=letters, now=now)
