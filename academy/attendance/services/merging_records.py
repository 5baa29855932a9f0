"""What hangs on a person beside marks follows a merge too: leave, make-ups, conversions with their hours, the registration."""

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from academy.attendance import queries
from academy.attendance.models import (
    HoursConversion,
    LeaveRequest,
    LeaveSession,
    MakeUp,
    RegistrationPeriod,
    RemovalProposal,
)
from academy.attendance.services.ledger import move_entries
from academy.core.db import db
from academy.people import services as people_services


def move_records(*, kept_id: int, merged_id: int, now: datetime) -> list[str]:
    """Give these records of the merged person to the kept one. Repeat-safe. Returns the codes of what a person must look at.

    What may stand once only (a degree, a registration) stays with the merged record when the kept one has it: it counts once.
    """
    _move_leave(kept_id, merged_id)
    people_services.repoint(MakeUp, kept_id=kept_id, merged_id=merged_id, unique=["session_id"])
    people_services.repoint(RemovalProposal, kept_id=kept_id, merged_id=merged_id, unique=["class_id"])
    conversions = people_services.repoint(HoursConversion, kept_id=kept_id, merged_id=merged_id, unique=["kind"])
    standing = [
        entry
        for entry in queries.standing_credits(merged_id)
        if entry.mark_id is None and (entry.conversion_id is None or entry.conversion_id not in conversions.left)
    ]
    move_entries(standing, to_learner_id=kept_id, now=now)
    periods = _move_periods(kept_id, merged_id)
    left = select(HoursConversion.code).where(HoursConversion.id.in_(conversions.left)).order_by(HoursConversion.code)
    return [*db.session.scalars(left), *periods]


def _move_leave(kept_id: int, merged_id: int) -> None:
    """Requests with their sessions; a session for which the kept record has leave of its own stays."""
    people_services.repoint(LeaveRequest, kept_id=kept_id, merged_id=merged_id)
    other = aliased(LeaveSession)
    taken = exists().where(other.learner_id == kept_id, other.session_id == LeaveSession.session_id)
    mine = update(LeaveSession).where(LeaveSession.learner_id == merged_id, ~taken).values(learner_id=kept_id)
    db.session.execute(mine.execution_options(synchronize_session=False))


def _move_periods(kept_id: int, merged_id: int) -> list[str]:
    """A person has one registration at a time: when both records have periods, somebody decides which is right."""
    has_own = db.session.scalar(select(RegistrationPeriod.id).where(RegistrationPeriod.learner_id == kept_id).limit(1))
    if has_own is None:
        people_services.repoint(RegistrationPeriod, kept_id=kept_id, merged_id=merged_id)
        return []
    query = select(RegistrationPeriod.code).where(RegistrationPeriod.learner_id == merged_id)
    return list(db.session.scalars(query.order_by(RegistrationPeriod.code)))
