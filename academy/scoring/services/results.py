"""Every write of scoring."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.outbox import announce
from academy.core.text import N_
from academy.exams import queries as exams
from academy.exams.rules.kinds import FINISHED, AttemptState
from academy.notifications.rules import Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.scoring import messages, queries
from academy.scoring.models import Result, ResultList, ScoringRule
from academy.scoring.policies import can_confirm, can_score, is_same_person
from academy.scoring.rules import Item, MarkingRule, ResultState, Score, Scorer, UnreadableRule, has_passed
from academy.timetable import queries as timetable

NATIONAL_CODE = "national"


class NothingToScore(Conflict):
    """Nobody has handed anything in."""

    message = N_("这场考试还没有交上来的答卷，没有可评的。")
    next_step = N_("等收卷，或先导入纸笔答卷。")


class CandidatesAreWriting(Conflict):
    """Scoring waits until everybody has finished."""

    message = N_("还有 %(count)s 人在答卷，没有评分。")
    next_step = N_("收卷后再评；到点没交的会自动收。")


class NoRuleInForce(Conflict):
    """No marking rule is in force on the day of the sitting."""

    message = N_("%(day)s 那天没有生效的评分规则，没有评分。")
    next_step = N_("请管理员先登记评分规则。")


class RuleCannotBeApplied(Conflict):
    """An item's key, or the marking rule that it has of its own, cannot be read; nothing is guessed."""

    message = N_("第 %(n)s 题的答案或评分规则读不出来，没有评分。")
    next_step = N_("请在题库里改正这道题，出新的一版，再换到卷子里。")


class ScoringRuns(Conflict):
    """Two people scored at the same moment; one list was made."""

    message = N_("另一个人刚刚评了这场考试，没有再评一遍。")
    next_step = N_("请刷新看结果。")


class ScorerMayNotConfirm(Conflict):
    """Results are looked at by two people."""

    message = N_("这份成绩是您评的，要由另一个人确认。")
    next_step = N_("请另一位管理员、班主任或证书管理员来确认。")


class ListIsOutOfDate(Conflict):
    """A newer version has been made since."""

    message = N_("这份成绩之后又重新评过，第 %(version)s 版不能再确认。")
    next_step = N_("请看最新一版。")


class ResultsAreNotConfirmed(Conflict):
    """Only what two people have looked at is shown to learners."""

    message = N_("这份成绩还没有第二个人确认，不能发布。")
    next_step = N_("请先由评分人以外的人确认。")


def add_rule(
    *, code: str, title_zh: str, parameters: dict[str, Any], source_zh: str, valid_from: date, actor: Actor, now: datetime
) -> ScoringRule:
    """Enter a marking rule that holds from a day on; what was scored before keeps its rule."""
    if not can_score(actor):
        raise Forbidden
    MarkingRule.from_parameters(code, parameters)
    rule = ScoringRule(code=code, title_zh=title_zh, parameters=parameters, source_zh=source_zh, valid_from=valid_from)
    db.session.add(rule)
    db.session.flush()
    record(actor, "scoring.rule_added", f"scoring_rule:{code}", now=now, after={"valid_from": valid_from.isoformat()})
    return rule


class _Marked(NamedTuple):
    """What scoring made of one attempt."""

    attempt_id: int
    learner_id: int
    candidate_no: str
    score: Score
    passed: bool

    @property
    def item_marks(self) -> list[str]:
        return [_plain(mark) for mark in self.score.item_marks]


