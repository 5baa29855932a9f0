"""Decisions on results, and whom each of them touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.scoring.models import Result, ResultChange, ResultList
from academy.scoring.queries.computing import Basis, basis_of, compute_results
from academy.scoring.queries.results import list_by_id, results_of
from academy.scoring.rules import Adjustment, ChangeState
from academy.scoring.rules.changes import OPEN


class Effect(NamedTuple):
    """What a decision makes of one person's result. `before` None: she was not on the list."""

    learner_id: int
    candidate_no: str
    before: Decimal | None
    after: Decimal
    passed_before: bool
    passed_after: bool

    @property
    def flips(self) -> bool:
        """Whether pass becomes fail or the other way round."""
        return self.passed_before != self.passed_after

    @property
    def gain(self) -> Decimal:
        """How many marks more; below zero: less."""
        return self.after - (self.before or Decimal(0))


@dataclass(frozen=True, slots=True)
class Impact:
    """Who changes by a decision, and how; `digest` names the list that it makes."""

    effects: Sequence[Effect]
    count: int
    full_before: Decimal
    full_after: Decimal
    passed_before: int
    passed_after: int
    digest: str

    @property
    def gaining(self) -> int:
        """How many have more marks."""
        return sum(effect.gain > 0 for effect in self.effects)

    @property
    def losing(self) -> int:
        """How many have fewer marks."""
        return sum(effect.gain < 0 for effect in self.effects)

    @property
    def now_passing(self) -> list[Effect]:
        """Who failed and passes now."""
        return [effect for effect in self.effects if effect.flips and effect.passed_after]

    @property
    def now_failing(self) -> list[Effect]:
        """Who passed and fails now."""
        return [effect for effect in self.effects if effect.flips and not effect.passed_after]


class _Line(NamedTuple):
    learner_id: int
    candidate_no: str
    attempt_id: int
    total: Decimal
    passed: bool
    item_marks: list[str]


def get_change(code: str) -> ResultChange:
    """A decision by its code. Raises NotFound."""
    found = db.session.scalars(select(ResultChange).where(ResultChange.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def changes_of(sitting_id: int) -> list[ResultChange]:
    """The decisions on a sitting's results, newest first."""
    query = select(ResultChange).where(ResultChange.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ResultChange.proposed_at.desc(), ResultChange.id.desc())))


def find_open_change(sitting_id: int) -> ResultChange | None:
    """The decision that waits for a second person."""
    query = select(ResultChange).where(ResultChange.sitting_id == sitting_id, ResultChange.state.in_(OPEN))
    return db.session.scalars(query).one_or_none()


def find_change_of_list(list_id: int) -> ResultChange | None:
    """The decision that made a list, or undid one by it."""
    made = (ResultChange.made_list_id == list_id) | (ResultChange.undo_list_id == list_id)
    return db.session.scalars(select(ResultChange).where(made)).one_or_none()


def basis_after(change: ResultChange) -> Basis:
    """By what the results are scored once a decision is committed."""
    base = basis_of(list_by_id(change.base_list_id))
    return Basis(
        rule_id=base.rule_id,
        pass_mark=base.pass_mark if change.pass_mark is None else change.pass_mark,
        paper_key_id=change.paper_key_id or base.paper_key_id,
        adjustment=Adjustment.from_data(change.adjustment) if change.adjustment else base.adjustment,
    )


def impact_of(change: ResultChange) -> Impact:
    """Whom a decision touches: computed while it waits, and as it was made once it is. A constant number of statements."""
    base = list_by_id(change.base_list_id)
    match change.state:
        case ChangeState.PROPOSED | ChangeState.WITHDRAWN:
            return impact_on(base, basis_after(change))
        case ChangeState.UNDONE if change.undo_list_id is not None and change.made_list_id is not None:
            return _between(list_by_id(change.made_list_id), list_by_id(change.undo_list_id))
        case _ if change.made_list_id is not None:
            return _between(base, list_by_id(change.made_list_id))
    raise NotFound


def impact_of_undoing(change: ResultChange) -> Impact:
    """Whom it touches when a committed decision is undone."""
    if change.made_list_id is None:
        raise NotFound
    return impact_on(list_by_id(change.made_list_id), basis_of(list_by_id(change.base_list_id)))


def impact_on(base: ResultList, basis: Basis) -> Impact:
    """Whom it touches when a list is scored on another basis."""
    computed = compute_results(base.sitting_id, basis)
    after = [
        _Line(one.learner_id, one.candidate_no, one.attempt_id, one.total, one.passed, one.item_marks)
        for one in computed.marked
    ]
    return _compare(base, _lines(results_of(base.sitting_id, base.version)), after, computed.full, computed.digest)


def _between(base: ResultList, made: ResultList) -> Impact:
    before, after = (_lines(results_of(one.sitting_id, one.version)) for one in (base, made))
    return _compare(base, before, after, made.full_marks, made.digest)


def _lines(results: Sequence[Result]) -> list[_Line]:
    return [_Line(r.learner_id, r.candidate_no, r.attempt_id, r.total, r.passed, r.item_marks) for r in results]


def _compare(base: ResultList, before: Sequence[_Line], after: Sequence[_Line], full: Decimal, digest: str) -> Impact:
    known = {line.attempt_id: line for line in before}
    effects = []
    for line in after:
        old = known.get(line.attempt_id)
        if old is None or (old.total, old.passed, old.item_marks) != (line.total, line.passed, line.item_marks):
            was = (None, False) if old is None else (old.total, old.passed)
            effects.append(Effect(line.learner_id, line.candidate_no, was[0], line.total, was[1], line.passed))
    effects.sort(key=lambda one: (not one.flips, one.passed_after, one.candidate_no))
    passed_after = sum(line.passed for line in after)
    return Impact(effects, len(after), base.full_marks, full, base.passed_count, passed_after, digest)
