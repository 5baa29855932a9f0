"""What waits about instructors: needs without an answer, papers that end or are to be checked, proposals to appoint."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, or_, select

from academy.core.clock import TZ, today
from academy.core.text import N_, Text
from academy.people.models import Instructor, InstructorAppointment, InstructorQualification
from academy.people.rules import EXPIRING_DAYS, AppointmentState, QualificationState
from academy.reports.rules.worklist import WorkItem, WorkKind
from academy.sites.models import TeachingSite
from academy.timetable.models import NeedCandidate, TeachingNeed, TrainingClass
from academy.timetable.rules import CandidateState, NeedState

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
CHECK_WITHIN = timedelta(days=5)
_Q = InstructorQualification
_PAPER = (Instructor.code, Instructor.name_zh, _Q.name_zh.label("paper"), _Q.expires_on, _Q.submitted_at, _Q.state)


def needs_open(_now: datetime) -> AnySelect:
    """Needs that nobody has been assigned to, with how many are willing."""
    willing = (
        select(func.count(NeedCandidate.id))
        .where(NeedCandidate.need_id == TeachingNeed.id)
        .where(NeedCandidate.state.in_([CandidateState.APPLIED, CandidateState.ACCEPTED]))
        .scalar_subquery()
    )
    query = (
        select(
            TeachingNeed.code.label("need"),
            TeachingNeed.opened_at,
            TeachingNeed.deadline_at,
            willing.label("willing"),
            TrainingClass.code,
            TrainingClass.title_zh.label("class_title"),
            TeachingSite.name_zh.label("site"),
        )
        .join(TrainingClass, TrainingClass.id == TeachingNeed.class_id)
        .join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
    )
    return query.where(TeachingNeed.state == NeedState.OPEN).order_by(TeachingNeed.deadline_at, TeachingNeed.id)


def need_item(row: AnyRow) -> WorkItem:
    """A need as an entry."""
    answered = Text(N_("%(count)s 人愿意来，等派定"), count=row.willing) if row.willing else N_("授课需求还没有人应")
    return WorkItem(
        kind=WorkKind.TEACHING,
        title=answered,
        detail=row.class_title,
        sign="wait",
        state=N_("待派定"),
        since=row.opened_at,
        due=row.deadline_at,
        action=N_("去派定"),
        endpoint="timetable.need",
        values={"code": row.need},
        class_code=row.code,
        place=row.site,
    )


def papers(now: datetime) -> AnySelect:
    """Current qualifications that end soon or have ended, and those that nobody has checked yet."""
    successor = select(_Q.supersedes_id).where(_Q.supersedes_id.is_not(None), _Q.state == QualificationState.CHECKED)
    last = today(now) + timedelta(days=EXPIRING_DAYS)
    ending = (_Q.state == QualificationState.CHECKED) & _Q.id.not_in(successor) & (_Q.expires_on <= last)
    query = select(*_PAPER, (_Q.expires_on >= today(now)).label("still")).join(Instructor, Instructor.id == _Q.instructor_id)
    return query.where(or_(_Q.state == QualificationState.SUBMITTED, ending)).order_by(_Q.expires_on, _Q.id)


def paper_item(row: AnyRow) -> WorkItem:
    """A paper as an entry: to check, to renew soon, or expired."""
    if row.state is QualificationState.SUBMITTED:
        words, detail, sign, state = N_("%(name)s登记的资格等核验"), row.paper, "wait", N_("待核验")
        due, action = row.submitted_at + CHECK_WITHIN, N_("核验")
    else:
        words = N_("%(name)s的资格快到期了") if row.still else N_("%(name)s的资格已过期")
        detail = Text(N_("%(paper)s，%(day)s 到期"), paper=row.paper, day=row.expires_on)
        sign, state, action = "wait" if row.still else "no", N_("待换证"), N_("去看")
        due = datetime.combine(row.expires_on + timedelta(days=1), time(), TZ).astimezone(UTC)
    return WorkItem(
        kind=WorkKind.TEACHING,
        title=Text(words, name=row.name_zh),
        detail=detail,
        sign=sign,
        state=state,
        since=row.submitted_at,
        due=due,
        action=action,
        endpoint="people.pool_instructor",
        values={"code": row.code},
    )


def proposals(_now: datetime) -> AnySelect:
    """Proposals to appoint that wait for the second person."""
    query = select(
        Instructor.code,
        Instructor.name_zh,
        InstructorAppointment.position_zh,
        InstructorAppointment.proposed_by,
        InstructorAppointment.proposed_at,
    ).join(Instructor, Instructor.id == InstructorAppointment.instructor_id)
    return query.where(InstructorAppointment.state == AppointmentState.PROPOSED).order_by(InstructorAppointment.proposed_at)


def proposal_item(row: AnyRow) -> WorkItem:
    """A proposal as an entry."""
    return WorkItem(
        kind=WorkKind.TEACHING,
        title=Text(N_("拟聘%(name)s为%(position)s"), name=row.name_zh, position=row.position_zh),
        detail=Text(N_("%(name)s 提出，等另一位管理员批准"), name=row.proposed_by),
        sign="wait",
        state=N_("待批准"),
        since=row.proposed_at,
        due=row.proposed_at + CHECK_WITHIN,
        action=N_("去批准"),
        endpoint="people.pool_instructor",
        values={"code": row.code},
    )
