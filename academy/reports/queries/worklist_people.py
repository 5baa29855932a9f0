"""What waits about people in classes: leave to answer, removals to decide, conversions of hours to judge."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, select

from academy.attendance.models import HoursConversion, LeaveRequest, LeaveSession, RemovalProposal
from academy.attendance.rules import ConversionState, LeaveState, ProposalState
from academy.core.text import N_, Text
from academy.core.wording import hours_from_minutes
from academy.people.models import Learner
from academy.reports.rules.worklist import WorkItem, WorkKind
from academy.sites.models import TeachingSite
from academy.timetable.models import ClassSession, TrainingClass

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
DECIDE_WITHIN = timedelta(days=3)
CONVERT_WITHIN = timedelta(days=7)
_CLASS = (TrainingClass.code, TrainingClass.title_zh.label("class_title"), TeachingSite.name_zh.label("site"))


def _with_class(query: AnySelect, class_id: Any) -> AnySelect:
    return query.join(TrainingClass, TrainingClass.id == class_id).join(TeachingSite, TeachingSite.id == TrainingClass.site_id)


def leave(_now: datetime) -> AnySelect:
    """Requests for leave that nobody has answered."""
    first, count = func.min(ClassSession.starts_at).label("first"), func.count(ClassSession.id).label("sessions")
    query = select(*_CLASS, LeaveRequest.code.label("request"), LeaveRequest.requested_at, Learner.name_zh, first, count)
    query = _with_class(query, LeaveRequest.class_id).join(Learner, Learner.id == LeaveRequest.learner_id)
    query = query.join(LeaveSession, LeaveSession.request_id == LeaveRequest.id)
    query = query.join(ClassSession, ClassSession.id == LeaveSession.session_id)
    waiting = query.where(LeaveRequest.state == LeaveState.PENDING)
    return waiting.group_by(*_CLASS, LeaveRequest.code, LeaveRequest.requested_at, Learner.name_zh)


def leave_item(row: AnyRow) -> WorkItem:
    """A request as an entry."""
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=Text(N_("%(name)s请假 %(sessions)s 节课"), name=row.name_zh, sessions=row.sessions),
        detail=row.class_title,
        sign="wait",
        state=N_("待批假"),
        since=row.requested_at,
        due=row.first,
        action=N_("批假"),
        endpoint="attendance.leave_request",
        values={"request_code": row.request},
        class_code=row.code,
        place=row.site,
    )


def removals(_now: datetime) -> AnySelect:
    """Leave beyond the limit: a person decides."""
    query = select(*_CLASS, Learner.name_zh, RemovalProposal.limit_share, RemovalProposal.proposed_at)
    query = _with_class(query, RemovalProposal.class_id).join(Learner, Learner.id == RemovalProposal.learner_id)
    return query.where(RemovalProposal.state == ProposalState.OPEN).order_by(RemovalProposal.id)


def removal_item(row: AnyRow) -> WorkItem:
    """A proposal as an entry."""
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=Text(N_("%(name)s请假超过总学时的 %(limit)s，建议移出"), name=row.name_zh, limit=row.limit_share),
        detail=Text(N_("干部班“%(title)s”，系统不会自动移出"), title=row.class_title),
        sign="wait",
        state=N_("待决定"),
        since=row.proposed_at,
        due=row.proposed_at + DECIDE_WITHIN,
        action=N_("去决定"),
        endpoint="attendance.overview",
        values={"code": row.code},
        class_code=row.code,
        place=row.site,
    )


def conversions(_now: datetime) -> AnySelect:
    """Conversions that nobody has judged."""
    query = select(
        HoursConversion.code,
        HoursConversion.title_zh,
        HoursConversion.minutes,
        HoursConversion.applied_by,
        HoursConversion.applied_at,
    )
    return query.where(HoursConversion.state == ConversionState.APPLIED)


def conversion_item(row: AnyRow) -> WorkItem:
    """A conversion as an entry."""
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=Text(N_("折算申请：%(title)s"), title=row.title_zh),
        detail=Text(N_("%(hours)s 学时，%(name)s 提出"), hours=hours_from_minutes(row.minutes), name=row.applied_by),
        sign="wait",
        state=N_("待审核"),
        since=row.applied_at,
        due=row.applied_at + CONVERT_WITHIN,
        action=N_("审核"),
        endpoint="attendance.conversion",
        values={"code": row.code},
    )
