"""When an instructor cannot teach. The sessions that she teaches then are named before it is written down."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.people import queries as people
from academy.people import services as people_services
from academy.timetable import queries
from academy.timetable.policies import can_manage_needs


class TeachesThen(Conflict):
    """She is booked in that time."""

    message = N_("那段时间有课：%(sessions)s。没有登记。")
    next_step = N_("请教务先找人代课，或由教务确认后登记。")


def declare_absence(
    *,
    instructor_code: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
    is_confirmed: bool = False,
) -> None:
    """Write down an absence, by the instructor or the staff. Sessions then are named; only the staff confirm them away.

    Raises NotFound, Forbidden, AbsenceIsUnusable, TeachesThen.
    """
    people_services.add_absence(
        instructor_code=instructor_code, starts_at=starts_at, ends_at=ends_at, reason=reason, actor=actor, now=now
    )
    instructor = people.get_instructor(instructor_code)
    then = queries.taught_then(instructor.id, max(starts_at, now), ends_at)
    if then and not (is_confirmed and can_manage_needs(actor)):
        raise TeachesThen(sessions="、".join(f"{found.code} {session.title_zh}" for session, found in then))


def withdraw_absence(*, instructor_code: str, absence_id: int, actor: Actor, now: datetime) -> None:
    """Take an absence back. Raises NotFound, Forbidden."""
    people_services.remove_absence(instructor_code=instructor_code, absence_id=absence_id, actor=actor, now=now)
