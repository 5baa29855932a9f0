"""The staff's desk of hours: applications that wait, one application with the decision, decrees."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.policies import HOURS_KEEPERS, HOURS_READERS, can_keep_hours, is_self
from academy.attendance.queries import HoursConversion
from academy.attendance.rules import (
    CONVERSION_STATE_SIGNS,
    CONVERSION_STATE_WORDS,
    ConversionRule,
    ConversionState,
    compute_conversion,
)
from academy.attendance.web import blueprint
from academy.attendance.web.hours_forms import ReasonForm
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text
from academy.core.wording import hours_from_minutes, is_english
from academy.people import queries as people
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import Page, page_of

PER_PAGE = 20


@blueprint.get("/manage/hours")
@allow(*HOURS_READERS)
def desk() -> ResponseReturnValue:
    """What waits, and the latest decrees."""
    state = next((one for one in ConversionState if one.value == request.args.get("state")), ConversionState.APPLIED)
    page = page_of(request.args.get("page"))
    found, total = queries.conversion_queue(state, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "attendance/desk.html",
        conversions=found,
        total=total,
        page=page,
        pages=Page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        chosen=state,
        states=list(ConversionState),
        waiting=queries.conversion_queue(ConversionState.APPLIED, limit=1, offset=0)[1],
        learners=people.learners_by_ids({one.learner_id for one in found}),
        names=_names(),
        words=CONVERSION_STATE_WORDS,
        signs=CONVERSION_STATE_SIGNS,
        decrees=queries.decrees(limit=10),
        may_keep=can_keep_hours(current_actor()),
    )


def _names() -> dict[str, str]:
    return {rule.code: rule.name_en if is_english() else rule.name_zh for rule in queries.conversion_rules()}


@blueprint.get("/manage/hours/conversions/<code>")
@allow(*HOURS_READERS)
def conversion(code: str) -> ResponseReturnValue:
    """One application: what it says, what the rule makes of it, the decision."""
    return _page(queries.get_conversion(code), ReasonForm(formdata=None))


def _page(row: HoursConversion, form: ReasonForm) -> str:
    actor, learner = current_actor(), people.learner_by_id(row.learner_id)
    rule = next((one for one in queries.conversion_rules() if one.version == row.rule), None)
    is_ones_own = is_self(actor, learner) or (actor.user_id is not None and actor.user_id == row.applied_by_id)
    used = queries.converted_minutes(row.learner_id, row.kind, row.earned_on.year)
    return render_template(
        "attendance/conversion.html",
        row=row,
        rule=rule,
        learner=learner,
        used=used,
        worth=_worth(rule, row, used),
        names=_names(),
        words=CONVERSION_STATE_WORDS,
        signs=CONVERSION_STATE_SIGNS,
        is_ones_own=is_ones_own,
        may_keep=can_keep_hours(actor),
        form=form,
        button=EmptyForm(),
    )


def _worth(rule: ConversionRule | None, row: HoursConversion, used: int) -> int:
    return compute_conversion(rule, row.units, used) if rule else 0


@blueprint.post("/manage/hours/conversions/<code>/approve")
@allow(*HOURS_KEEPERS)
def approve_conversion(code: str) -> ResponseReturnValue:
    """Credit it."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                minutes = services.approve_conversion(code=code, actor=current_actor(), now=now())
        except DomainError as error:
            say_error(error)
        else:
            say(Text(N_("已认定，记入 %(hours)s 学时，并已写信告知。"), hours=hours_from_minutes(minutes)))
    return redirect(url_for("attendance.conversion", code=code))


@blueprint.post("/manage/hours/conversions/<code>/refuse")
@allow(*HOURS_KEEPERS)
def refuse_conversion(code: str) -> ResponseReturnValue:
    """Say no, with the reason."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(queries.get_conversion(code), form), 422
    try:
        with transaction():
            services.refuse_conversion(code=code, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("没有认定，原因已写信告知。"))
    return redirect(url_for("attendance.conversion", code=code))


@blueprint.post("/manage/hours/conversions/<code>/revoke")
@allow(*HOURS_KEEPERS)
def revoke_conversion(code: str) -> ResponseReturnValue:
    """Take back what was approved by mistake."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(queries.get_conversion(code), form), 422
    try:
        with transaction():
            services.revoke_conversion(code=code, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("认定已撤销，学时已冲回。"))
    return redirect(url_for("attendance.conversion", code=code))
