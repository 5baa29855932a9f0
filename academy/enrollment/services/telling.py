"""Letters that are written after the rush, so that the rush itself stays short."""

from datetime import datetime

from academy.enrollment import messages, queries
from academy.enrollment.rules import EnrollmentState, Source
from academy.timetable import queries as timetable

_LETTERS = {
    EnrollmentState.ADMITTED: messages.ADMITTED,
    EnrollmentState.WAITLISTED: messages.WAITLISTED,
    EnrollmentState.APPLIED: messages.APPLIED,
    EnrollmentState.UNIT_APPROVED: messages.APPLIED,
}


def tell_placed(*, code: str, state: str | None, now: datetime) -> None:
    """Write to somebody who got a seat or a number, or who applied: what she was then. Repeat-safe: planned once.

    A transfer has a letter of its own.
    """
    enrollment = queries.get_enrollment(code)
    placed = EnrollmentState(state) if state else enrollment.state
    if enrollment.source is not Source.TRANSFER and placed in _LETTERS:
        messages.tell(_LETTERS[placed], [enrollment], key="placed", now=now)


def tell_moved(*, session_id: int, now: datetime) -> None:
    """Write to everybody in a class that one of its sessions was moved."""
    session = timetable.session_by_id(session_id)
    admitted = queries.enrollments_of(session.class_id, states=[EnrollmentState.ADMITTED])
    key = f"{session.id}:{session.starts_at.isoformat()}"
    facts = {"session_title": session.title_zh, "starts_at": session.starts_at}
    messages.tell(messages.MOVED, admitted, key=key, now=now, **facts)
