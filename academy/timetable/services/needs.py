"""Opening a teaching need, taking it back, letting it lapse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from academy.core.access import SYSTEM, Actor
from academy.core.audit import record
from academy.core.clock import local
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_, Text
from academy.people.rules import QualificationKind
from academy.timetable import messages, queries
from academy.timetable.models import ClassSession, NeedCandidate, NeedSession, TeachingNeed, TrainingClass
from academy.timetable.policies import can_edit_sessions, can_manage_needs
from academy.timetable.rules import WAITING, CandidateState, NeedState, TeachingRole
from academy.timetable.services.seats import lock_class
from academy.timetable.services.sessions import SessionsAreFixed

OVER = N_("到期没有派定")


class NeedIsUnusable(Invalid):
    """No sessions, sessions that have begun, a deadline that is not before the first of them, an unknown field."""

    message = N_("需求没有发布：至少选一次还没开始的课，答复截止要在现在之后、第一次课之前。")


class SessionIsWanted(Conflict):
    """One need a session."""

    message = N_("“%(title)s”已经在征集讲师，不用再发一次。")
    next_step = N_("去那条需求里邀请或派定。")


class NeedIsClosed(Conflict):
    """Somebody was assigned, or it lapsed, or it was taken back."""

    message = N_("这条需求已经有了结果，什么都没有改动。")
    next_step = N_("请刷新页面，看派给了谁。")


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for. `replaces_id` is the instructor who cannot come."""

    session_ids: tuple[int, ...]
    field_code: str
    deadline_at: datetime
    kind: QualificationKind | None = None
    role: TeachingRole = TeachingRole.LEAD
    replaces_id: int | None = None
    note: str = ""


def open_need(*, class_code: str, wanted: Ask, actor: Actor, now: datetime) -> TeachingNeed:
    """Ask for an instructor. Raises NotFound, Forbidden, SessionsAreFixed, NeedIsUnusable, SessionIsWanted."""
    found = queries.get_class(class_code)
    if not can_manage_needs(actor):
        raise Forbidden
    if not can_edit_sessions(actor, found):
        raise SessionsAreFixed
    lock_class(class_id=found.id)  # two who ask for one session take turns
    sessions = _sessions(found, wanted.session_ids)
    if not sessions or not now < wanted.deadline_at <= min(one.starts_at for one in sessions):
        raise NeedIsUnusable
    for session in sessions:
        if queries.open_need_of_session(session.id) is not None:
            raise SessionIsWanted(title=session.title_zh)
    need = TeachingNeed(
        code=random_code16(),
        class_id=found.id,
        field_code=wanted.field_code,
        wanted_kind=wanted.kind,
        role=wanted.role,
        replaces_id=wanted.replaces_id,
        note=wanted.note.strip()[:300],
        deadline_at=wanted.deadline_at,
        state=NeedState.OPEN,
        opened_by_id=actor.user_id,
        opened_by=actor.name,
        opened_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(need)
    except IntegrityError:  # a field that the catalog does not have
        raise NeedIsUnusable from None
    db.session.execute(insert(NeedSession), [{"need_id": need.id, "session_id": one.id} for one in sessions])
    db.session.expire(need, ["sessions"])
    deadline = local(need.deadline_at).isoformat()
    after = {"class": class_code, "sessions": [one.seq for one in sessions], "field": need.field_code, "deadline": deadline}
    record(actor, "timetable.need_opened", f"need:{need.code}", now=now, after=after)
    return need


def _sessions(found: TrainingClass, session_ids: Sequence[int]) -> list[ClassSession]:
    by_id = queries.sessions_by_ids(session_ids)
    if any(id_ not in by_id or by_id[id_].class_id != found.id or by_id[id_].is_cancelled for id_ in session_ids):
        raise NotFound
    return sorted(by_id.values(), key=lambda one: (one.starts_at, one.id))


def lock_open_need(code: str) -> TeachingNeed:
    """An open need that nobody else changes at the same time. Raises NotFound, NeedIsClosed."""
    query = select(TeachingNeed).where(TeachingNeed.code == code).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    if found.state is not NeedState.OPEN:
        raise NeedIsClosed
    return found


def close_need(need: TeachingNeed, state: NeedState, *, actor: Actor, now: datetime, **values: object) -> None:
    """Take an open need to its end, once. Raises NeedIsClosed."""
    closed = db.session.execute(
        update(TeachingNeed)
        .where(TeachingNeed.id == need.id, TeachingNeed.state == NeedState.OPEN)
        .values(state=state, closed_at=now, closed_by=actor.name, **values)
        .returning(TeachingNeed.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if closed is None:
        raise NeedIsClosed
    db.session.refresh(need)


def release_candidates(need: TeachingNeed, *, now: datetime, but: int | None = None) -> list[int]:
    """Whoever still waits is not chosen; gives the ids of these instructors."""
    released = db.session.execute(
        update(NeedCandidate)
        .where(NeedCandidate.need_id == need.id, NeedCandidate.state.in_(WAITING), NeedCandidate.instructor_id != (but or 0))
        .values(state=CandidateState.NOT_CHOSEN, answered_at=now)
        .returning(NeedCandidate.instructor_id)
        .execution_options(synchronize_session=False)
    )
    return sorted(row.instructor_id for row in released)


def withdraw_need(*, code: str, reason: str, actor: Actor, now: datetime) -> TeachingNeed:
    """Take a need back; whoever waits is told. Raises NotFound, Forbidden, NeedIsClosed."""
    if not can_manage_needs(actor):
        raise Forbidden
    need = lock_open_need(code)
    return _end(need, NeedState.WITHDRAWN, reason.strip() or "—", actor, now)


def lapse_need(*, need_id: int, now: datetime) -> TeachingNeed:
    """End a need at its deadline; who opened it and whoever waits are told. Raises NotFound, NeedIsClosed."""
    need = lock_open_need(queries.need_by_id(need_id).code)
    ended = _end(need, NeedState.LAPSED, OVER, SYSTEM, now)
    messages.tell_opener(messages.NEED_LAPSED, need, key=need.code, now=now)
    return ended


def _end(need: TeachingNeed, state: NeedState, reason: str, actor: Actor, now: datetime) -> TeachingNeed:
    close_need(need, state, actor=actor, now=now, closed_reason=reason[:300])
    released = release_candidates(need, now=now)
    was, is_now = {"state": NeedState.OPEN.value}, {"state": state.value}
    record(actor, f"timetable.need_{state}", f"need:{need.code}", now=now, before=was, after=is_now, reason=reason)
    messages.tell_candidates(messages.NEED_CALLED_OFF, need, released, now=now, reason=Text(reason))
    return need
