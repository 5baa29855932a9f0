"""Scoring a sitting: the marks of everybody who handed in, as a new version of its results."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_
from academy.exams import queries as exams
from academy.exams.rules.kinds import FINISHED, AttemptState
from academy.scoring import queries
from academy.scoring.models import Result, ResultList, ScoringRule
from academy.scoring.policies import can_score
from academy.scoring.queries import Computed
from academy.scoring.rules import MarkingRule, ResultState


class NothingToScore(Conflict):
    """Nobody has handed anything in."""

    message = N_("这场考试还没有交上来的答卷，没有可评的。")
    next_step = N_("等收卷，或先导入纸笔答卷。")


class CandidatesAreWriting(Conflict):
    """Scoring waits until everybody has finished."""

    message = N_("还有 %(count)s 人在答卷，没有评分。")
    next_step = N_("收卷后再评；到点没交的会自动收。")


class MarksAreMissing(Conflict):
    """People have not marked everything that they must mark."""

    message = N_("还有 %(count)s 份作答没有人评完，没有算总分。")
    next_step = N_("评完主观题再来；评过的分数都在。")


class NoRuleInForce(Conflict):
    """No marking rule is in force on the day of the sitting."""

    message = N_("%(day)s 那天没有生效的评分规则，没有评分。")
    next_step = N_("请管理员先登记评分规则。")


class ScoringRuns(Conflict):
    """Two people scored at the same moment; one list was made."""

    message = N_("另一个人刚刚评了这场考试，没有再评一遍。")
    next_step = N_("请刷新看结果。")


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


def score_sitting(*, sitting_id: int, actor: Actor, now: datetime) -> ResultList:
    """Score every attempt that was handed in into a new provisional version: by rule what rules mark, else what people gave.

    The first time by the rule, pass mark and key of its day; again by what its newest version was scored by, so that neither a
    later rule nor an edited program works backwards. A constant number of statements. Scoring again with the same outcome
    gives the newest version back and changes nothing.
    Raises CandidatesAreWriting, NothingToScore, MarksAreMissing, NoRuleInForce, ScoringRuns.
    """
    if not can_score(actor):
        raise Forbidden
    sitting = exams.sitting_by_id(sitting_id)
    require_markable(sitting_id)
    newest = queries.find_newest_list(sitting_id)
    basis = queries.basis_of(newest) if newest else queries.first_basis(sitting_id)
    if basis is None:
        raise NoRuleInForce(day=local(sitting.opens_at).date())
    computed = queries.compute_results(sitting_id, basis)
    if newest is not None and newest.digest == computed.digest:
        return newest
    made = store(computed, sitting_id=sitting_id, version=newest.version + 1 if newest else 1, actor=actor, now=now)
    after = {"version": made.version, "count": made.count, "passed": made.passed_count, "digest": made.digest}
    record(actor, "scoring.scored", f"exam_sitting:{sitting.code}", now=now, after=after)
    return made


def score_after_appeal(*, sitting_id: int, appeal_id: int, now: datetime) -> ResultList:
    """A new version with what an appeal has changed, scored in the name of who decided: another person confirms it.

    Repeat-safe: scored again with the same outcome, it is the same version. Raises as `score_sitting`.
    """
    appeal = queries.appeal_by_id(appeal_id)
    decider = replace(SYSTEM, user_id=appeal.decided_by_id, name=appeal.decided_by)
    return score_sitting(sitting_id=sitting_id, actor=decider, now=now)


def require_markable(sitting_id: int) -> None:
    """Everybody has finished, somebody handed in, and people have marked what they must mark."""
    tally = exams.tally(sitting_id)
    writing = tally.get(AttemptState.IN_PROGRESS, 0)
    if writing:
        raise CandidatesAreWriting(count=writing)
    if not sum(tally.get(state, 0) for state in FINISHED):
        raise NothingToScore
    missing = queries.unmarked(sitting_id)
    if missing:
        raise MarksAreMissing(count=missing)


def store(computed: Computed, *, sitting_id: int, version: int, actor: Actor, now: datetime, **decided: Any) -> ResultList:
    """Write what was computed as a version. `decided`: who confirmed and released it, where that is known already.

    Raises ScoringRuns when somebody else wrote that version first.
    """
    basis = computed.basis
    made = ResultList(
        sitting_id=sitting_id,
        version=version,
        rule_id=basis.rule_id,
        full_marks=computed.full,
        pass_mark=basis.pass_mark,
        paper_key_id=basis.paper_key_id,
        adjustment=basis.adjustment.as_data() if basis.adjustment else None,
        count=len(computed.marked),
        passed_count=computed.passed_count,
        digest=computed.digest,
        scored_by_id=actor.user_id,
        scored_by=actor.name[:120],
        scored_at=now,
        **decided,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as error:
        raise ScoringRuns from error
    if computed.marked:
        db.session.execute(insert(Result), _rows(computed, made))
    return made


def _rows(computed: Computed, made: ResultList) -> list[dict[str, Any]]:
    return [
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
            "adjusted_marks": one.adjusted,
            "kind_marks": {kind: queries.plain(mark) for kind, mark in one.score.by_kind.items()},
            "total": one.total,
            "passed": one.passed,
            "item_marks": one.item_marks,
            "state": made.state or ResultState.PROVISIONAL,
            "scored_at": made.scored_at,
            "confirmed_by": made.confirmed_by or "",
            "confirmed_at": made.confirmed_at,
        }
        for one in computed.marked
    ]
