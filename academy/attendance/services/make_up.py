"""Making up a missed session: booked by the learner, recorded by whoever teaches there, credited once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from academy.attendance import messages, queries
from academy.attendance.models import AttendanceMark, MakeUp, MakeUpSession
from academy.attendance.policies import can_decide_leave, can_mark
from academy.attendance.rules import MakeUpState, MarkSource, compute_made_up
from academy.attendance.services.marking import OPENS_BEFORE, SessionHasNotBegun
from academy.attendance.services.writing import Change, write_changes
from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.text import N_
from academy.enrollment import services as seats
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession

LONGEST_SESSION = timedelta(hours=12)


class NothingIsMissed(Conflict):
    """Only what a mark shows as missed can be made up."""

    message = N_("这一节没有缺的分钟，不用补课。")
    next_step = N_("还没有点名的，等讲师点名之后再约。")


class NotTheSameCourse(Conflict):
    """A make-up teaches what was missed."""

    message = N_("约的课和缺的课不是同一门，或者已经开始，或者您本来就要上，不能用来补课。")
    next_step = N_("请从“可以补课的场次”里选。")


class MakeUpClashes(Conflict):
    """Nobody is in two places at once."""

    message = N_("这个时间您要上“%(session)s”，不能同时补课。")
    next_step = N_("请选另一场。")


class MakeUpIsFull(Conflict):
    """A special session has its places."""

    message = N_("这场补课已约满 %(places)s 人。")
    next_step = N_("请选另一场。")


class MakeUpIsBooked(Conflict):
    """One make-up for one missed session, and one missed session for one make-up."""

    message = N_("这一节已经约过或补过，没有再约。")
    next_step = N_("要换一场，先取消原来的。")


class MakeUpIsSettled(Conflict):
    """A make-up is recorded, or cancelled, once."""

    message = N_("这次补课已经处理过，什么都没有改动。")


class MakeUpSessionIsUnusable(Invalid):
    """Times, hours or places that do not fit together."""

    message = N_("补课场次不对：要在将来，先开始后结束，学时不超过实际时长，名额 1—500。")


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What staff decide about a special session. `minutes` is teaching time."""

    course_code: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    place_zh: str
    places: int


def open_make_up_session(*, plan: SessionPlan, actor: Actor, now: datetime) -> MakeUpSession:
    """Open a session for those who missed a course. Raises Forbidden, NotFound, MakeUpSessionIsUnusable."""
    if not can_decide_leave(actor):
        raise Forbidden
    course = catalog.get_course(plan.course_code)
    length = plan.ends_at - plan.starts_at
    fits = timedelta(0) < timedelta(minutes=plan.minutes) <= length <= LONGEST_SESSION
    if not (fits and now < plan.starts_at and 1 <= plan.places <= 500 and plan.place_zh.strip()):
        raise MakeUpSessionIsUnusable
    opened = MakeUpSession(
        code=random_code16(), course_id=course.id, starts_at=plan.starts_at, ends_at=plan.ends_at, minutes=plan.minutes,
        place_zh=plan.place_zh.strip()[:120], places=plan.places, opened_by_id=actor.user_id, opened_by=actor.name[:120],
        opened_at=now,
    )  # fmt: skip
    db.session.add(opened)
    db.session.flush()
    after = {"course": course.code, "starts_at": plan.starts_at.isoformat(), "minutes": plan.minutes}
    record(actor, "attendance.make_up_opened", f"make_up_session:{opened.code}", now=now, after=after)
    return opened


