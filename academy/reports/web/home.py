"""The start page: what it is depends on who asks."""

from collections.abc import Callable

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.catalog.rules import OpenClassCard
from academy.core.access import Actor, Role, current_actor, public
from academy.core.clock import local, now
from academy.notifications.queries import unread_count
from academy.reports.queries.board import trained_total
from academy.reports.queries.coordinator import unit
from academy.reports.queries.instructor import find_instructor_day
from academy.reports.queries.landing import landing
from academy.reports.queries.learner import find_learner_day
from academy.reports.rules.goal import GOAL_PEOPLE
from academy.reports.rules.worklist import STAFF
from academy.reports.web import blueprint
from academy.reports.web.links import href
from academy.reports.web.trail import show_trail
from academy.ui.paging import page_of

MOST_CLASSES = 4
PER_PAGE = 20


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """The start page of a visitor, a learner, an instructor, a coordinator, an auditor, the staff."""
    actor = current_actor()
    if actor.user_id is None:
        return _guest(actor)
    if actor.has(*STAFF):
        return redirect(url_for("reports.worklist"))
    pages: tuple[tuple[Role, Callable[[Actor], ResponseReturnValue]], ...] = (
        (Role.AUDITOR, lambda _: show_trail()),
        (Role.ORGANIZATION_COORDINATOR, _coordinator),
        (Role.INSTRUCTOR, _instructor),
    )
    return next((page for role, page in pages if actor.has(role)), _learner)(actor)


def _guest(_actor: Actor) -> ResponseReturnValue:
    return render_template(
        "reports/landing.html",
        about=landing(),
        trained=trained_total(),
        goal=GOAL_PEOPLE,
        cards=_open_classes(),
    )


def _open_classes() -> list[OpenClassCard]:
    """The classes that take enrollments, as the timetable hands them to pages."""
    provider = current_app.extensions.get("catalog.open_classes")
    return list(provider())[:MOST_CLASSES] if provider else []


def _learner(actor: Actor) -> ResponseReturnValue:
    moment = now()
    user_id = actor.user_id or 0
    day = find_learner_day(user_id, moment)
    unread = unread_count(user_id)
    return render_template("reports/learner.html", day=day, now=moment, today=local(moment).date(), unread=unread, href=href)


def _instructor(actor: Actor) -> ResponseReturnValue:
    moment = now()
    day = find_instructor_day(actor.user_id or 0, moment)
    return render_template("reports/instructor.html", day=day, now=moment)


def _coordinator(actor: Actor) -> ResponseReturnValue:
    page = page_of(request.args.get("page"))
    search = request.args.get("q", "").replace("\0", "").strip()[:80]
    found = unit(actor.organizations, now(), search=search, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    types = {t.code: (t.name_zh, t.name_en) for t in accounts.person_types()}
    return render_template(
        "reports/unit.html",
        unit=found,
        types=types,
        page=page,
        pages=page.count(found.total, PER_PAGE),
        per_page=PER_PAGE,
        search=search,
        now=now(),
    )
