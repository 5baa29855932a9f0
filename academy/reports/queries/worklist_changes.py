"""Corrections of results that wait for a second person, to be committed or undone."""

from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, select

from academy.core.text import N_, Text
from academy.exams.models import ExamSitting
from academy.reports.rules.worklist import WorkItem, WorkKind
from academy.scoring.models import ResultChange
from academy.scoring.rules import ChangeState
from academy.sites.models import TeachingSite
from academy.timetable.models import TrainingClass

AnySelect: TypeAlias = "Select[*tuple[Any, ...]]"
AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
DECIDE_WITHIN = timedelta(days=3)


def changes(_now: Any) -> AnySelect:
    """Decisions that somebody proposed."""
    query = select(
        TrainingClass.code,
        TeachingSite.name_zh.label("site"),
        ExamSitting.code.label("sitting"),
        ExamSitting.title_zh,
        ResultChange.code.label("change"),
        ResultChange.state,
        ResultChange.reason,
        func.coalesce(ResultChange.undo_proposed_by, "").label("undo_by"),
        ResultChange.proposed_by,
        func.coalesce(ResultChange.undo_proposed_at, ResultChange.proposed_at).label("since"),
    )
    query = query.join(ExamSitting, ExamSitting.id == ResultChange.sitting_id)
    query = query.join(TrainingClass, TrainingClass.id == ExamSitting.class_id)
    query = query.join(TeachingSite, TeachingSite.id == TrainingClass.site_id)
    return query.where(ResultChange.state.in_([ChangeState.PROPOSED, ChangeState.UNDO_PROPOSED]))


def change_item(row: AnyRow) -> WorkItem:
    """A decision as an entry."""
    is_undo = row.state is ChangeState.UNDO_PROPOSED
    words = N_("撤销一项成绩更正等第二人决定，提出人 %(name)s") if is_undo else N_("成绩更正等第二人决定，提出人 %(name)s")
    return WorkItem(
        kind=WorkKind.RESULTS,
        title=Text(words, name=row.undo_by if is_undo else row.proposed_by),
        detail=Text(N_("%(title)s：%(reason)s"), title=row.title_zh, reason=row.reason),
        sign="wait",
        state=N_("待决定"),
        since=row.since,
        due=row.since + DECIDE_WITHIN,
        action=N_("看影响"),
        endpoint="scoring.change",
        values={"code": row.sitting, "change": row.change},
        class_code=row.code,
        place=row.site,
    )
