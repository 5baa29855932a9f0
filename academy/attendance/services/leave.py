"""Asking for leave, deciding about it, taking it back; and what follows from too much of it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from academy.attendance import messages, queries
from academy.attendance.models import LeaveRequest, LeaveSession, RemovalProposal
from academy.attendance.policies import can_decide_leave
from academy.attendance.rules import (
    LEAVE_STATE_WORDS,
    LONGEST_REASON,
    LeaveKind,
    LeaveShare,
    LeaveState,
    MarkSource,
    MarkState,
    ProposalState,
    may_ask_leave,
)
from academy.attendance.services.writing import Seen, announce_leave, put_marks
from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_, Text
from academy.enrollment import queries as enrollment
from academy.enrollment import services as seats
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.timetable.rules import ClassState

ASKABLE = frozenset({ClassState.OPEN, ClassState.RUNNING, ClassState.CLOSED})


class LeaveIsUnusable(Invalid):
    """No session, or no reason."""

    message = N_("请选至少一节课，并写明请假的原因（300 字以内）。")


class TooLateForLeave(Conflict):
    """The time for asking is over."""

    message = N_("“%(session)s”结束已超过 %(days)s 天，不能再补办请假，什么都没有提交。")
    next_step = N_("去掉这一节再提交；有特殊情况请联系班主任。")


class LeaveIsAsked(Conflict):
    """One live request for a session."""

    message = N_("这几节课里有一节已经在请假，没有重复提交。")
    next_step = N_("先撤回原来的申请，再重新提交。")


class SheWasThere(Conflict):
    """No leave for what was attended."""

    message = N_("“%(session)s”您有出勤记录，不用请假，什么都没有提交。")


class ClassHasNoLeave(Conflict):
    """Before a class is open or after it is archived nobody asks for leave."""

    message = N_("这个班现在不能请假：还没有开放，或者已经归档。")


class LeaveIsDecided(Conflict):
    """A request is decided, or taken back, once."""

    message = N_("这份请假已经处理过：%(state)s。什么都没有改动。")


class RefusalNeedsReason(Invalid):
    """Nobody is refused without being told why."""

    message = N_("不准假要写明原因，本人会看到。")


class TooLateToTakeBack(Conflict):
    """Leave that has been granted and taken stays."""

    message = N_("准了假的课已经开始，不能再撤回。")
    next_step = N_("考勤有误的，请联系讲师更正。")


class ProposalIsDecided(Conflict):
    """A proposal is decided once."""

    message = N_("这条建议已经处理过，什么都没有改动。")


def ask_leave(
    *, class_code: str, seqs: Iterable[int], kind: LeaveKind, reason: str, actor: Actor, now: datetime
) -> LeaveRequest:
    """The signed-in learner asks to be away from sessions of her class; the class's manager decides.

    Raises NotFound (also outside one's classes), LeaveIsUnusable, ClassHasNoLeave, TooLateForLeave, SheWasThere,
    LeaveIsAsked.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    found = timetable.get_class(class_code)
    if learner is None or not seats.lock_seats(class_id=found.id, learner_ids=[learner.id]):
        raise NotFound
    if found.state not in ASKABLE:
        raise ClassHasNoLeave
    wanted = set(seqs)
    sessions = [one for one in timetable.sessions_of(found.id) if one.seq in wanted]
    reason = reason.strip()
    if not sessions or len(sessions) != len(wanted) or not reason or len(reason) > LONGEST_REASON:
        raise LeaveIsUnusable
    _check_sessions(sessions, learner.id, now)
    asked = LeaveRequest(
        code=random_code16(), class_id=found.id, learner_id=learner.id, kind=kind, reason=reason,
        state=LeaveState.PENDING, requested_at=now,
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    rows = [{"request_id": asked.id, "session_id": one.id, "learner_id": learner.id, "is_live": True} for one in sessions]
    try:
        with db.session.begin_nested():
            db.session.execute(insert(LeaveSession), rows)
    except IntegrityError as error:
        raise LeaveIsAsked from error
    after = {"class": found.code, "learner": learner.code, "kind": kind.value, "sessions": sorted(wanted)}
    record(actor, "attendance.leave_asked", f"leave:{asked.code}", now=now, after=after)
    messages.tell_leave(messages.LEAVE_ASKED, asked, sessions, now=now)
    messages.tell_leave(messages.LEAVE_RECEIVED, asked, sessions, now=now)
    return asked


def _check_sessions(sessions: list[ClassSession], learner_id: int, now: datetime) -> None:
    asked = queries.live_leave(sessions[0].class_id, learner_id)
    for one in sessions:
        days = queries.leave_deadline_days(today(one.starts_at))
        if not may_ask_leave(one.ends_at, days, now=now):
            raise TooLateForLeave(session=one.title_zh, days=days)
        if one.id in asked:
            raise LeaveIsAsked
        mark = queries.fresh_marks(one.id, [learner_id]).get(learner_id)
        if mark is not None and mark.seen_minutes:
            raise SheWasThere(session=one.title_zh)


def decide_leave(*, code: str, approve: bool, answer: str, actor: Actor, now: datetime) -> LeaveRequest:
    """The class's manager approves or refuses. An absence that is marked already becomes leave.

    Where she was there after all, the mark stays. Raises NotFound, Forbidden, LeaveIsDecided, RefusalNeedsReason.
    """
    if not can_decide_leave(actor):
        raise Forbidden
    if not approve and not answer.strip():
        raise RefusalNeedsReason
    asked = queries.get_leave_request(code)
    _settle(asked, LeaveState.APPROVED if approve else LeaveState.REFUSED, actor, now, answer.strip())
    sessions = queries.sessions_of_requests([asked.id])[asked.id]
    if approve:
        _mark_leave(asked, sessions, actor, now)
        announce_leave(asked.class_id, now)
    messages.tell_leave(messages.LEAVE_DECIDED, asked, sessions, now=now)
    return asked


def _settle(asked: LeaveRequest, state: LeaveState, actor: Actor, now: datetime, answer: str) -> None:
    """Decide by conditional update: of two decisions one wins. Raises LeaveIsDecided."""
    before = asked.state
    is_decision = state in {LeaveState.APPROVED, LeaveState.REFUSED}
    values = {"decided_at": now, "decided_by_id": actor.user_id, "decided_by": actor.name[:120], "answer": answer[:500]}
    if not is_decision:  # taken back: whatever was decided is not in force any more
        values = {"decided_at": None}
    expected = [LeaveState.PENDING] if is_decision else [before]
    changed = db.session.execute(
        update(LeaveRequest)
        .where(LeaveRequest.id == asked.id, LeaveRequest.state.in_(expected))
        .values(state=state, **values)
        .returning(LeaveRequest.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    db.session.refresh(asked)
    if changed is None:
        raise LeaveIsDecided(state=_words(asked.state))
    if state is not LeaveState.APPROVED:
        over = update(LeaveSession).where(LeaveSession.request_id == asked.id).values(is_live=False)
        db.session.execute(over)
    was, is_now = {"state": before.value}, {"state": state.value}
    record(actor, f"attendance.leave_{state}", f"leave:{asked.code}", now=now, before=was, after=is_now, reason=answer)


def _mark_leave(asked: LeaveRequest, sessions: list[ClassSession], actor: Actor, now: datetime) -> None:
    """Turn absences that are marked already into leave. Unmarked sessions become leave when they are marked."""
    if not seats.lock_seats(class_id=asked.class_id, learner_ids=[asked.learner_id]):
        return
    for one in sessions:
        mark = queries.fresh_marks(one.id, [asked.learner_id]).get(asked.learner_id)
        if mark is not None and mark.state is MarkState.ABSENT:
            marks = {asked.learner_id: Seen(MarkState.LEAVE)}
            put_marks(one, marks, actor=actor, now=now, source=MarkSource.LEAVE, reason=N_("补办请假，已准假"))


def take_back_leave(*, code: str, actor: Actor, now: datetime) -> LeaveRequest:
    """The learner takes her request back: while it waits, or, once approved, before the first session begins.

    Raises NotFound (also for other people's requests), LeaveIsDecided, TooLateToTakeBack.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    asked = queries.get_leave_request(code)
    if learner is None or asked.learner_id != learner.id:
        raise NotFound
    if asked.state not in {LeaveState.PENDING, LeaveState.APPROVED}:
        raise LeaveIsDecided(state=_words(asked.state))
    sessions = queries.sessions_of_requests([asked.id])[asked.id]
    was_approved = asked.state is LeaveState.APPROVED
    if was_approved and sessions[0].starts_at <= now:
        raise TooLateToTakeBack
    _settle(asked, LeaveState.WITHDRAWN, actor, now, "")
    if was_approved:
        announce_leave(asked.class_id, now)
    messages.tell_leave(messages.LEAVE_WITHDRAWN, asked, sessions, now=now)
    return asked


def review_leave(*, class_id: int, now: datetime) -> list[RemovalProposal]:
    """Propose to remove whoever's leave exceeds the limit; take back what does not hold any more. Repeat-safe.

    Nobody is removed here. Somebody who was kept is proposed again only after further leave.
    """
    shares = queries.leave_shares(class_id)
    known: dict[int, RemovalProposal] = {}
    for one in reversed(queries.proposals_of_class(class_id)):
        known[one.learner_id] = one  # the open one, else the newest
    opened = []
    for learner_id, share in shares.items():
        proposal = known.get(learner_id)
        if proposal is not None and proposal.state is ProposalState.OPEN:
            _follow(proposal, share, now)
        elif share.is_over and (proposal is None or proposal.state is ProposalState.LAPSED or _grew(proposal, share)):
            opened.append(_propose(class_id, learner_id, share, now))
    for proposal in known.values():
        if proposal.state is ProposalState.OPEN and proposal.learner_id not in shares:  # she has left the class
            _close(proposal, ProposalState.LAPSED, SYSTEM, now, "")
    return opened


def _grew(proposal: RemovalProposal, share: LeaveShare) -> bool:
    return share.used > proposal.leave_minutes


def _follow(proposal: RemovalProposal, share: LeaveShare, now: datetime) -> None:
    if share.is_over:
        proposal.leave_minutes = share.used
        db.session.flush()
    else:
        _close(proposal, ProposalState.LAPSED, SYSTEM, now, "")


def _propose(class_id: int, learner_id: int, share: LeaveShare, now: datetime) -> RemovalProposal:
    proposal = RemovalProposal(
        code=random_code16(), class_id=class_id, learner_id=learner_id, leave_minutes=share.used,
        planned_minutes=share.planned, limit_share=str(share.limit), state=ProposalState.OPEN, proposed_at=now,
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    after = {"leave": share.used, "planned": share.planned, "limit": str(share.limit)}
    record(SYSTEM, "attendance.removal_proposed", f"proposal:{proposal.code}", now=now, after=after)
    messages.tell_proposed(proposal, allowed=share.allowed_minutes or 0, now=now)
    return proposal


def _close(proposal: RemovalProposal, state: ProposalState, actor: Actor, now: datetime, reason: str) -> None:
    proposal.state, proposal.decided_at, proposal.decided_by = state, now, actor.name[:120]
    proposal.reason = reason[:500]
    db.session.flush()
    subject = f"proposal:{proposal.code}"
    record(actor, f"attendance.removal_{state}", subject, now=now, after={"state": state.value}, reason=reason)


def decide_removal(*, code: str, remove: bool, reason: str, actor: Actor, now: datetime) -> RemovalProposal:
    """Remove somebody as proposed, by enrollment's own service, or keep her with a reason.

    Raises NotFound, Forbidden, ProposalIsDecided, RefusalNeedsReason (kept without a reason), and enrollment's refusals.
    """
    if not can_decide_leave(actor):
        raise Forbidden
    proposal = queries.get_proposal(code)
    live = enrollment.live_enrollment(proposal.class_id, proposal.learner_id)
    locked = select(RemovalProposal).where(RemovalProposal.id == proposal.id)
    if remove and live is not None:
        why = reason.strip() or N_("请假累计超过总学时的规定比例")
        seats.withdraw(code=live.code, actor=actor, now=now, reason=why)  # takes the class's row before ours
    db.session.execute(locked.with_for_update().execution_options(populate_existing=True)).scalar_one()
    if proposal.state is not ProposalState.OPEN:
        raise ProposalIsDecided
    if not remove and not reason.strip():
        raise RefusalNeedsReason
    _close(proposal, ProposalState.REMOVED if remove else ProposalState.KEPT, actor, now, reason.strip())
    return proposal


def _words(state: LeaveState) -> Text:
    return Text(LEAVE_STATE_WORDS[state])
