"""What happened to an enrollment, read from the audit trail: each change of state left a row there."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from academy.core.audit import AuditRow
from academy.core.db import db
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState

_ACTION = "enrollment."


class HistoryStep(NamedTuple):
    """One change: who did it, when, what it led to, and why."""

    at: datetime
    by: str
    state: EnrollmentState | None  # None: not a change of state but of the priority
    reason: str


def history_of(enrollment: Enrollment) -> list[HistoryStep]:
    """Every step of an enrollment and of those it was transferred from, the first one first."""
    subjects, one = [], enrollment
    while True:
        subjects.append(f"enrollment:{one.code}")
        before = db.session.get(Enrollment, one.follows_id) if one.follows_id else None
        if before is None:
            break
        one = before
    query = select(AuditRow).where(AuditRow.subject.in_(subjects), AuditRow.action.startswith(_ACTION)).order_by(AuditRow.id)
    states = {state.value: state for state in EnrollmentState}
    steps = [(row, row.action.removeprefix(_ACTION)) for row in db.session.scalars(query)]
    return [
        HistoryStep(row.at, row.actor_name, states.get(name), row.reason)
        for row, name in steps
        if name in states or name == "priority_changed"
    ]
