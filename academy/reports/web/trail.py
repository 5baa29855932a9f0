"""The audit trail: read only, with a check of the chain."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.core.access import Role, allow
from academy.core.audit import check_chain
from academy.core.clock import now
from academy.reports.queries.trail import TrailFilter, actions, chained_count, trail
from academy.reports.web import blueprint
from academy.ui.paging import page_of

PER_PAGE = 30


@blueprint.get("/audit")
@allow(Role.AUDITOR, Role.ADMINISTRATOR)
def audit() -> ResponseReturnValue:
    """Who did what when."""
    return show_trail()


def show_trail() -> ResponseReturnValue:
    """The page itself, also the auditor's start page. `check=1` recomputes the whole chain."""
    wanted = TrailFilter(
        search=request.args.get("q", "").replace("\0", "").strip()[:80],
        action=request.args.get("action", "")[:80].replace("\0", ""),
        since=_day(request.args.get("since")),
        until=_day(request.args.get("until")),
    )
    page = page_of(request.args.get("page"))
    rows, total = trail(wanted, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "reports/trail.html",
        rows=rows,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        wanted=wanted,
        actions=actions(),
        chained=chained_count(),
        chain=check_chain(now=now()) if request.args.get("check") == "1" else None,
    )


def _day(typed: str | None) -> date | None:
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