def score_sitting(*, sitting_id: int, actor: Actor, now: datetime) -> ResultList:
    """Score every attempt that was handed in, by the rule of the sitting's day, into a new provisional version.

    A constant number of statements. Scoring again with the same outcome gives the newest version back and changes nothing.
    Raises CandidatesAreWriting, NothingToScore, NoRuleInForce, RuleCannotBeApplied, ScoringRuns.
    """
    if not can_score(actor):
        raise Forbidden
    sitting = exams.sitting_by_id(sitting_id)
    _require_finished(sitting_id)
    day = local(sitting.opens_at).date()
    rule = queries.find_rule(NATIONAL_CODE, day)
    if rule is None:
        raise NoRuleInForce(day=day)
    program = catalog.program_by_id(timetable.class_by_id(sitting.class_id).program_id)
    items = queries.items_of_paper(sitting.paper_id)
    full = sum((item.marks for item in items), Decimal(0))
    marked = _mark_attempts(sitting_id, MarkingRule.from_parameters(rule.code, rule.parameters), items, full, program.pass_mark)
    digest = _digest(rule.id, program.pass_mark, marked)
    newest = queries.find_newest_list(sitting_id)
    if newest is not None and newest.digest == digest:
        return newest
    made = ResultList(
        sitting_id=sitting_id,
        version=newest.version + 1 if newest else 1,
        rule_id=rule.id,
        full_marks=full,
        pass_mark=program.pass_mark,
        count=len(marked),
        passed_count=sum(one.passed for one in marked),
        digest=digest,
        scored_by_id=actor.user_id,
        scored_by=actor.name[:120],
        scored_at=now,
    )
    _store(made, marked)
    after = {"version": made.version, "count": made.count, "passed": made.passed_count, "digest": digest}
    record(actor, "scoring.scored", f"exam_sitting:{sitting.code}", now=now, after=after)
    return made


def _require_finished(sitting_id: int) -> None:
    tally = exams.tally(sitting_id)
    writing = tally.get(AttemptState.IN_PROGRESS, 0)
    if writing:
        raise CandidatesAreWriting(count=writing)
    if not sum(tally.get(state, 0) for state in FINISHED):
        raise NothingToScore


def _mark_attempts(
    sitting_id: int, rule: MarkingRule, items: Sequence[Item], full: Decimal, pass_mark: Decimal
) -> list[_Marked]:
    try:
        scorer = Scorer(rule, items)
    except UnreadableRule as error:
        raise RuleCannotBeApplied(n=error.position) from error
    answers = exams.answers_of(sitting_id)
    marked = []
    for attempt in exams.attempts_of(sitting_id):
        score = scorer.score(answers.get(attempt.id, {}))
        marked.append(
            _Marked(
                attempt_id=attempt.id,
                learner_id=attempt.learner_id,
                candidate_no=attempt.candidate_no,
                score=score,
                passed=has_passed(score.total, full=full, pass_mark=pass_mark),
            )
        )
    return marked


def _plain(mark: Decimal) -> str:
    """1.50 → "1.5": marks in JSON are texts, so that none becomes a float."""
    return f"{mark.normalize():f}"


def _digest(rule_id: int, pass_mark: Decimal, marked: Sequence[_Marked]) -> str:
    """A fingerprint of who has which marks; equal lists have equal ones."""
    lines = [[one.candidate_no, one.learner_id, one.passed, one.item_marks] for one in marked]
    return hashlib.sha256(json.dumps([rule_id, _plain(pass_mark), lines]).encode()).hexdigest()


def _store(made: ResultList, marked: Sequence[_Marked]) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise ScoringRuns from error
    rows = [
        {
            "code": random_code16(),
            "list_id": made.id,
            "sitting_id": made.sitting_id,
            "learner_id": one.learner_id,
            "attempt_id": one.attempt_id,
            "candidate_no": one.candidate_no,
            "version": made.version,
            "automatic_marks": one.score.automatic,
            "given_marks": one.score.given,
            "kind_marks": {kind: _plain(mark) for kind, mark in one.score.by_kind.items()},
            "total": one.score.total,
            "passed": one.passed,
            "item_marks": one.item_marks,
            "state": ResultState.PROVISIONAL,
            "scored_at": made.scored_at,
            "confirmed_by": "",
        }
        for one in marked
    ]
    db.session.execute(insert(Result), rows)


