"""Item analysis as pictures, table and file; one question with its options."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.errors import DomainError, NotFound
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.exams import queries as exams
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.scoring import queries
from academy.scoring.models import ResultList
from academy.scoring.policies import READING_ROLES, can_compare
from academy.scoring.queries import Papers
from academy.scoring.rules.analysis.report import FEWEST_FOR_MODELS, ItemReport, Report
from academy.scoring.web import blueprint
from academy.scoring.web.charts import people_map, scatter
from academy.timetable import queries as timetable
from academy.ui.paging import page_of

PER_PAGE = 20
ORDERS: dict[str, Callable[[ItemReport], float]] = {
    "position": lambda one: one.item.position,
    "facility": lambda one: _known(one.figures.facility),
    "rest": lambda one: _known(one.figures.rest),
    "rasch": lambda one: -_known(one.rasch, -99.0),
}
VIEWS: dict[str, Callable[[ItemReport], bool]] = {
    "all": lambda _: True,
    "suspect": lambda one: one.is_suspect,
    "flagged": lambda one: bool(one.flags),
}


def _known(figure: float | None, none: float = 99.0) -> float:
    return none if figure is None else figure


def shown_list(sitting: Any) -> ResultList | None:
    """The version that the address asks for, or the newest one; None where nothing is scored yet.

    To instructors the sittings of others' classes do not exist: raises NotFound.
    """
    if not queries.may_read_class(current_actor(), sitting.class_id):
        raise NotFound
    versions = queries.lists_of(sitting.id)
    typed = request.args.get("version", "")
    return next((one for one in versions if str(one.version) == typed), versions[0] if versions else None)


def figure(value: float | None, places: int = 2) -> str:
    """−0.05, or — where it is not defined."""
    return "—" if value is None else f"{value:.{places}f}".replace("-", "−")


@blueprint.get("/manage/scoring/<code>/analysis")
@allow(*READING_ROLES)
def analysis(code: str) -> ResponseReturnValue:
    """What the answers say about the questions."""
    sitting = exams.get_sitting(code)
    found = shown_list(sitting)
    context = {
        "sitting": sitting,
        "training_class": timetable.class_by_id(sitting.class_id),
        "list": found,
        "may_compare": can_compare(current_actor()),
    }
    if found is None:
        return render_template("scoring/analysis.html", **context, report=None, refusal=None)
    try:
        papers = queries.papers_of(found)
    except DomainError as refusal:
        return render_template("scoring/analysis.html", **context, report=None, refusal=refusal)
    return render_template("scoring/analysis.html", **context, refusal=None, **_shown(papers))


def _shown(papers: Papers) -> dict[str, object]:
    report = queries.analysis_of(papers)
    view, order = request.args.get("v", "all"), request.args.get("sort", "position")
    view, order = view if view in VIEWS else "all", order if order in ORDERS else "position"
    rows, page = sorted(filter(VIEWS[view], report.items), key=ORDERS[order]), page_of(request.args.get("page"))
    return {
        "report": report,
        "papers": papers,
        "rows": rows[page.offset(PER_PAGE) : page.offset(PER_PAGE) + PER_PAGE],
        "total": len(rows),
        "page": page,
        "pages": page.count(len(rows), PER_PAGE),
        "per_page": PER_PAGE,
        "counts": {name: sum(map(chosen, report.items)) for name, chosen in VIEWS.items()},
        "view": view,
        "order": order,
        "scatters": [("wide", scatter(report.items, 720, 320)), ("phone", scatter(report.items, 358, 300))],
        "maps": [("wide", people_map(report, 720, 250)), ("phone", people_map(report, 358, 260))],
        "kind_words": KIND_WORDS,
        "figure": figure,
        "fewest": FEWEST_FOR_MODELS,
    }


@blueprint.get("/manage/scoring/<code>/analysis/<int:position>")
@allow(*READING_ROLES)
def item_analysis(code: str, position: int) -> ResponseReturnValue:
    """One question: who chose what, and what is odd about it."""
    sitting = exams.get_sitting(code)
    found = shown_list(sitting)
    wording = {item.position: item for item in exams.shown_items(sitting.paper_id)}.get(position)
    if found is None or wording is None:
        raise NotFound
    report = queries.analysis_of(queries.papers_of(found))
    one = next((one for one in report.items if one.item.position == position), None)
    if one is None:
        raise NotFound
    return render_template(
        "scoring/item.html",
        sitting=sitting,
        list=found,
        one=one,
        wording=wording,
        test=report.test,
        last=len(report.items),
        kind_words=KIND_WORDS,
        figure=figure,
        is_true_false=wording.kind is QuestionKind.TRUE_FALSE,
    )


@blueprint.get("/manage/scoring/<code>/analysis.xlsx")
@allow(*READING_ROLES)
def analysis_file(code: str) -> ResponseReturnValue:
    """The figures of the questions and of their options as a workbook."""
    sitting, at = exams.get_sitting(code), now()
    found = shown_list(sitting)
    if found is None:
        raise NotFound
    report = queries.analysis_of(queries.papers_of(found))
    book = Book(as_of=at)
    title = f"{sitting.title_zh} {render(Text(N_('题目分析')))}"
    words = Text(N_("第 %(v)s 版成绩，%(count)s 份答卷；公式见各列名称的通行定义。"), v=found.version, count=report.test.papers)
    book.sheet(
        render(N_("题目")), _item_columns(), [_item_cells(one) for one in report.items], title=title, notes=[render(words)]
    )
    book.sheet(render(N_("选项与答法")), _choice_columns(), _choice_cells(report))
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name=f"analysis-{sitting.code}.xlsx")


def _item_columns() -> list[Column]:
    columns = [Column(render(N_("题号")), 6), Column(render(N_("题型")), 12), Column(render(N_("答案")), 10)]
    columns += [Column(render(N_("满分")), 6), Column(render(N_("难度")), 8, "0.000"), Column(render(N_("标准差")), 8, "0.000")]
    columns += [Column(render(N_("与其余题的相关")), 10, "0.000"), Column(render(N_("区分效率")), 9, "0.0")]
    columns += [Column(render(N_("有效权重")), 9, "0.0"), Column(render(N_("删题后信度")), 9, "0.000")]
    columns += [Column(render(N_("Rasch 难度")), 9, "0.000"), Column(render(N_("2PL 区分度 a")), 9, "0.000")]
    return [*columns, Column(render(N_("2PL 难度 b")), 9, "0.000"), Column(render(N_("要看的地方")), 60)]


def _item_cells(one: ItemReport) -> list[str | int | float | None]:
    figures = one.figures
    words = "；".join(render(flag.say) for flag in one.flags)
    return [
        one.item.position,
        render(KIND_WORDS[QuestionKind(one.item.kind)]),
        one.item.key,
        float(one.item.marks),
        *(figures.facility, figures.sd, figures.rest, figures.efficiency, figures.weight, figures.alpha_if_dropped),
        *(one.rasch, one.slope, one.difficulty),
        words,
    ]


def _choice_columns() -> list[Column]:
    columns = [Column(render(N_("题号")), 6), Column(render(N_("选项或答法")), 24), Column(render(N_("是答案")), 8)]
    columns += [Column(render(N_("人数")), 8), Column(render(N_("占比")), 8, "0.0%"), Column(render(N_("高分组")), 8, "0.0%")]
    return [*columns, Column(render(N_("低分组")), 8, "0.0%"), Column(render(N_("与其余题的相关")), 10, "0.000")]


def _choice_cells(report: Report) -> list[list[str | int | float | None]]:
    yes = render(N_("是"))
    rows = ((one.item.position, row) for one in report.items for row in (one.choices.options or one.choices.responses))
    return [
        [position, row.response, yes if row.is_key else "", row.count, row.share, row.upper, row.lower, row.rest]
        for position, row in rows
    ]
