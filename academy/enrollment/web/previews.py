"""Staff: one preview of an allocation: counts, cut-offs, what has changed, everybody with her reasons, as Excel too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import allow, current_actor
from academy.core.clock import local, now
from academy.core.errors import NotFound
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.core.verdict import Verdict
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries import rounds as reads
from academy.enrollment.queries.choices import AllocationPreview, AllocationRow
from academy.enrollment.queries.rounds import ChoiceRound
from academy.enrollment.rules.explaining import compare
from academy.enrollment.rules.rounds import (
    MOST_CHOICES,
    RANK_WORDS,
    ROW_SIGNS,
    ROW_WORDS,
    PreviewState,
    criterion_text,
    figure_text,
)
from academy.enrollment.web import blueprint
from academy.enrollment.web.rounds import READERS
from academy.people.queries import PlainLearner
from academy.timetable.queries import TrainingClass
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
MOST_CHANGES = 50  # shown by name
RESULTS = ("1", "2", "3", "none", "line")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A preview with everything that its page and its workbook show."""

    found: ChoiceRound
    preview: AllocationPreview
    rows: list[AllocationRow]
    learners: Mapping[int, PlainLearner]
    units: Mapping[int, Any]
    classes: Mapping[int, TrainingClass]

    def unit_name(self, row: AllocationRow) -> str:
        """An applicant's unit, registered or as written."""
        unit = self.units.get(row.organization_id or 0)
        return unit.name_zh if unit else self.learners[row.learner_id].unit_zh

    def why(self, row: AllocationRow) -> Verdict:
        """Her verdict, choice by choice."""
        titles = {one.id: one.title_zh for one in self.classes.values()}
        return queries.explain_allocation(self.preview, row, self.found, titles)

    def short_reason(self, row: AllocationRow) -> Text | None:
        """Why somebody did not get her first choice, or what went otherwise than planned."""
        if row.problem_text is not None:
            return row.problem_text
        unmet = [check for check in self.why(row).checks if check.state == "no"] if row.rank != 1 else []
        return unmet[0].record if unmet else None


def _sheet(code: str, preview: str) -> Sheet:
    found, one = reads.get_round(code), queries.get_preview(preview)
    if one.round_id != found.id:
        raise NotFound
    rows = queries.rows_of(one.id)
    return Sheet(
        found=found,
        preview=one,
        rows=rows,
        learners=queries.learners_of_preview(one.id),
        units=accounts.organizations_by_ids({row.organization_id for row in rows if row.organization_id}),
        classes={found.id: found for found in queries.classes_of_round(found)},
    )


@blueprint.get("/manage/rounds/<code>/previews/<preview>")
@allow(*READERS)
def preview(code: str, preview: str) -> ResponseReturnValue:
    """Who gets what, the counts, the last one admitted to each class, and the differences from the preview before."""
    sheet = _sheet(code, preview)
    rows = _wanted(sheet)
    page = page_of(request.args.get("page"))
    start = page.offset(PER_PAGE)
    actor = current_actor()
    return render_template(
        "enrollment/preview.html",
        sheet=sheet,
        found=sheet.found,
        preview=sheet.preview,
        shown=rows[start : start + PER_PAGE],
        total=len(rows),
        page=page,
        pages=page.count(len(rows), PER_PAGE),
        per_page=PER_PAGE,
        changes=_changes(sheet),
        cutoffs={one["class_id"]: _figures(sheet.found, one["last"]) for one in sheet.preview.summary["classes"]},
        is_mine=actor.user_id is not None and actor.user_id == sheet.preview.prepared_by_id,
        may_manage=can_manage_enrollments(actor),
        phase=sheet.found.phase(now()),
        button=EmptyForm(),
        results=RESULTS,
        PreviewState=PreviewState,
        rank_words=RANK_WORDS,
        row_words=ROW_WORDS,
        row_signs=ROW_SIGNS,
        Text=Text,
    )


def _wanted(sheet: Sheet) -> list[AllocationRow]:
    """The rows that the reader's search and filters leave."""
    search = request.args.get("q", "").strip()[:40]
    class_code, result, unit = (request.args.get(name, "") for name in ("class", "result", "unit"))
    class_id = next((one.id for one in sheet.classes.values() if one.code == class_code), None)
    unit_id = next((one.id for one in sheet.units.values() if one.code == unit), None)

    def fits(row: AllocationRow) -> bool:
        learner = sheet.learners[row.learner_id]
        return (
            (not search or search in learner.name_zh or search.upper() == learner.code)
            and (class_id is None or class_id in {row.class_id, row.line_class_id})
            and (unit_id is None or row.organization_id == unit_id)
            and (result not in RESULTS or result in _results(row))
        )

    return [row for row in sheet.rows if fits(row)]


