"""The staff's work list: what waits, and the jobs that run."""

from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core import outbox
from academy.core.access import Role, allow, current_actor
from academy.core.audit import record
from academy.core.clock import local, now
from academy.core.db import transaction
from academy.core.runs import recent_runs
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, render
from academy.reports.queries.worklist import waiting
from academy.reports.rules.worklist import (
    DUE_WORDS,
    KIND_WORDS,
    STAFF,
    Due,
    WorkFilter,
    WorkItem,
    WorkKind,
    kinds_for,
    picked,
    tally,
)
from academy.reports.web import blueprint
from academy.reports.web.links import href
from academy.ui.flash import say
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20
MOST_JOBS = 5


def _wanted() -> WorkFilter:
    args = request.args
    return WorkFilter(
        kind=next((kind for kind in WorkKind if kind.value == args.get("kind")), None),
        search=args.get("q", "").strip()[:80],
        due=next((due for due in DUE_WORDS if due.value == args.get("due")), None),
        newest_first=args.get("sort") == "-since",
    )


@blueprint.get("/worklist")
@allow(*STAFF)
def worklist() -> ResponseReturnValue:
    """Tiles, filters, the list, running jobs."""
    moment, actor, wanted = now(), current_actor(), _wanted()
    kinds = kinds_for(actor.roles)
    items = waiting(kinds, moment)
    found = picked(items, wanted, moment)
    page = page_of(request.args.get("page"))
    start = page.offset(PER_PAGE)
    template = "reports/_worklist.html" if request.headers.get("HX-Target") == "list" else "reports/worklist.html"
    return render_template(
        template,
        now=moment,
        tiles=tally(items, kinds, moment),
        items=found[start : start + PER_PAGE],
        total=len(found),
        page=page,
        pages=page.count(len(found), PER_PAGE),
        per_page=PER_PAGE,
        wanted=wanted,
        kind_words=KIND_WORDS,
        due_words=DUE_WORDS,
        Due=Due,
        href=href,
        runs=recent_runs(limit=MOST_JOBS),
        may_retry=actor.has(Role.ADMINISTRATOR),
    )


@blueprint.get("/worklist/jobs")
@allow(*STAFF)
def jobs() -> ResponseReturnValue:
    """The running jobs alone, for the page that polls."""
    return render_template("reports/_jobs.html", runs=recent_runs(limit=MOST_JOBS))


@blueprint.get("/worklist.xlsx")
@allow(*STAFF)
def worklist_file() -> ResponseReturnValue:
    """The list as it is filtered, as a workbook."""
    moment = now()
    found = picked(waiting(kinds_for(current_actor().roles), moment), _wanted(), moment)
    book = Book(as_of=moment)
    titles = (N_("类别"), N_("事项"), N_("说明"), N_("班次"), N_("地点"), N_("等候自"), N_("到期"), N_("状态"))
    columns = [Column(render(title), width) for title, width in zip(titles, (14, 30, 50, 20, 26, 18, 18, 12), strict=True)]
    book.sheet(render(N_("待办")), columns, [_cells(item) for item in found])
    headers = {"Content-Disposition": f'attachment; filename="worklist-{local(moment):%Y%m%d-%H%M}.xlsx"'}
    return Response(book.content(), mimetype=XLSX, headers=headers)


def _cells(item: WorkItem) -> tuple[str | datetime | None, ...]:
    words = (render(KIND_WORDS[item.kind]), render(item.title), render(item.detail))
    return (*words, item.class_code, item.place, item.since, item.due, render(item.state))


@blueprint.post("/worklist/outbox/<int(max=2147483647):row_id>/retry")
@allow(Role.ADMINISTRATOR)
def retry(row_id: int) -> ResponseReturnValue:
    """Give a failed background row another round."""
    if EmptyForm().validate_on_submit():
        with transaction():
            changed = outbox.retry_failed(row_id, now=now())
            if changed:
                record(current_actor(), "outbox.retried", f"outbox:{row_id}", now=now())
        say(N_("已重新排队。") if changed else N_("它已经不在失败名单里，什么都没有改动。"), "ok" if changed else "wait")
    return redirect(url_for("reports.worklist"))
