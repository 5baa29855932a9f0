"""Check-in: opening it, and one press of the learner's."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from academy.attendance import queries
from academy.attendance.models import AttendanceMark, CheckIn, CheckInOpening
from academy.attendance.policies import can_mark
from academy.attendance.rules import (
    TICKET_HOLDS,
    Arrival,
    CheckInKind,
    MarkSource,
    MarkState,
    accepts,
    arrival_at,
    departure_at,
    minutes_on,
    new_secret,
)
from academy.attendance.services.marking import check_time
from academy.attendance.services.writing import Seen, put_marks
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, DomainError, Forbidden, NotFound
from academy.core.sealed import seal, unseal
from academy.core.text import N_
from academy.enrollment import services as seats
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession

CLOSES_AFTER = {CheckInKind.IN: timedelta(0), CheckInKind.OUT: timedelta(minutes=30)}  # after the session's end


class SessionIsOver(Conflict):
    """Nobody can check in any more."""

    message = N_("这次课 %(at)s 已经结束，不能再开签到。")
    next_step = N_("请在点名册上记。")


class NotALearner(Conflict):
    """The account belongs to nobody who is registered as a learner."""

    message = N_("这个账号还没有登记为学员，不能签到。")
    next_step = N_("请讲师在点名册上记。")


class NotInThisClass(NotFound):
    """Somebody from outside the class scans its code."""

    message = N_("没有签到：您不在这个班的名单里。")
    next_step = N_("如果名单有误，请当场告诉讲师。")


class CheckInIsClosed(Conflict):
    """Too late, or the instructor closed it."""

    message = N_("签到已经关闭，没有记上。")
    next_step = N_("请讲师在点名册上记。")


class CodeIsStale(Conflict):
    """The digits are not, or no longer, those on the wall."""

    message = N_("这个码不对，或者已经换了，没有签到。")
    next_step = N_("码每 20 秒换一次，请扫屏幕上现在的码。")


class ScannedElsewhere(Conflict):
    """The address was opened on one device and sent to another."""

    message = N_("这个签到地址是在另一台设备上扫的，没有签到。")
    next_step = N_("请用您自己的手机扫屏幕上的码。")


class DeviceIsTaken(Conflict):
    """A device stands for one person."""

    message = N_("这台设备已经替另一位学员签过这节课，没有签到。")
    next_step = N_("没有带手机的，请讲师在点名册上记。")


class HasNotComeIn(Conflict):
    """Nobody leaves who has not come."""

    message = N_("还没有您的出勤记录，不能签退。")
    next_step = N_("请先签到，或请讲师在点名册上记。")


class CheckedIn(NamedTuple):
    """What a press came to; not new when she had checked in before."""

    kind: CheckInKind
    state: MarkState
    minutes: int
    at: datetime
    is_new: bool


def open_check_in(*, session_id: int, kind: CheckInKind, actor: Actor, now: datetime) -> CheckInOpening:
    """Open check-in (or check-out) with a new secret until the session's end. One that is open stays as it is.

    Raises NotFound, Forbidden, ClassIsNotTaught, SessionHasNotBegun, SessionIsOver.
    """
    session = timetable.session_by_id(session_id)
    if not can_mark(actor, session):
        raise Forbidden
    check_time(session, now)
    closes_at = session.ends_at + CLOSES_AFTER[kind]
    if now >= closes_at:
        raise SessionIsOver(at=session.ends_at)
    live = queries.find_live_opening(session_id, kind, now)
    if live is not None:
        return live
    _close_where(now, CheckInOpening.session_id == session_id, CheckInOpening.kind == kind)
    opening = CheckInOpening(
        code=random_code16(), session_id=session_id, kind=kind, secret=new_secret(), opened_at=now, closes_at=closes_at,
        opened_by_id=actor.user_id, opened_by=actor.name[:120],
    )  # fmt: skip
    db.session.add(opening)
    db.session.flush()
    after = {"session": session_id, "kind": kind.value, "closes_at": closes_at.isoformat()}
    record(actor, "attendance.check_in_opened", f"check_in:{opening.code}", now=now, after=after)
    return opening


def close_check_in(*, session_id: int, kind: CheckInKind, actor: Actor, now: datetime) -> bool:
    """Close check-in before its time; False when none was open. Raises NotFound, Forbidden."""
    if not can_mark(actor, timetable.session_by_id(session_id)):
        raise Forbidden
    closed = _close_where(now, CheckInOpening.session_id == session_id, CheckInOpening.kind == kind)
    if closed:
        record(actor, "attendance.check_in_closed", f"session:{session_id}", now=now, after={"kind": kind.value})
    return closed > 0


def close_due_check_ins(*, now: datetime) -> int:
    """Close what has run out; those who did not check in stay unmarked. Repeat-safe."""
    return _close_where(now, CheckInOpening.closes_at <= now)


def _close_where(now: datetime, *conditions: Any) -> int:
    closed = update(CheckInOpening).where(CheckInOpening.closed_at.is_(None), *conditions).values(closed_at=now)
    return len(db.session.execute(closed.returning(CheckInOpening.id)).all())


def issue_ticket(*, opening: CheckInOpening, code: str, device: str, now: datetime) -> str | None:
    """A sealed note that this device saw the code in time, so that there is time to sign in. Writes nothing.

    None: the code was not shown just now.
    """
    if not opening.is_open_at(now) or not accepts(opening.secret, code, now):
        return None
    return base64.urlsafe_b64encode(seal(f"{opening.code}|{_marked(device)}|{now.timestamp():.0f}".encode())).decode()


def _marked(device: str) -> str:
    return sha256(device.encode()).hexdigest()


def check_in(*, opening_code: str, actor: Actor, device: str, now: datetime, ticket: str = "", typed: str = "") -> CheckedIn:
    """The signed-in learner checks in (or out) with the ticket of her scan, or with the digits that she typed.

    Pressed again she is told what stands. Raises NotFound, NotALearner, NotInThisClass, CheckInIsClosed, CodeIsStale,
    ScannedElsewhere, DeviceIsTaken, HasNotComeIn; the door writes each of them down with `note_refusal`.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    if learner is None:
        raise NotALearner
    opening = queries.get_opening(opening_code)
    session = timetable.session_by_id(opening.session_id)
    if not seats.lock_seats(class_id=session.class_id, learner_ids=[learner.id]):
        raise NotInThisClass
    earlier = queries.find_check_in(session.id, opening.kind, learner.id)
    mark = queries.fresh_marks(session.id, [learner.id]).get(learner.id)
    if earlier is not None:
        return _told(opening.kind, mark, session, earlier.at, is_new=False)
    if not opening.is_open_at(now):
        raise CheckInIsClosed
    proved_at = _check_proof(opening, device, ticket, typed, now)
    seen = _seen(opening.kind, session, mark, proved_at)
    if not _write_check_in(opening, learner.id, device, now):
        raise DeviceIsTaken
    if seen is not None:
        marks = {learner.id: Seen(seen.state, seen.minutes)}
        reason = N_("本人扫码签到") if opening.kind is CheckInKind.IN else N_("本人扫码签退")
        put_marks(session, marks, actor=actor, now=now, source=MarkSource.CHECK_IN, reason=reason)
        return CheckedIn(opening.kind, seen.state, seen.minutes, now, is_new=True)
    record(actor, "attendance.checked", f"session:{session.id}:learner:{learner.id}", now=now, after={"kind": opening.kind})
    return _told(opening.kind, mark, session, now, is_new=True)


