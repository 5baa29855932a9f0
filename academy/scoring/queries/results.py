"""Every read of scoring."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from academy.core.clock import local
from academy.core.db import db
from academy.core.errors import NotFound
from academy.exams import queries as exams
from academy.scoring.models import Result, ResultList, ScoringRule
from academy.scoring.rules import ResultState, counting
from academy.scoring.rules.subjects import resit_rule_on


class ScoreRow(NamedTuple):
    """A line of the score table."""

    candidate: str
    single: Decimal
    multiple: Decimal
    total: Decimal


class Order(StrEnum):
    """How a list of results is sorted."""

    CANDIDATE = "candidate"
    TOTAL = "total"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What a list of results is narrowed to."""

    passed: bool | None = None
    learner_ids: frozenset[int] | None = None
    order: Order = Order.CANDIDATE


def find_rule(code: str, on: date) -> ScoringRule | None:
    """The rule in force on a day."""
    query = select(ScoringRule).where(ScoringRule.code == code, ScoringRule.valid_from <= on)
    return db.session.scalars(query.order_by(ScoringRule.valid_from.desc()).limit(1)).one_or_none()


def rule_by_id(rule_id: int) -> ScoringRule:
    """A rule by id. Raises NotFound."""
    rule = db.session.get(ScoringRule, rule_id)
    if rule is None:
        raise NotFound
    return rule


def lists_of(sitting_id: int) -> list[ResultList]:
    """Every version of a sitting's results, newest first."""
    query = select(ResultList).where(ResultList.sitting_id == sitting_id).order_by(ResultList.version.desc())
    return list(db.session.scalars(query))


def list_by_id(list_id: int) -> ResultList:
    """A version of results by id. Raises NotFound."""
    found = db.session.get(ResultList, list_id)
    if found is None:
        raise NotFound
    return found


def lists_by_ids(ids: Iterable[int]) -> dict[int, ResultList]:
    """Versions of results by id."""
    return {one.id: one for one in db.session.scalars(select(ResultList).where(ResultList.id.in_(list(ids))))}


def find_newest_list(sitting_id: int) -> ResultList | None:
    """The newest version of a sitting's results."""
    query = select(ResultList).where(ResultList.sitting_id == sitting_id).order_by(ResultList.version.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def find_released_list(sitting_id: int) -> ResultList | None:
    """The newest version that is released."""
    query = select(ResultList).where(ResultList.sitting_id == sitting_id, ResultList.state == ResultState.RELEASED)
    return db.session.scalars(query.order_by(ResultList.version.desc()).limit(1)).one_or_none()


def versions_of_result(result: Result) -> list[Result]:
    """The results of an attempt in every version of its sitting's results, oldest first."""
    return list(db.session.scalars(select(Result).where(Result.attempt_id == result.attempt_id).order_by(Result.version)))


def newest_lists(sitting_ids: Iterable[int] | None = None) -> dict[int, ResultList]:
    """The newest version of the results of each sitting that has any."""
    newest = (
        select(ResultList.sitting_id, func.max(ResultList.version).label("version")).group_by(ResultList.sitting_id).subquery()
    )
    query = select(ResultList).join(
        newest, (newest.c.sitting_id == ResultList.sitting_id) & (newest.c.version == ResultList.version)
    )
    if sitting_ids is not None:
        query = query.where(ResultList.sitting_id.in_(list(sitting_ids)))
    return {found.sitting_id: found for found in db.session.scalars(query)}


def lists_waiting(state: ResultState = ResultState.PROVISIONAL) -> list[ResultList]:
    """The newest versions that wait in a state (provisional: to be confirmed; confirmed: to be released), oldest first."""
    waiting = [found for found in newest_lists().values() if found.state is state]
    return sorted(waiting, key=lambda found: (found.scored_at, found.id))


def results_of(sitting_id: int, version: int | None = None) -> list[Result]:
    """The results of a sitting by candidate number: of a version, or of the newest one."""
    number: int | None = version
    if number is None:
        number = db.session.scalar(select(func.max(Result.version)).where(Result.sitting_id == sitting_id))
    query = select(Result).where(Result.sitting_id == sitting_id, Result.version == number)
    return list(db.session.scalars(query.order_by(Result.candidate_no, Result.id)))


def page_of_results(list_id: int, filter_: ResultFilter, *, limit: int, offset: int) -> tuple[list[Result], int]:
    """A page of one version of results, and how many match in all."""
    query = select(Result).where(Result.list_id == list_id)
    if filter_.passed is not None:
        query = query.where(Result.passed.is_(filter_.passed))
    if filter_.learner_ids is not None:
        query = query.where(Result.learner_id.in_(filter_.learner_ids))
    total = db.session.scalar(select(func.count()).select_from(query.with_only_columns(Result.id).subquery())) or 0
    orders: dict[Order, ColumnElement[Any]] = {
        Order.CANDIDATE: Result.candidate_no.asc(),
        Order.TOTAL: Result.total.desc(),
        Order.LOWEST: Result.total.asc(),
    }
    first = orders[filter_.order]
    return list(db.session.scalars(query.order_by(first, Result.candidate_no, Result.id).limit(limit).offset(offset))), total


def totals_of(list_id: int) -> list[Decimal]:
    """The totals of one version, ascending."""
    return list(db.session.scalars(select(Result.total).where(Result.list_id == list_id).order_by(Result.total)))


def score_table(sitting_id: int) -> list[ScoreRow]:
    """The marks of the newest version, by candidate number."""
    return [
        ScoreRow(r.candidate_no, Decimal(r.kind_marks.get("single", 0)), Decimal(r.kind_marks.get("multiple", 0)), r.total)
        for r in results_of(sitting_id)
    ]


def get_result(code: str) -> Result:
    """A result by its code. Raises NotFound."""
    result = db.session.scalars(select(Result).where(Result.code == code)).one_or_none()
    if result is None:
        raise NotFound
    return result


def released_results_of_learner(learner_id: int) -> dict[int, Result]:
    """A learner's released results by sitting, the newest version of each."""
    query = select(Result).where(Result.learner_id == learner_id, Result.state == ResultState.RELEASED)
    return {result.sitting_id: result for result in db.session.scalars(query.order_by(Result.version))}


def newest_released(results: Iterable[Result]) -> list[Result]:
    """Of released results, in the order of their versions, the one that stands for each person and sitting."""
    return list({(result.sitting_id, result.learner_id): result for result in results}.values())


def released_results(class_id: int) -> dict[int, Result]:
    """The released result of each learner of a class that counts; in each sitting the newest released version stands.

    Which of several sittings counts, and how many resits do, is the rule in force on the day of the latest of them.
    """
    sittings = {sitting.id: sitting for sitting in exams.sittings_of(class_id)}
    query = select(Result).where(Result.sitting_id.in_(sittings), Result.state == ResultState.RELEASED)
    by_learner: dict[int, list[Result]] = {}
    for result in newest_released(db.session.scalars(query.order_by(Result.version, Result.id))):
        by_learner.setdefault(result.learner_id, []).append(result)
    found: dict[int, Result] = {}
    for learner_id, results in by_learner.items():
        results.sort(key=lambda result: (sittings[result.sitting_id].opens_at, result.id))
        rule = resit_rule_on(local(sittings[results[-1].sitting_id].opens_at).date())
        counted = counting(results, counts=rule.counts, most_resits=rule.most_resits)
        if counted is not None:
            found[learner_id] = counted
    return found


def best_released_result(class_id: int, learner_id: int) -> Result | None:
    """A learner's best released result in a class, None when nothing was released to her."""
    return released_results(class_id).get(learner_id)
