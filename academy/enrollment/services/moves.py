"""Changing the timetable of a class in which people have seats: nobody is put into two classes at one time unseen.

Locks are taken in the order learners, class, instructors, rooms; an enrollment locks its learner and then its class.
"""

from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.enrollment import messages, queries
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.rules import EnrollmentState
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.queries import ClassSession
from academy.timetable.rules import Clash, Spot
from academy.timetable.services import SessionPlan


class LearnersClash(Conflict):
    """Admitted learners have something else at that time; `clashes` says who and what."""

    message = N_("%(count)s 位已录取的学员那时另有课，什么都没有改动。")
    next_step = N_("换一个时间；一定要排，就勾选“仍然这样排”并写明原因。")

    def __init__(self, clashes: dict[int, Clash]) -> None:
        super().__init__(count=len(clashes))
        self.clashes = clashes


class WhyIsMissing(Invalid):
    """Whoever puts people into two places at once says why."""

    message = N_("请写明为什么学员有冲突也这样排。")


class RosterHasChanged(Conflict):
    """Somebody was admitted between the look and the write."""

    message = N_("刚才有人被录取，什么都没有改动。")
    next_step = N_("请再看一次影响，然后确认。")


def move_session(
    *,
    code: str,
    seq: int | None,
    plan: SessionPlan,
    actor: Actor,
    now: datetime,
    accepts_clashes: bool = False,
    reason: str = "",
) -> ClassSession:
    """Add a session (seq None), or change one, of a class whatever its people; they and its instructors are told.

    Learners whom the new time or place puts into two classes at once are refused, or accepted with a reason.
    Raises Forbidden, NotFound, LearnersClash, WhyIsMissing, RosterHasChanged and the refusals of timetable's save_session.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    class_id = timetable.get_class(code).id
    held = _hold_learners(class_id)
    timetable_services.lock_class(class_id=class_id)
    before = _place(code, seq)
    session = timetable_services.save_session(code=code, seq=seq, plan=plan, actor=actor, now=now, learners_checked=True)
    _refuse_newcomers(class_id, held)
    if (session.starts_at, session.ends_at, session.room_id) != before:
        _look_at_learners(session, actor, now, reason=reason.strip(), accepts_clashes=accepts_clashes)
    return session


def cancel_session(*, code: str, seq: int, reason: str, actor: Actor, now: datetime) -> ClassSession:
    """Call a session off; its people and its instructors are told why.

    Raises Forbidden, NotFound and the refusals of timetable's cancel_session.
    """
    if not can_manage_enrollments(actor):
        raise Forbidden
    return timetable_services.cancel_session(code=code, seq=seq, reason=reason, actor=actor, now=now, learners_checked=True)


def _place(code: str, seq: int | None) -> tuple[datetime, datetime, int | None] | None:
    if seq is None:
        return None
    session = timetable.get_session(code, seq)
    db.session.refresh(session)  # as it is under the lock
    return session.starts_at, session.ends_at, session.room_id


def _hold_learners(class_id: int) -> set[int]:
    """Lock the class's admitted learners, so that none enrolls elsewhere between our look and the commit."""
    seated = queries.seated_now(class_id)
    people.lock_learners(seated)
    return set(seated)


def _refuse_newcomers(class_id: int, held: set[int]) -> None:
    """The class's row is locked by now: nobody else is admitted any more."""
    if set(queries.seated_now(class_id)) - held:
        raise RosterHasChanged


def _look_at_learners(session: ClassSession, actor: Actor, now: datetime, *, reason: str, accepts_clashes: bool) -> None:
    site_id = next(taken.site_id for taken in timetable.taken_of([session.class_id]) if taken.session_id == session.id)
    clashes = queries.learner_clashes(session.class_id, Spot(session.starts_at, session.ends_at, site_id))
    if not clashes:
        return
    if not accepts_clashes:
        raise LearnersClash(clashes)
    if not reason:
        raise WhyIsMissing
    learners = people.learners_by_ids(clashes)
    after = {learners[id_].code: clash.class_code for id_, clash in clashes.items()}
    code = timetable.class_by_id(session.class_id).code
    record(actor, "enrollment.clashes_accepted", f"session:{code}/{session.seq}", now=now, after=after, reason=reason[:500])


def tell_cancelled(*, session_id: int, now: datetime) -> None:
    """Write to everybody in a class that one of its sessions is called off. Repeat-safe."""
    session = timetable.session_by_id(session_id)
    admitted = queries.enrollments_of(session.class_id, states=[EnrollmentState.ADMITTED])
    facts = {
        "session_title": session.title_zh,
        "starts_at": session.starts_at,
        "reason": session.cancelled_reason,
    }
    messages.tell(messages.SESSION_CANCELLED, admitted, key=f"cancelled:{session.id}", now=now, **facts)