def book_make_up(
    *, class_code: str, seq: int, actor: Actor, now: datetime, host: tuple[str, int] | None = None, special: str = ""
) -> MakeUp:
    """The signed-in learner books a make-up for one of her missed sessions: another class's session, or a special one.

    `host` is the other class's code and the session's number. Raises NotFound, NothingIsMissed, NotTheSameCourse,
    MakeUpClashes, MakeUpIsFull, MakeUpIsBooked.
    """
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    session = timetable.get_session(class_code, seq)
    if learner is None or not seats.lock_seats(class_id=session.class_id, learner_ids=[learner.id]):
        raise NotFound
    mark = queries.fresh_marks(session.id, [learner.id]).get(learner.id)
    if mark is None or mark.minutes >= session.minutes:
        raise NothingIsMissed
    if session.id in queries.make_ups_of_learner(learner.id):
        raise MakeUpIsBooked
    choice = _chosen(session, learner.id, host, special, now)
    if choice.clash:
        raise MakeUpClashes(session=choice.clash)
    if choice.special is not None:
        _take_place(choice.special)
    make_up = MakeUp(
        code=random_code16(), learner_id=learner.id, session_id=session.id, state=MakeUpState.PLANNED, planned_at=now,
        host_session_id=choice.host.id if choice.host else None,
        make_up_session_id=choice.special.id if choice.special else None,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(make_up)
    except IntegrityError as error:
        raise MakeUpIsBooked from error
    after = {"learner": learner.code, "missed": session.id, "host": make_up.host_session_id, "special": special or None}
    record(actor, "attendance.make_up_booked", f"make_up:{make_up.code}", now=now, after=after)
    return make_up


def _chosen(
    session: ClassSession, learner_id: int, host: tuple[str, int] | None, special: str, now: datetime
) -> queries.MakeUpChoice:
    host_id = timetable.get_session(*host).id if host else None
    special_id = queries.get_make_up_session(special).id if special else None
    for choice in queries.make_up_choices(session, learner_id, now=now, with_full=True):
        if (choice.host.id if choice.host else None, choice.special.id if choice.special else None) == (host_id, special_id):
            return choice
    raise NotTheSameCourse


def _take_place(special: MakeUpSession) -> None:
    taken = (
        update(MakeUpSession)
        .where(MakeUpSession.id == special.id, MakeUpSession.taken < MakeUpSession.places)
        .values(taken=MakeUpSession.taken + 1)
        .returning(MakeUpSession.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(taken).one_or_none() is None:
        raise MakeUpIsFull(places=special.places)


def cancel_make_up(*, code: str, actor: Actor, now: datetime) -> MakeUp:
    """The learner gives a booked make-up back. Raises NotFound (also for other people's), MakeUpIsSettled."""
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    make_up = queries.get_make_up(code)
    if learner is None or make_up.learner_id != learner.id:
        raise NotFound
    _settle(make_up, MakeUpState.CANCELLED, 0, actor, now)
    return make_up


def record_make_up(*, code: str, minutes: int, actor: Actor, now: datetime) -> MakeUp:
    """Record what somebody attended of a make-up; 0: she did not come. What she missed is credited, once, and no more.

    The missed session's first mark stays in the history. Raises NotFound, Forbidden, SessionHasNotBegun, MakeUpIsSettled.
    """
    make_up = queries.get_make_up(code)
    place = _place_of(make_up)
    if not (can_mark(actor, place) if isinstance(place, ClassSession) else can_decide_leave(actor)):
        raise Forbidden
    if now < place.starts_at - OPENS_BEFORE:
        raise SessionHasNotBegun(at=place.starts_at)
    missed = timetable.session_by_id(make_up.session_id)
    if not seats.lock_seats(class_id=missed.class_id, learner_ids=[make_up.learner_id]):
        raise NotFound
    mark = queries.fresh_marks(missed.id, [make_up.learner_id]).get(make_up.learner_id)
    worth = compute_made_up(min(minutes, place.minutes), missed.minutes - mark.minutes) if mark else 0
    _settle(make_up, MakeUpState.DONE if minutes > 0 else MakeUpState.MISSED, worth, actor, now)
    if mark is not None and worth:
        _credit(missed, mark, worth, actor, now)
        messages.tell_made_up(make_up, now=now)
    return make_up


def _place_of(make_up: MakeUp) -> ClassSession | MakeUpSession:
    if make_up.host_session_id is not None:
        return timetable.session_by_id(make_up.host_session_id)
    return queries.make_up_sessions_by_ids([make_up.make_up_session_id or 0])[make_up.make_up_session_id or 0]


def _credit(missed: ClassSession, mark: AttendanceMark, worth: int, actor: Actor, now: datetime) -> None:
    change = Change(mark.learner_id, mark.state, mark.seen_minutes, mark.made_up_minutes + worth, mark)
    write_changes(missed, [change], actor=actor, now=now, source=MarkSource.MAKE_UP, reason=N_("补课，原记录保留"))


def _settle(make_up: MakeUp, state: MakeUpState, minutes: int, actor: Actor, now: datetime) -> None:
    """Settle by conditional update: of two recordings one wins. Raises MakeUpIsSettled."""
    values: dict[str, Any] = {"state": state, "minutes": minutes, "settled_at": now, "settled_by": actor.name[:120]}
    settled = db.session.execute(
        update(MakeUp)
        .where(MakeUp.id == make_up.id, MakeUp.state == MakeUpState.PLANNED)
        .values(**values)
        .returning(MakeUp.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if settled is None:
        raise MakeUpIsSettled
    db.session.refresh(make_up)
    if state is MakeUpState.CANCELLED and make_up.make_up_session_id is not None:
        freed = update(MakeUpSession).where(MakeUpSession.id == make_up.make_up_session_id)
        db.session.execute(freed.values(taken=MakeUpSession.taken - 1))
    was, is_now = {"state": MakeUpState.PLANNED.value}, {"state": state.value, "minutes": minutes}
    record(actor, f"attendance.make_up_{state}", f"make_up:{make_up.code}", now=now, before=was, after=is_now)
