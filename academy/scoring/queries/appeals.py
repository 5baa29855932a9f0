"""Reading appeals and what holds for them."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.core.verdict import Check
from academy.exams import queries as exams
from academy.scoring.models import Appeal, AppealSetting, Result, Script
from academy.scoring.queries.marking import criteria_of, marking_item, marks_of_script
from academy.scoring.rules.appeals import AppealState
from academy.scoring.rules.marking import Agreement, How, TaskState, settle
from academy.scoring.rules.marks import ZERO
from academy.scoring.rules.results import ResultState


def find_appeal_setting(sitting_id: int) -> AppealSetting | None:
    """What holds now for the appeals of a sitting, None before anything was set."""
    query = select(AppealSetting).where(AppealSetting.sitting_id == sitting_id).order_by(AppealSetting.version.desc())
    return db.session.scalars(query.limit(1)).one_or_none()


def appeal_settings_of(sitting_id: int) -> list[AppealSetting]:
    """Every version of a sitting's terms, newest first."""
    query = select(AppealSetting).where(AppealSetting.sitting_id == sitting_id).order_by(AppealSetting.version.desc())
    return list(db.session.scalars(query))


def setting_of(appeal: Appeal) -> AppealSetting:
    """The terms under which an appeal was filed."""
    return db.session.get_one(AppealSetting, appeal.setting_id)


def get_appeal(code: str) -> Appeal:
    """An appeal by its code. Raises NotFound."""
    found = db.session.scalars(select(Appeal).where(Appeal.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def appeal_by_id(appeal_id: int) -> Appeal:
    """An appeal by id. Raises NotFound."""
    found = db.session.get(Appeal, appeal_id)
    if found is None:
        raise NotFound
    return found


def appeals_of_attempt(attempt_id: int) -> list[Appeal]:
    """A candidate's appeals in the order in which they were filed."""
    return list(db.session.scalars(select(Appeal).where(Appeal.attempt_id == attempt_id).order_by(Appeal.number)))


def appeals(states: Iterable[AppealState] | None = None, sitting_id: int | None = None) -> list[Appeal]:
    """Appeals, those that wait longest first."""
    query = select(Appeal)
    if states is not None:
        query = query.where(Appeal.state.in_(list(states)))
    if sitting_id is not None:
        query = query.where(Appeal.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(Appeal.filed_at, Appeal.id)))


def appeal_counts() -> dict[AppealState, int]:
    """How many appeals stand where."""
    return dict(db.session.execute(select(Appeal.state, func.count()).group_by(Appeal.state)).all())


def script_of(attempt_id: int, position: int) -> Script | None:
    """The script of an answer, None where nobody marks."""
    return db.session.scalars(select(Script).where(Script.attempt_id == attempt_id, Script.position == position)).one_or_none()


def newest_released_result(sitting_id: int, attempt_id: int) -> Result:
    """The marks that a candidate has now. Raises NotFound."""
    query = select(Result).where(Result.sitting_id == sitting_id, Result.attempt_id == attempt_id)
    found = db.session.scalars(
        query.where(Result.state == ResultState.RELEASED).order_by(Result.version.desc()).limit(1)
    ).first()
    if found is None:
        raise NotFound
    return found


def registered_mark(result: Result, position: int) -> Decimal:
    """What a result says of one position of its paper. Raises NotFound."""
    paper_id = exams.sitting_by_id(result.sitting_id).paper_id
    places = [item.position for item in exams.paper_items(paper_id)]
    if position not in places:
        raise NotFound
    return Decimal(result.item_marks[places.index(position)])


def checks_of(appeal: Appeal) -> list[Check]:
    """Whether anything was missed, added or entered wrongly: what the system can see by itself."""
    result = newest_released_result(appeal.sitting_id, appeal.attempt_id)
    found = []
    script = script_of(appeal.attempt_id, appeal.position)
    if script is not None:
        found += _script_checks(script)
    registered = registered_mark(result, appeal.position)
    if script is not None and script.mark is not None:
        words = {"registered": _plain(registered), "mark": _plain(script.mark)}
        found.append(
            _check("registration", registered == script.mark, N_("登分：成绩里 %(registered)s 分，评阅 %(mark)s 分"), **words)
        )
    total = sum((Decimal(mark) for mark in result.item_marks), ZERO)
    words = {"sum": _plain(total), "total": _plain(result.total)}
    found.append(_check("total", total == result.total, N_("总分：各题之和 %(sum)s 分，成绩 %(total)s 分"), **words))
    return found


def _script_checks(script: Script) -> list[Check]:
    item = marking_item(script.sitting_id, script.position)
    ids = {one.id for one in criteria_of(item)}
    given = [mark for mark in marks_of_script(script.id) if mark.state is TaskState.GIVEN and mark.round < 5]
    missed = sum(not ids <= set(mark.marks or {}) for mark in given)
    wrong = sum(sum(map(Decimal, (mark.marks or {}).values()), ZERO) != mark.total for mark in given)
    rule = Agreement(item.mode, item.tolerance, item.tie)
    again = settle(rule, {mark.round: mark.total for mark in given if mark.total is not None}).mark
    is_right = script.mark == (ZERO if script.how is How.BLANK else again)
    return [
        _check("missed", not missed, N_("漏评：%(count)s 次评阅，缺评分项的 %(missed)s 次"), count=len(given), missed=missed),
        _check(
            "addition",
            not wrong,
            N_("加分：%(count)s 次评阅，各项之和不等于总分的 %(wrong)s 次"),
            count=len(given),
            wrong=wrong,
        ),
        _check("rule", is_right, N_("合成：按评法重算是 %(mark)s 分"), mark=_plain(again or ZERO)),
    ]


def _check(code: str, holds: bool, words: str, **params: str | int) -> Check:  # noqa: FBT001 - the fact itself
    return Check(code, "ok" if holds else "no", Text(words, **params))


def _plain(mark: Decimal) -> str:
    return f"{mark.normalize():f}"
