"""Reading attempts and answers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams.models import Answer, AnswerEvent, Attempt, ExamSitting
from academy.exams.rules.kinds import AttemptState


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt with its sitting."""

    attempt: Attempt
    sitting: ExamSitting


def get_attempt(code: str, *, user_id: int | None) -> AttemptView:
    """The attempt of this account with its sitting. Raises NotFound, also for somebody else's attempt."""
    row = db.session.execute(
        select(Attempt, ExamSitting)
        .join(ExamSitting, ExamSitting.id == Attempt.sitting_id)
        .where(Attempt.code == code, Attempt.user_id == user_id)
    ).first()
    if row is None:
        raise NotFound
    return AttemptView(*row)


def find_attempt(sitting_id: int, learner_id: int) -> Attempt | None:
    """A learner's attempt at a sitting."""
    query = select(Attempt).where(Attempt.sitting_id == sitting_id, Attempt.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def attempts_of(sitting_id: int) -> list[Attempt]:
    """The attempts at a sitting by candidate number."""
    return list(
        db.session.scalars(select(Attempt).where(Attempt.sitting_id == sitting_id).order_by(Attempt.candidate_no, Attempt.id))
    )


def attempts_of_learner(learner_id: int) -> dict[int, Attempt]:
    """A learner's attempts by sitting."""
    return {
        attempt.sitting_id: attempt for attempt in db.session.scalars(select(Attempt).where(Attempt.learner_id == learner_id))
    }


def answers_of_attempt(attempt_id: int) -> dict[int, str]:
    """The latest responses of an attempt by position."""
    return dict(db.session.execute(select(Answer.position, Answer.response).where(Answer.attempt_id == attempt_id)).all())


def flags_of_attempt(attempt_id: int) -> set[int]:
    """The positions that the candidate wants to look at again."""
    return set(db.session.scalars(select(Answer.position).where(Answer.attempt_id == attempt_id, Answer.is_flagged)))


def answers_of(sitting_id: int) -> dict[int, dict[int, str]]:
    """The latest responses of every attempt at a sitting: by attempt and position, in one statement."""
    rows = db.session.execute(
        select(Answer.attempt_id, Answer.position, Answer.response)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.sitting_id == sitting_id)
    )
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for attempt_id, position, response in rows:
        found[attempt_id][position] = response
    return found


def events_of(attempt_id: int) -> list[AnswerEvent]:
    """What a candidate did, in order."""
    return list(db.session.scalars(select(AnswerEvent).where(AnswerEvent.attempt_id == attempt_id).order_by(AnswerEvent.seq)))


def tallies(sitting_ids: Iterable[int]) -> dict[int, dict[AttemptState, int]]:
    """How many attempts of each sitting are in each state."""
    rows = db.session.execute(
        select(Attempt.sitting_id, Attempt.state, func.count())
        .where(Attempt.sitting_id.in_(list(sitting_ids)))
        .group_by(Attempt.sitting_id, Attempt.state)
    )
    found: defaultdict[int, dict[AttemptState, int]] = defaultdict(dict)
    for sitting_id, state, number in rows:
        found[sitting_id][state] = number
    return found


def tally(sitting_id: int) -> dict[AttemptState, int]:
    """How many attempts of a sitting are in each state."""
    return tallies([sitting_id]).get(sitting_id, {})
