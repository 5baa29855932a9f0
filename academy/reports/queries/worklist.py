"""What waits, read from all domains. One statement a kind; the navigation's number is one statement in all."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, select

from academy.attendance.models import AttendanceMark
from academy.certificates.models import CertificateBatch
from academy.certificates.rules import BatchState
from academy.core.clock import TZ
from academy.core.db import db
from academy.core.outbox import OutboxRow, OutboxState
from academy.core.text import N_, Text
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import EnrollmentState
from academy.exams.models import ExamImport, ExamSitting
from academy.exams.rules.kinds import ImportState, SittingState
from academy.notifications.models import Message
from academy.notifications.rules import NEEDS_A_PERSON, Channel
from academy.people.models import RosterImport, RosterState
from academy.reports.queries import worklist_changes as corrections
from academy.reports.queries import worklist_marking as marking
from academy.reports.queries import worklist_people as people
from academy.reports.queries import worklist_pool as pool
from academy.reports.queries.closed_places import closed_places
from academy.reports.rules.worklist import WorkItem, WorkKind
from academy.scoring.models import ResultList
from academy.scoring.rules import ResultState
from academy.sites.models import TeachingSite
from academy.timetable.models import ClassSession, TrainingClass
from academy.timetable.rules import ClassState, SessionState

MOST_ROWS = 300  # of one kind; the tiles say how many there are in all
MARK_WITHIN = timedelta(days=1)
SCORE_WITHIN = timedelta(days=3)
_CLASS = (TrainingClass.code, TrainingClass.title_zh.label("class_title"), TeachingSite.name_zh.label("site"))
AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
Source: TypeAlias = tuple[Callable[[datetime], AnySelect], Callable[[AnyRow], WorkItem]]


def _with_class(query: AnySelect, class_id: Any) -> AnySelect:
    return query.join(TrainingClass, TrainingClass.id == class_id).join(TeachingSite, TeachingSite.id == TrainingClass.site_id)


def _submitted(_now: datetime) -> AnySelect:
    query = select(*_CLASS, TrainingClass.seats, TrainingClass.starts_on, TrainingClass.submitted_at, TrainingClass.created_at)
    query = query.join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
    return query.where(TrainingClass.state == ClassState.SUBMITTED).order_by(TrainingClass.starts_on)


def _submitted_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=row.class_title,
        detail=Text(N_("%(day)s 开班，%(seats)s 席"), day=row.starts_on, seats=row.seats),
        sign="wait",
        state=N_("待审批"),
        since=row.submitted_at or row.created_at,
        due=datetime.combine(row.starts_on, time(), TZ).astimezone(UTC) - timedelta(days=7),
        action=N_("审批"),
        endpoint="timetable.manage_class",
        values={"code": row.code},
        class_code=row.code,
        place=row.site,
    )


def _applied(_now: datetime) -> AnySelect:
    count, first = func.count(Enrollment.id).label("people"), func.min(Enrollment.applied_at).label("first")
    query = _with_class(select(*_CLASS, TrainingClass.enroll_closes_at, count, first), Enrollment.class_id)
    query = query.where(Enrollment.state.in_((EnrollmentState.APPLIED, EnrollmentState.UNIT_APPROVED)))
    return query.group_by(*_CLASS, TrainingClass.enroll_closes_at)


def _applied_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=Text(N_("%(people)s 人报名等审核"), people=row.people),
        detail=row.class_title,
        sign="wait",
        state=N_("待审批"),
        since=row.first,
        due=row.enroll_closes_at,
        action=N_("审核"),
        endpoint="enrollment.review",
        values={"code": row.code},
        class_code=row.code,
        place=row.site,
    )


def _unmarked(now: datetime) -> AnySelect:
    marked = (
        select(func.count(AttendanceMark.id))
        .where(AttendanceMark.session_id == ClassSession.id, AttendanceMark.is_current)
        .scalar_subquery()
    )
    query = select(
        *_CLASS,
        ClassSession.seq,
        ClassSession.title_zh,
        ClassSession.ends_at,
        TrainingClass.admitted_count,
        marked.label("marked"),
    )
    query = _with_class(query, ClassSession.class_id)
    states = (ClassState.RUNNING, ClassState.CLOSED)
    return query.where(
        TrainingClass.state.in_(states),
        ClassSession.state == SessionState.PLANNED,
        ClassSession.ends_at < now,
        marked < TrainingClass.admitted_count,
    ).order_by(ClassSession.ends_at)


def _unmarked_item(row: AnyRow) -> WorkItem:
    missing = row.admitted_count - row.marked
    return WorkItem(
        kind=WorkKind.ATTENDANCE,
        title=Text(N_("第 %(seq)s 节还有 %(missing)s 人没有记考勤"), seq=row.seq, missing=missing),
        detail=Text(N_("%(session)s，%(title)s"), session=row.title_zh, title=row.class_title),
        sign="wait",
        state=N_("待记录"),
        since=row.ends_at,
        due=row.ends_at + MARK_WITHIN,
        action=N_("去记"),
        endpoint="attendance.roster",
        values={"code": row.code, "seq": str(row.seq)},
        class_code=row.code,
        place=row.site,
    )


def _unscored(now: datetime) -> AnySelect:
    query = select(*_CLASS, ExamSitting.code.label("sitting"), ExamSitting.title_zh, ExamSitting.closes_at)
    query = _with_class(query, ExamSitting.class_id)
    scored = select(ResultList.id).where(ResultList.sitting_id == ExamSitting.id).exists()
    return query.where(ExamSitting.state != SittingState.CANCELLED, ExamSitting.closes_at < now, ~scored)


def _unscored_item(row: AnyRow) -> WorkItem:
    return _exam_item(row, N_("考试结束，还没有评分"), "wait", N_("待评分"), row.closes_at, N_("去评分"))


def _unreleased(_now: datetime) -> AnySelect:
    query = select(
        *_CLASS,
        ExamSitting.code.label("sitting"),
        ExamSitting.title_zh,
        ResultList.state,
        ResultList.count.label("people"),
        ResultList.scored_by,
        ResultList.scored_at,
        ResultList.confirmed_at,
    ).join(ExamSitting, ExamSitting.id == ResultList.sitting_id)
    query = _with_class(query, ExamSitting.class_id)
    newer = ResultList.__table__.alias("newer")
    latest = select(func.max(newer.c.version)).where(newer.c.sitting_id == ResultList.sitting_id).scalar_subquery()
    waiting = ResultList.state.in_([ResultState.PROVISIONAL, ResultState.CONFIRMED])
    return query.where(waiting, ResultList.version == latest)


def _unreleased_item(row: AnyRow) -> WorkItem:
    if row.state is ResultState.PROVISIONAL:
        words = Text(N_("%(people)s 人的成绩等第二人确认，评分人 %(name)s"), people=row.people, name=row.scored_by)
        return _exam_item(row, words, "wait", N_("待确认"), row.scored_at, N_("核对"))
    words = Text(N_("%(people)s 人的成绩已确认，等发布"), people=row.people)
    return _exam_item(row, words, "wait", N_("待发布"), row.confirmed_at, N_("发布"))


def _exam_item(row: AnyRow, title: Text | str, sign: str, state: str, since: datetime, action: str) -> WorkItem:
    return WorkItem(
        kind=WorkKind.RESULTS,
        title=title,
        detail=row.title_zh,
        sign=sign,
        state=state,
        since=since,
        due=since + SCORE_WITHIN,
        action=action,
        endpoint="scoring.sitting",
        values={"code": row.sitting},
        class_code=row.code,
        place=row.site,
    )


def _batches(_now: datetime) -> AnySelect:
    query = select(
        *_CLASS,
        CertificateBatch.code.label("batch"),
        CertificateBatch.total,
        CertificateBatch.prepared_by,
        CertificateBatch.prepared_at,
    )
    return _with_class(query, CertificateBatch.class_id).where(CertificateBatch.state == BatchState.PREPARED)


def _batch_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.RESULTS,
        title=Text(N_("%(count)s 张证书等第二人确认"), count=row.total),
        detail=Text(N_("第一人 %(name)s，%(title)s"), name=row.prepared_by, title=row.class_title),
        sign="wait",
        state=N_("待确认"),
        since=row.prepared_at,
        due=row.prepared_at + SCORE_WITHIN,
        action=N_("核对"),
        endpoint="certificates.batch",
        values={"code": row.batch},
        class_code=row.code,
        place=row.site,
    )


def _roster_imports(_now: datetime) -> AnySelect:
    query = select(RosterImport.code, RosterImport.file_name, RosterImport.uploaded_by, RosterImport.uploaded_at)
    return query.where(RosterImport.state == RosterState.PREVIEWED)


def _roster_item(row: AnyRow) -> WorkItem:
    return _import_item(row, N_("花名册看过了，还没有决定导入"), "people.roster")


def _exam_imports(_now: datetime) -> AnySelect:
    query = select(ExamImport.code, ExamImport.file_name, ExamImport.uploaded_by, ExamImport.uploaded_at)
    return query.where(ExamImport.state == ImportState.PREVIEWED)


def _exam_import_item(row: AnyRow) -> WorkItem:
    return _import_item(row, N_("题目或答卷看过了，还没有决定导入"), "exams.preview")


def _import_item(row: AnyRow, title: str, endpoint: str) -> WorkItem:
    return WorkItem(
        kind=WorkKind.APPROVE,
        title=title,
        detail=Text(N_("%(file)s，%(name)s 上传"), file=row.file_name, name=row.uploaded_by),
        sign="draft",
        state=N_("待决定"),
        since=row.uploaded_at,
        due=None,
        action=N_("去看"),
        endpoint=endpoint,
        values={"code": row.code},
    )


def _lost_messages(_now: datetime) -> AnySelect:
    query = select(
        Message.reason,
        func.max(Message.answer).label("answer"),
        func.count(Message.id).label("people"),
        func.min(Message.changed_at).label("since"),
    )
    lost = query.where(Message.channel == Channel.EMAIL, Message.state.in_(NEEDS_A_PERSON))
    return lost.group_by(Message.reason)


def _lost_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.LOST,
        title=Text(N_("%(people)s 封邮件没有送到"), people=row.people),
        detail=Text(N_("事由 %(reason)s；%(answer)s"), reason=row.reason, answer=Text(row.answer) if row.answer else ""),
        sign="lost",
        state=N_("未送达"),
        since=row.since,
        due=row.since + MARK_WITHIN,
        action=N_("去处理"),
        endpoint="notifications.manage",
        values={"group": "lost", "q": row.reason},
    )


def _failed_rows(_now: datetime) -> AnySelect:
    query = select(OutboxRow.id, OutboxRow.subscriber, OutboxRow.last_error, OutboxRow.created_at)
    return query.where(OutboxRow.state == OutboxState.FAILED).order_by(OutboxRow.id)


def _failed_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.LOST,
        title=Text(N_("后台任务 %(name)s 没有做成"), name=row.subscriber),
        detail=row.last_error[:200],
        sign="lost",
        state=N_("失败"),
        since=row.created_at,
        due=None,
        action=N_("再做一次"),
        endpoint="reports.worklist",
        retry_id=row.id,
    )


def _closed(now: datetime) -> AnySelect:
    return closed_places(now)


def _closed_item(row: AnyRow) -> WorkItem:
    return WorkItem(
        kind=WorkKind.TIMETABLE,
        title=Text(N_("%(where)s停用，%(count)s 次课要另排"), where=row.room or row.site, count=row.sessions),
        detail=Text(N_("%(reason)s，第一次课在 %(day)s"), reason=row.reason, day=row.first),
        sign="wait",
        state=N_("待另排"),
        since=row.created_at,
        due=row.first,
        action=N_("去另排"),
        endpoint="timetable.closure",
        values={"code": row.code},
        place=row.site,
    )


SOURCES: dict[WorkKind, tuple[Source, ...]] = {
    WorkKind.APPROVE: (
        (_submitted, _submitted_item),
        (_applied, _applied_item),
        (people.leave, people.leave_item),
        (people.removals, people.removal_item),
        (_roster_imports, _roster_item),
        (_exam_imports, _exam_import_item),
        (people.conversions, people.conversion_item),
    ),
    WorkKind.TIMETABLE: ((_closed, _closed_item),),
    WorkKind.ATTENDANCE: ((_unmarked, _unmarked_item),),
    WorkKind.RESULTS: (
        (_unscored, _unscored_item),
        (_unreleased, _unreleased_item),
        (corrections.changes, corrections.change_item),
        (_batches, _batch_item),
        *marking.SOURCES,
    ),
    WorkKind.TEACHING: (
        (pool.needs_open, pool.need_item),
        (pool.papers, pool.paper_item),
        (pool.proposals, pool.proposal_item),
    ),
    WorkKind.LOST: ((_lost_messages, _lost_item), (_failed_rows, _failed_item)),
}


def waiting(kinds: Iterable[WorkKind], now: datetime) -> list[WorkItem]:
    """Everything that waits, of these kinds."""
    return [
        as_item(row)
        for kind in kinds
        for query, as_item in SOURCES[kind]
        for row in db.session.execute(query(now).limit(MOST_ROWS))
    ]


def waiting_count(kinds: Iterable[WorkKind], now: datetime) -> int:
    """How many things wait, in one statement."""
    counts = [
        select(func.count()).select_from(query(now).order_by(None).subquery()).scalar_subquery()
        for kind in kinds
        for query, _ in SOURCES[kind]
    ]
    if not counts:
        return 0
    return sum(db.session.execute(select(*counts)).one())
