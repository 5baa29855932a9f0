"""Decrees: choose and look, then carry out; and undo."""

from datetime import date

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.attendance import queries, services
from academy.attendance.policies import HOURS_KEEPERS, HOURS_READERS, can_keep_hours
from academy.attendance.queries import DecreeFilter, DecreePreview, HoursDecree
from academy.attendance.services import DecreeOrder
from academy.attendance.web import blueprint
from academy.attendance.web.hours_forms import DecreeForm, ReasonForm
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people.rules import HELD_LEVEL_WORDS, HeldLevel
from academy.ui.flash import say, say_error

MOST_SHOWN = 200  # of each list; the numbers above are of all


@blueprint.route("/manage/hours/decrees/new", methods=["GET", "POST"])
@allow(*HOURS_KEEPERS)
def new_decree() -> ResponseReturnValue:
    """Choose people and see who and how; the same form then carries it out for exactly these."""
    form = DecreeForm(divisions=_areas())
    if not form.validate_on_submit():
        return render_template("attendance/decree_new.html", form=form, preview=None), 422 if form.errors else 200
    chosen, order = _chosen(form), _order(form)
    digest = form.digest.data or ""
    if digest:
        try:
            with transaction():
                made = services.carry_out_decree(order=order, chosen=chosen, digest=digest, actor=current_actor(), now=now())
        except DomainError as error:
            say_error(error)
        else:
            say(Text(N_("文件 %(number)s 已执行，涉及 %(count)s 人。"), number=made.number, count=made.people))
            return redirect(url_for("attendance.decree", code=made.code))
    preview = queries.preview_decree(chosen, months=order.months, minutes=order.minutes)
    form.digest.data = preview.digest
    return _preview(form, preview, order), 409 if digest else 200


def _preview(form: DecreeForm, preview: DecreePreview, order: DecreeOrder) -> str:
    return render_template(
        "attendance/decree_new.html",
        form=form,
        preview=preview,
        order=order,
        units=accounts.organizations_by_ids(row.learner.organization_id or 0 for row in preview.rows),
        level_words=HELD_LEVEL_WORDS,
        most=MOST_SHOWN,
    )


def _areas() -> list[tuple[str, str]]:
    return [(one.code, one.name_zh) for one in accounts.divisions() if one.level != "province"]


def _chosen(form: DecreeForm) -> DecreeFilter:
    first, last = form.ends_from.data or date.min, form.ends_to.data or date.min
    level = HeldLevel(form.level.data) if form.level.data else None
    unit = (form.organization.data or "").strip().upper()
    return DecreeFilter(first, last, organization=unit, division=form.division.data or "", level=level)


def _order(form: DecreeForm) -> DecreeOrder:
    return DecreeOrder(
        number=form.number.data or "",
        reason=form.reason.data or "",
        months=form.months.data or 0,
        hours=form.hours.data or 0,
    )


@blueprint.get("/manage/hours/decrees/<code>")
@allow(*HOURS_READERS)
def decree(code: str) -> ResponseReturnValue:
    """What a decree did to whom, and whether it can be undone."""
    return _decree_page(queries.get_decree(code), ReasonForm(formdata=None))


def _decree_page(found: HoursDecree, form: ReasonForm) -> str:
    rows = queries.decree_people(found.id)
    problems = {} if found.undone_at else queries.undo_problems(found, rows)
    learners = people.learners_by_ids(row.learner_id for row in rows)
    shown = sorted(rows, key=lambda row: (row.learner_id not in problems, learners[row.learner_id].code))
    return render_template(
        "attendance/decree.html",
        found=found,
        ends_from=date.fromisoformat(found.chosen["ends_from"]),
        ends_to=date.fromisoformat(found.chosen["ends_to"]),
        rows=shown[:MOST_SHOWN],
        learners=learners,
        problems=problems,
        may_keep=can_keep_hours(current_actor()),
        form=form,
        level_words=HELD_LEVEL_WORDS,
    )


@blueprint.post("/manage/hours/decrees/<code>/undo")
@allow(*HOURS_KEEPERS)
def undo_decree(code: str) -> ResponseReturnValue:
    """Put everything back."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _decree_page(queries.get_decree(code), form), 422
    try:
        with transaction():
            services.undo_decree(code=code, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("文件已撤销，有效期和学时都恢复到执行之前。"))
    return redirect(url_for("attendance.decree", code=code))
