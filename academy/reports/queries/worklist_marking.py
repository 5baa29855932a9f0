"""What waits about marking by people: to arrange it, what is late, what nobody has, and appeals to decide."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, select

from academy.core.text import N_, Text
from academy.exams.models import Attempt, ExamSitting, PaperItem
from academy.exams.rules.kinds import FINISHED, QuestionKind, SittingState
from academy.reports.rules.worklist import WorkItem, WorkKind
from academy.scoring.models import Appeal, MarkingPlan, Script, ScriptMark
from academy.scoring.rules.appeals import AppealState
from academy.scoring.rules.marking import ScriptState, TaskState
from academy.sites.models import TeachingSite
from academy.timetable.models import TrainingClass

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
ARRANGE_WITHIN, DECIDE_WITHIN = timedelta(days=2), timedelta(days=5)
_SITTING = (
    TrainingClass.code,
    TeachingSite.name_zh.label("site"),
    ExamSitting.code.label("sitting"),
    ExamSitting.title_zh,
    ExamSitting.closes_at,
)


def _with_class(query: AnySelect) -> AnySelect:
    found = query.join(TrainingClass, TrainingClass.id == ExamSitting.class_id)
    return found.join(TeachingSite, TeachingSite.id == TrainingClass.site_id)


def unarranged(now: datetime) -> AnySelect:
    """Sittings that have ended, with essays that were handed in and nobody to mark them."""
    essays = select(PaperItem.id).where(
        PaperItem.paper_id == ExamSitting.paper_id, PaperItem.kind.in_((QuestionKind.ESSAY, QuestionKind.CASE))
    )
    handed_in = select(Attempt.id).where(Attempt.sitting_id == ExamSitting.id, Attempt.state.in_(FINISHED))
    planned = select(MarkingPlan.id).where(MarkingPlan.sitting_id == ExamSitting.id)
    query = _with_class(select(*_SITTING).select_from(ExamSitting))
    ended = query.where(ExamSitting.state != SittingState.CANCELLED, ExamSitting.closes_at < now)
    return ended.where(essays.exists(), handed_in.exists(), ~planned.exists())


def unarranged_item(row: AnyRow) -> WorkItem:
    """A sitting whose marking waits to be arranged."""
    return _item(
        row, N_("有论述题要评，还没有安排阅卷"), N_("待安排"), row.closes_at, row.closes_at + ARRANGE_WITHIN, N_("去安排")
    )


def overdue(now: datetime) -> AnySelect:
    """Scripts whose markers have let the deadline pass, by sitting."""
    count, first = func.count(ScriptMark.id).label("scripts"), func.min(ScriptMark.due_at).label("first")
    query = select(*_SITTING, count, first).select_from(ScriptMark).join(Script, Script.id == ScriptMark.script_id)
    query = _with_class(query.join(ExamSitting, ExamSitting.id == Script.sitting_id))
    return query.where(ScriptMark.state == TaskState.OPEN, ScriptMark.due_at < now).group_by(*_SITTING)


def overdue_item(row: AnyRow) -> WorkItem:
    """What is late in the marking of a sitting."""
    words = Text(N_("%(count)s 份答卷过了期限还没评"), count=row.scripts)
    return _item(row, words, N_("超期"), row.first, row.first, N_("催办或改派"))


def unheld(_now: datetime) -> AnySelect:
    """Scripts that wait and that nobody has to mark, by sitting."""
    held = select(ScriptMark.id).where(ScriptMark.script_id == Script.id, ScriptMark.state == TaskState.OPEN)
    query = select(*_SITTING, func.count(Script.id).label("scripts")).select_from(Script)
    query = _with_class(query.join(ExamSitting, ExamSitting.id == Script.sitting_id))
    return query.where(Script.state != ScriptState.SETTLED, ~held.exists()).group_by(*_SITTING)


def unheld_item(row: AnyRow) -> WorkItem:
    """Scripts that need one more person."""
    words = Text(N_("%(count)s 份答卷没有人可派"), count=row.scripts)
    return _item(row, words, N_("缺人"), row.closes_at, row.closes_at + DECIDE_WITHIN, N_("加阅卷人"))


def appeals(_now: datetime) -> AnySelect:
    """Appeals that nobody has decided."""
    query = select(*_SITTING, Appeal.code.label("appeal"), Appeal.position, Appeal.filed_at).select_from(Appeal)
    query = _with_class(query.join(ExamSitting, ExamSitting.id == Appeal.sitting_id))
    return query.where(Appeal.state == AppealState.FILED).order_by(Appeal.filed_at, Appeal.id)


def appeal_item(row: AnyRow) -> WorkItem:
    """An appeal as an entry."""
    return WorkItem(
        kind=WorkKind.RESULTS,
        title=Text(N_("第 %(position)s 题的申诉等处理"), position=row.position),
        detail=row.title_zh,
        sign="wait",
        state=N_("待决定"),
        since=row.filed_at,
        due=row.filed_at + DECIDE_WITHIN,
        action=N_("去决定"),
        endpoint="scoring.appeal_case",
        values={"code": row.appeal},
        class_code=row.code,
        place=row.site,
    )


def _item(row: AnyRow, title: Text | str, state: str, since: datetime, due: datetime, action: str) -> WorkItem:
    return WorkItem(
        kind=WorkKind.RESULTS,
        title=title,
        detail=row.title_zh,
        sign="wait",
        state=state,
        since=since,
        due=due,
        action=action,
        endpoint="scoring.board",
        values={"code": row.sitting},
        class_code=row.code,
        place=row.site,
    )


SOURCES = ((unarranged, unarranged_item), (overdue, overdue_item), (unheld, unheld_item), (appeals, appeal_item))