def _results(row: AllocationRow) -> set[str]:
    return {str(row.rank or "none")} | ({"line"} if row.line_class_id else set())


def _figures(found: ChoiceRound, key: list[int | str] | None) -> list[tuple[Text, Text]]:
    """A priority in words: what each criterion is called, and the figure."""
    return [(criterion_text(found.criteria, at), figure_text(found.criteria, at, one)) for at, one in enumerate(key or [])]


def _changes(sheet: Sheet) -> dict[str, Any] | None:
    """How this preview differs from the one before; None: it is the first."""
    before = queries.preview_before(sheet.preview)
    if before is None:
        return None
    changes = compare(queries.allocated_classes(before.id), {row.learner_id: row.class_id for row in sheet.rows})
    titles = {one.id: one.code for one in sheet.classes.values()}
    listed = [
        (sheet.learners[learner], titles.get(was or 0), titles.get(is_now or 0))
        for learner, (was, is_now) in list(changes.changed.items())[:MOST_CHANGES]
    ]
    return {"before": before, "changes": changes, "listed": listed}


@blueprint.get("/manage/rounds/<code>/previews/<preview>/people/<learner>")
@allow(*READERS)
def preview_person(code: str, preview: str, learner: str) -> ResponseReturnValue:
    """Why one applicant gets what she gets."""
    sheet = _sheet(code, preview)
    row = next((row for row in sheet.rows if sheet.learners[row.learner_id].code == learner), None)
    if row is None:
        raise NotFound
    return render_template(
        "enrollment/preview_person.html",
        sheet=sheet,
        found=sheet.found,
        preview=sheet.preview,
        row=row,
        learner=sheet.learners[row.learner_id],
        verdict=sheet.why(row),
        figures=[(sheet.classes[bid["class_id"]], _figures(sheet.found, bid["key"])) for bid in row.bids],
        rank_words=RANK_WORDS,
        row_words=ROW_WORDS,
        row_signs=ROW_SIGNS,
    )


TITLES = (
    (N_("学员编号"), 14), (N_("姓名"), 12), (N_("单位"), 30), (N_("第一志愿"), 20), (N_("第二志愿"), 20), (N_("第三志愿"), 20),
    (N_("分到的班次"), 20), (N_("第几志愿"), 10), (N_("班内次序"), 10), (N_("候补的班次"), 20), (N_("候补号"), 8),
    (N_("状态"), 12), (N_("原因"), 60),
)  # fmt: skip


@blueprint.get("/manage/rounds/<code>/previews/<preview>.xlsx")
@allow(*READERS)
def preview_file(code: str, preview: str) -> ResponseReturnValue:
    """The outcome as it is filtered, as a workbook."""
    sheet = _sheet(code, preview)
    book = Book(as_of=sheet.preview.prepared_at)
    columns = [Column(render(title), width) for title, width in TITLES]
    notes = [render(Text(N_("第 %(number)s 份预览，%(at)s"), number=sheet.preview.number, at=sheet.preview.prepared_at))]
    rows = [_cells(sheet, row) for row in _wanted(sheet)]
    book.sheet(render(N_("统一分配")), columns, rows, title=sheet.found.title_zh, notes=notes)
    name = f"allocation-{sheet.preview.number}-{local(sheet.preview.prepared_at):%Y%m%d-%H%M}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(book.content(), mimetype=XLSX, headers=headers)


def _cells(sheet: Sheet, row: AllocationRow) -> tuple[str | int | None, ...]:
    learner = sheet.learners[row.learner_id]
    codes = [sheet.classes[bid["class_id"]].code for bid in row.bids] + [""] * MOST_CHOICES
    got, waits = sheet.classes.get(row.class_id or 0), sheet.classes.get(row.line_class_id or 0)
    return (
        learner.code,
        learner.name_zh,
        sheet.unit_name(row),
        *codes[:MOST_CHOICES],
        got.code if got else "",
        row.rank,
        row.place,
        waits.code if waits else "",
        row.number,
        render(ROW_WORDS[row.state]),
        render(sheet.short_reason(row)),
    )
