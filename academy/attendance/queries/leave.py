"""Reads of leave, and the share of a class that it takes."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

from academy.attendance.models import AttendanceMark, LeaveSession
from academy.attendance.models import LeaveRequest as LeaveRequest  # what reads give back is public by name
from academy.attendance.models import RemovalProposal as RemovalProposal
from academy.attendance.queries.marks import marks_of_class, marks_of_learner
from academy.attendance.rules import (
    CADRE,
    LeaveShare,
    LeaveState,
    MarkState,
    ProposalState,
    least_attendance_on,
    rule_on,
)
from academy.catalog import queries as catalog
from academy.core.db import db
from academy.core.errors import NotFound
from academy.enrollment import queries as enrollment
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass


def get_leave_request(code: str) -> LeaveRequest:
    """A request by its code. Raises NotFound."""
    found = db.session.scalars(select(LeaveRequest).where(LeaveRequest.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def leave_requests_of_class(class_id: int) -> list[LeaveRequest]:
    """A class's requests: what waits first, then the newest."""
    query = select(LeaveRequest).where(LeaveRequest.class_id == class_id)
    order = (LeaveRequest.state != LeaveState.PENDING, LeaveRequest.requested_at.desc(), LeaveRequest.id.desc())
    return list(db.session.scalars(query.order_by(*order)))


def leave_requests_of_learner(class_id: int, learner_id: int) -> list[LeaveRequest]:
    """A person's requests in a class, the newest first."""
    query = select(LeaveRequest).where(LeaveRequest.class_id == class_id, LeaveRequest.learner_id == learner_id)
    return list(db.session.scalars(query.order_by(LeaveRequest.requested_at.desc(), LeaveRequest.id.desc())))


def sessions_of_requests(request_ids: Iterable[int]) -> dict[int, list[ClassSession]]:
    """The sessions that each request is about, in order."""
    query = select(LeaveSession.request_id, LeaveSession.session_id).where(LeaveSession.request_id.in_(list(request_ids)))
    pairs = list(db.session.execute(query))
    sessions = timetable.sessions_by_ids({session_id for _, session_id in pairs})
    found: dict[int, list[ClassSession]] = {}
    for request_id, session_id in sorted(pairs, key=lambda pair: (sessions[pair[1]].starts_at, pair[1])):
        found.setdefault(request_id, []).append(sessions[session_id])
    return found


def live_leave(class_id: int, learner_id: int) -> dict[int, LeaveRequest]:
    """A person's pending and approved requests in a class, by session."""
    query = (
        select(LeaveSession.session_id, LeaveRequest)
        .join(LeaveRequest, LeaveRequest.id == LeaveSession.request_id)
        .where(LeaveSession.is_live, LeaveSession.learner_id == learner_id, LeaveRequest.class_id == class_id)
    )
    return dict(db.session.execute(query).all())


def leave_of_session(session_id: int) -> dict[int, LeaveRequest]:
    """The live requests for a session, by learner."""
    query = (
        select(LeaveSession.learner_id, LeaveRequest)
        .join(LeaveRequest, LeaveRequest.id == LeaveSession.request_id)
        .where(LeaveSession.is_live, LeaveSession.session_id == session_id)
    )
    return dict(db.session.execute(query).all())


def learners_on_leave(session_id: int) -> set[int]:
    """Whose leave for a session is approved."""
    return {id_ for id_, asked in leave_of_session(session_id).items() if asked.state is LeaveState.APPROVED}


def pending_leave_counts(class_ids: Iterable[int]) -> dict[int, int]:
    """How many requests wait in each class."""
    query = select(LeaveRequest.class_id, func.count(LeaveRequest.id)).where(
        LeaveRequest.class_id.in_(list(class_ids)), LeaveRequest.state == LeaveState.PENDING
    )
    return dict(db.session.execute(query.group_by(LeaveRequest.class_id)).all())


def program_type(found: TrainingClass) -> str:
    """The type by which dated rules may differ: cadre classes, else the kind of certificate."""
    return CADRE if found.is_cadre else catalog.program_by_id(found.program_id).certificate_kind.value


def least_attendance(class_id: int) -> int:
    """The percentage that a class's people need to sit the exam, by the rule in force on its first day."""
    found = timetable.class_by_id(class_id)
    program = catalog.program_by_id(found.program_id)
    return least_attendance_on(found.starts_on, program.min_attendance_pct, program_type(found))


def _share(used: int, planned: int, found: TrainingClass) -> LeaveShare:
    rule = rule_on("leave_limit", found.starts_on, program_type(found))
    return LeaveShare(used, planned, rule.value if rule else None)


def leave_share(class_id: int, learner_id: int) -> LeaveShare:
    """Leave that a person has taken or been granted in a class, against the limit of its type."""
    sessions = timetable.sessions_of(class_id)
    marks = marks_of_learner(class_id, learner_id)
    granted = {id_ for id_, asked in live_leave(class_id, learner_id).items() if asked.state is LeaveState.APPROVED}
    used = sum(one.minutes for one in sessions if _is_leave(marks.get(one.id), one.id in granted))
    return _share(used, sum(one.minutes for one in sessions), timetable.class_by_id(class_id))


def _is_leave(mark: AttendanceMark | None, is_granted: bool) -> bool:  # noqa: FBT001 - a fact about the session
    return mark.state is MarkState.LEAVE if mark else is_granted


def leave_shares(class_id: int) -> dict[int, LeaveShare]:
    """`leave_share` for everybody who has a seat."""
    sessions = timetable.sessions_of(class_id)
    found, planned = timetable.class_by_id(class_id), sum(one.minutes for one in sessions)
    marks = marks_of_class(class_id)
    granted = granted_leave(class_id)
    return {
        id_: _share(
            sum(s.minutes for s in sessions if _is_leave(marks.get((id_, s.id)), (id_, s.id) in granted)), planned, found
        )
        for id_ in enrollment.admitted_learner_ids(class_id)
    }


def granted_leave(class_id: int) -> set[tuple[int, int]]:
    """Who has approved leave for which session of a class: (learner, session)."""
    query = (
        select(LeaveSession.learner_id, LeaveSession.session_id)
        .join(LeaveRequest, LeaveRequest.id == LeaveSession.request_id)
        .where(LeaveSession.is_live, LeaveRequest.class_id == class_id, LeaveRequest.state == LeaveState.APPROVED)
    )
    return {(learner_id, session_id) for learner_id, session_id in db.session.execute(query)}


def leave_deadline_days(day: date) -> int:
    """For how many days after a session leave may still be asked."""
    rule = rule_on("ask_leave_within", day)
    return int(rule.value) if rule else 0


def get_proposal(code: str) -> RemovalProposal:
    """A proposal to remove somebody, by its code. Raises NotFound."""
    found = db.session.scalars(select(RemovalProposal).where(RemovalProposal.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def proposals_of_class(class_id: int) -> list[RemovalProposal]:
    """A class's proposals: open ones first, then the newest."""
    query = select(RemovalProposal).where(RemovalProposal.class_id == class_id)
    order = (RemovalProposal.state != ProposalState.OPEN, RemovalProposal.id.desc())
    return list(db.session.scalars(query.order_by(*order)))