def _told(kind: CheckInKind, mark: AttendanceMark | None, session: ClassSession, at: datetime, *, is_new: bool) -> CheckedIn:
    state, minutes = (mark.state, mark.minutes) if mark else (MarkState.PRESENT, session.minutes)
    return CheckedIn(kind, state, minutes, at, is_new)


def _check_proof(opening: CheckInOpening, device: str, ticket: str, typed: str, now: datetime) -> datetime:
    """The instant that counts: of the scan, else of the typing."""
    if not ticket:
        if not accepts(opening.secret, typed, now):
            raise CodeIsStale
        return now
    try:
        code, scanned_on, at = unseal(base64.urlsafe_b64decode(ticket)).decode().split("|")
        issued = float(at)
    except (InvalidTag, ValueError, IndexError) as error:  # forged, cut or garbled
        raise CodeIsStale from error
    if code != opening.code or not 0 <= now.timestamp() - issued + 1 <= TICKET_HOLDS.total_seconds():
        raise CodeIsStale
    if scanned_on != _marked(device):
        raise ScannedElsewhere
    return datetime.fromtimestamp(issued, UTC)


def _seen(kind: CheckInKind, session: ClassSession, mark: AttendanceMark | None, at: datetime) -> Arrival | None:
    """The mark that this press makes; None when the standing one already says as much."""
    day = today(session.starts_at)
    if kind is CheckInKind.OUT:
        if mark is None or not mark.seen_minutes:
            raise HasNotComeIn
        arrived = Arrival(mark.state, mark.seen_minutes)
        left = departure_at(at, session.ends_at, arrived, minutes_on("left_early_before", day))
        return None if left == arrived else left
    if mark is not None and mark.seen_minutes:
        return None
    return arrival_at(at, session.starts_at, session.minutes, minutes_on("late_after", day))


def _write_check_in(opening: CheckInOpening, learner_id: int, device: str, now: datetime) -> bool:
    """Note the check-in; False when the device has checked somebody else in. She herself is held, so it is not hers."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "opening_id": opening.id,
        "session_id": opening.session_id,
        "kind": opening.kind,
        "learner_id": learner_id,
        "device": _marked(device),
        "at": now,
    }
    written = dialect.insert(CheckIn).values(row).on_conflict_do_nothing().returning(CheckIn.id)
    return db.session.execute(written).one_or_none() is not None


def note_refusal(*, opening_code: str, error: DomainError, device: str, actor: Actor, now: datetime) -> None:
    """Write down that somebody's check-in was refused, and why. Called after the refused transaction is rolled back."""
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    after = {"why": error.code, "learner": learner.code if learner else None, "device": _marked(device)[:12]}
    record(actor, "attendance.check_in_refused", f"check_in:{opening_code[:16]}", now=now, after=after)
