"""Decisions that change results: one person proposes after a dry run, another commits; both steps again to undo.

Nothing is overwritten: a decision makes a new version of the list, and undoing it makes another one.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.outbox import announce
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring import queries
from academy.scoring.models import ResultChange, ResultList
from academy.scoring.policies import can_confirm, can_score, is_same_person
from academy.scoring.queries import Basis
from academy.scoring.rules import Adjustment, ChangeKind, ChangeState, Correction, ResultState
from academy.scoring.services.holds import require_reason
from academy.scoring.services.keys import make_paper_key
from academy.scoring.services.results import release_list, tell
from academy.scoring.services.scoring import require_markable, store


class NothingIsScored(Conflict):
    """There are no results to change."""

    message = N_("这场考试还没有成绩，没有可更正的。")
    next_step = N_("先评分；卷面答案有误，评分后再发起更正。")


class AnotherChangeWaits(Conflict):
    """One decision at a time, so that each dry run shows what will be."""

    message = N_("这场考试已有一项更正等第二个人决定。")
    next_step = N_("先决定或撤回那一项。")


class NothingWouldChange(Invalid):
    """A decision that changes nobody's result and not the paper's full marks."""

    message = N_("这样改，没有一个人的成绩会变，没有提交。")
    next_step = N_("请核对题号、答案和分值。")


class ProposerMayNotCommit(Conflict):
    """Two people look at every change."""

    message = N_("这一项是您提出的，要由另一个人决定。")
    next_step = N_("请另一位管理员、班主任或证书管理员打开这一页。")


class DryRunIsOutOfDate(Conflict):
    """Marks, answers or versions are no longer those that the dry run showed."""

    message = N_("试算之后成绩又有变动，与提出时看到的不一样，没有执行。")
    next_step = N_("请撤回，按现在的成绩重新提出。")


class ALaterChangeStands(Conflict):
    """Only the newest decision can be undone: the later ones were made on top of it."""

    message = N_("之后又做过别的更正，这一项不能单独撤销。")
    next_step = N_("先撤销后面的那一项。")


class FunctionCannotBeUsed(Invalid):
    """The figures make no function of marks."""

    message = N_("填的数字构不成换算，没有提交。")
    next_step = N_("乘数要大于 0；对照表至少两行，原分和新分都从小到大。")


class PassMarkIsOutOfRange(Invalid):
    """The pass mark is out of 100."""

    message = N_("合格线要在 0 到 100 之间，最多两位小数。")


def propose_regrade(
    *, sitting_id: int, corrections: Sequence[Correction], reason: str, actor: Actor, now: datetime
) -> ResultChange:
    """Propose other keys or marks for items of a paper that has been sat. Raises also what `make_paper_key` raises."""
    base = _require_base(sitting_id, actor)
    paper_id = exams.sitting_by_id(sitting_id).paper_id
    reason = require_reason(reason)
    made = make_paper_key(paper_id=paper_id, base_id=base.paper_key_id, corrections=corrections, actor=actor, now=now)
    return _propose(base, ChangeKind.REGRADE, reason, actor, now, paper_key_id=made.id)


def propose_adjustment(
    *, sitting_id: int, kind: ChangeKind, adjustment: Adjustment, reason: str, actor: Actor, now: datetime
) -> ResultChange:
    """Propose a function of totals: scaling, or equating with another form. It takes the place of an earlier one."""
    base = _require_base(sitting_id, actor)
    return _propose(base, kind, require_reason(reason), actor, now, adjustment=adjustment.as_data())


def propose_pass_mark(
    *,
    sitting_id: int,
    pass_mark: Decimal,
    reason: str,
    actor: Actor,
    now: datetime,
    standard_id: int | None = None,
) -> ResultChange:
    """Propose another pass mark (out of 100), perhaps because a standard was set. Raises PassMarkIsOutOfRange."""
    base = _require_base(sitting_id, actor)
    if not pass_mark.is_finite() or not 0 <= pass_mark <= 100 or pass_mark != pass_mark.quantize(Decimal("0.01")):
        raise PassMarkIsOutOfRange
    return _propose(base, ChangeKind.CUT, require_reason(reason), actor, now, pass_mark=pass_mark, standard_id=standard_id)


def _require_base(sitting_id: int, actor: Actor) -> ResultList:
    if not can_score(actor):
        raise Forbidden
    base = queries.find_newest_list(sitting_id)
    if base is None:
        raise NothingIsScored
    require_markable(sitting_id)
    if queries.find_open_change(sitting_id) is not None:
        raise AnotherChangeWaits
    return base


def _propose(base: ResultList, kind: ChangeKind, reason: str, actor: Actor, now: datetime, **what: Any) -> ResultChange:
    change = ResultChange(
        code=random_code16(),
        sitting_id=base.sitting_id,
        kind=kind,
        state=ChangeState.PROPOSED,
        reason=reason,
        base_list_id=base.id,
        digest="",
        proposed_by_id=actor.user_id,
        proposed_by=actor.name[:120],
        proposed_at=now,
        **what,
    )
    impact = queries.impact_on(base, queries.basis_after(change))
    is_same = impact.full_before == impact.full_after and queries.basis_after(change).pass_mark == base.pass_mark
    if not impact.effects and is_same:
        raise NothingWouldChange
    change.digest = impact.digest
    try:
        with db.session.begin_nested():
            db.session.add(change)
    except IntegrityError as error:
        raise AnotherChangeWaits from error
    _record(actor, "change_proposed", change, now, reason, changed=len(impact.effects), digest=impact.digest)
    return change


def withdraw_change(*, code: str, actor: Actor, now: datetime) -> bool:
    """Take back what waits for a second person: the proposal, or the proposal to undo. False: nothing waits any more."""
    if not can_score(actor):
        raise Forbidden
    change = queries.get_change(code)
    if change.state is ChangeState.UNDO_PROPOSED:
        values: dict[str, Any] = {"state": ChangeState.COMMITTED, "undo_proposed_by_id": None, "undo_proposed_by": ""}
        is_moved = _move(change, ChangeState.UNDO_PROPOSED, **values, undo_proposed_at=None, undo_reason="")
    else:
        is_moved = _move(change, ChangeState.PROPOSED, state=ChangeState.WITHDRAWN)
    if is_moved:
        _record(actor, "change_withdrawn", change, now)
    return is_moved


def commit_change(*, code: str, actor: Actor, now: datetime) -> bool:
    """A second person commits a proposal, once: the new version is made as it was shown. False: it was decided before.

    It is confirmed by these two; it is released at once where the version before it was. Raises ProposerMayNotCommit,
    DryRunIsOutOfDate, and ScoringRuns when somebody scored at that moment.
    """
    if not can_confirm(actor):
        raise Forbidden
    change = queries.get_change(code)
    if is_same_person(actor, change.proposed_by_id, change.proposed_by):
        raise ProposerMayNotCommit
    if change.state is not ChangeState.PROPOSED:
        return False
    base = queries.list_by_id(change.base_list_id)
    proposer = Actor(change.proposed_by_id, change.proposed_by)
    made = _make(base, queries.basis_after(change), change.digest, proposer, actor, now)
    decided = {"decided_by_id": actor.user_id, "decided_by": actor.name[:120], "decided_at": now}
    if not _move(change, ChangeState.PROPOSED, state=ChangeState.COMMITTED, made_list_id=made.id, **decided):
        raise DryRunIsOutOfDate  # withdrawn at this moment: the new version is rolled back with it
    _record(actor, "change_committed", change, now, change.reason, version=made.version, digest=made.digest)
    announce("scoring.results_changed", now=now, sitting_id=change.sitting_id, change_id=change.id)
    return True


def propose_undo(*, code: str, reason: str, actor: Actor, now: datetime) -> bool:
    """Propose to undo a committed decision. False: that is proposed already. Raises ALaterChangeStands, AnotherChangeWaits."""
    if not can_score(actor):
        raise Forbidden
    change, reason = queries.get_change(code), require_reason(reason)
    if change.state is not ChangeState.COMMITTED:
        return False
    _require_newest(change)
    who = {"undo_proposed_by_id": actor.user_id, "undo_proposed_by": actor.name[:120], "undo_proposed_at": now}
    try:
        with db.session.begin_nested():
            is_moved = _move(change, ChangeState.COMMITTED, state=ChangeState.UNDO_PROPOSED, undo_reason=reason, **who)
    except IntegrityError as error:
        raise AnotherChangeWaits from error
    if is_moved:
        _record(actor, "undo_proposed", change, now, reason)
    return is_moved


def commit_undo(*, code: str, actor: Actor, now: datetime) -> bool:
    """A second person undoes a decision, once: a new version on the basis of the one before it. False: it was undone before.

    Marks that people gave since count; only what this decision changed goes back.
    """
    if not can_confirm(actor):
        raise Forbidden
    change = queries.get_change(code)
    if is_same_person(actor, change.undo_proposed_by_id, change.undo_proposed_by):
        raise ProposerMayNotCommit
    if change.state is not ChangeState.UNDO_PROPOSED:
        return False
    newest = _require_newest(change)
    proposer = Actor(change.undo_proposed_by_id, change.undo_proposed_by)
    basis = queries.basis_of(queries.list_by_id(change.base_list_id))
    made = _make(newest, basis, None, proposer, actor, now)
    decided = {"undone_by_id": actor.user_id, "undone_by": actor.name[:120], "undone_at": now}
    if not _move(change, ChangeState.UNDO_PROPOSED, state=ChangeState.UNDONE, undo_list_id=made.id, **decided):
        raise DryRunIsOutOfDate
    _record(actor, "change_undone", change, now, change.undo_reason, version=made.version, digest=made.digest)
    announce("scoring.results_changed", now=now, sitting_id=change.sitting_id, change_id=change.id)
    return True


def _require_newest(change: ResultChange) -> ResultList:
    """The newest version, which must stand on the basis that the decision made."""
    newest = queries.find_newest_list(change.sitting_id)
    if newest is None or change.made_list_id is None:
        raise ALaterChangeStands
    if queries.basis_of(newest) != queries.basis_of(queries.list_by_id(change.made_list_id)):
        raise ALaterChangeStands
    return newest


def _make(base: ResultList, basis: Basis, digest: str | None, proposer: Actor, actor: Actor, now: datetime) -> ResultList:
    """The new version, confirmed by the two; released where the newest version is."""
    newest = queries.find_newest_list(base.sitting_id)
    require_markable(base.sitting_id)
    computed = queries.compute_results(base.sitting_id, basis)
    if newest is None or newest.id != base.id or (digest is not None and computed.digest != digest):
        raise DryRunIsOutOfDate
    is_released = base.state is ResultState.RELEASED
    decided: dict[str, Any] = {
        "state": ResultState.CONFIRMED,
        "confirmed_by_id": actor.user_id,
        "confirmed_by": actor.name[:120],
        "confirmed_at": now,
        "release_at": None if is_released else base.release_at,
        "release_set_by": "" if is_released else base.release_set_by,
    }
    made = store(computed, sitting_id=base.sitting_id, version=base.version + 1, actor=proposer, now=now, **decided)
    tell(actor, "confirmed", made, now)
    if is_released:
        release_list(made, actor=actor, now=now)
    return made


def _move(change: ResultChange, source: ChangeState, **values: Any) -> bool:
    """Move a decision on by one conditional update; whoever comes second finds it moved."""
    moved = db.session.execute(
        update(ResultChange)
        .where(ResultChange.id == change.id, ResultChange.state == source)
        .values(**values)
        .returning(ResultChange.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(change)
    return moved is not None


def _record(actor: Actor, action: str, change: ResultChange, now: datetime, reason: str = "", **after: Any) -> None:
    code = exams.sitting_by_id(change.sitting_id).code
    facts = {"change": change.code, "kind": change.kind.value, **after}
    record(actor, f"scoring.{action}", f"exam_sitting:{code}", now=now, after=facts, reason=reason)