def confirm_results(*, sitting_id: int, version: int, actor: Actor, now: datetime) -> bool:
    """A second person confirms a version, once. False: it was confirmed before, and nothing changed.

    Raises ScorerMayNotConfirm, ListIsOutOfDate.
    """
    if not can_confirm(actor):
        raise Forbidden
    found = _newest(sitting_id, version)
    if is_same_person(actor, found.scored_by_id, found.scored_by):
        raise ScorerMayNotConfirm
    values = {"state": ResultState.CONFIRMED, "confirmed_by": actor.name[:120], "confirmed_at": now}
    if not _move(found, ResultState.PROVISIONAL, values, confirmed_by_id=actor.user_id):
        return False
    _tell(actor, "confirmed", found, now)
    return True


def release_results(*, sitting_id: int, version: int, actor: Actor, now: datetime) -> bool:
    """Show a confirmed version to the learners, once. False: it was released before, and nothing changed.

    Raises ResultsAreNotConfirmed, ListIsOutOfDate.
    """
    if not can_confirm(actor):
        raise Forbidden
    found = _newest(sitting_id, version)
    if found.state is ResultState.PROVISIONAL:
        raise ResultsAreNotConfirmed
    values = {"state": ResultState.RELEASED, "released_at": now}
    if not _move(found, ResultState.CONFIRMED, values, released_by=actor.name[:120]):
        return False
    _tell(actor, "released", found, now)
    return True


def _newest(sitting_id: int, version: int) -> ResultList:
    found = queries.find_newest_list(sitting_id)
    if found is None or found.version != version:
        raise ListIsOutOfDate(version=version)
    return found


def _move(found: ResultList, source: ResultState, values: dict[str, Any], **of_the_list: Any) -> bool:
    """Move a version on by one conditional update; whoever comes second finds it moved and changes nothing."""
    newer = select(func.max(ResultList.version)).where(ResultList.sitting_id == found.sitting_id).scalar_subquery()
    moved = db.session.execute(
        update(ResultList)
        .where(ResultList.id == found.id, ResultList.state == source, ResultList.version == newer)
        .values(**values, **of_the_list)
        .returning(ResultList.id)
        .execution_options(synchronize_session=False)
    )
    if moved.one_or_none() is None:
        return False
    db.session.execute(update(Result).where(Result.list_id == found.id).values(**values))
    db.session.refresh(found)
    return True


def _tell(actor: Actor, what: str, found: ResultList, now: datetime) -> None:
    sitting = exams.sitting_by_id(found.sitting_id)
    after = {"version": found.version, "count": found.count, "digest": found.digest}
    record(actor, f"scoring.results_{what}", f"exam_sitting:{sitting.code}", now=now, after=after)
    announce(f"scoring.results_{what}", now=now, sitting_id=sitting.id)


def write_to_learners(*, sitting_id: int, now: datetime) -> int:
    """Plan the letter to everybody whose result is released; planning it again changes nothing."""
    sitting = exams.sitting_by_id(sitting_id)
    title = f"{timetable.class_by_id(sitting.class_id).title_zh} · {sitting.title_zh}"  # every class has a “结业考试”
    results = [result for result in queries.results_of(sitting_id) if result.state is ResultState.RELEASED]
    learners = people.learners_by_ids([result.learner_id for result in results])
    users = accounts.users_by_ids([learner.user_id for learner in learners.values() if learner.user_id is not None])
    letters: list[tuple[Recipient, dict[str, object], str]] = []
    for result in results:
        learner = learners[result.learner_id]
        user = users.get(learner.user_id or 0)
        email = user.email if user else learner.email or None
        recipient = Recipient(learner.user_id, email, learner.name_zh, user.locale if user else "zh_Hans")
        facts: dict[str, object] = {"title": title, "name": learner.name_zh, "code": result.code}
        letters.append((recipient, facts, result.code))
    plan_many(reason=messages.RESULT_RELEASED, letters=letters, now=now)
    return len(letters)
