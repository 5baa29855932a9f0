"""A person's hours as the staff keeps them, and as her coordinator reads them: periods, ledger, conversions."""

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.policies import HOURS_KEEPERS, HOURS_READERS, can_keep_hours, can_see_hours, is_self
from academy.attendance.queries import RegistrationPeriod
from academy.attendance.rules import (
    PERIOD_SOURCE_WORDS,
    Period,
    PeriodSource,
    compute_period_end,
    compute_renewal_opens,
)
from academy.attendance.web import blueprint
from academy.attendance.web.hours import claim_page, ledger_facts, rule_words
from academy.attendance.web.hours_forms import CorrectionForm, HoursForm, PeriodForm, ReasonForm
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_
from academy.people import queries as people
from academy.people.queries import Learner
from academy.people.rules import HELD_LEVEL_WORDS, HeldLevel
from academy.ui.flash import say, say_error

READERS = (*HOURS_READERS, Role.ORGANIZATION_COORDINATOR)
_ID = "<int(max=2147483647):entry_id>"


def _person(code: str) -> Learner:
    learner = people.get_learner(code)
    if not can_see_hours(current_actor(), learner):
        raise NotFound  # a coordinator may not even know of people elsewhere
    return learner


@blueprint.get("/manage/learners/<code>/hours")
@allow(*READERS)
def person(code: str) -> ResponseReturnValue:
    """A person's hours."""
    return _page(_person(code))


def _page(learner: Learner, **forms: Any) -> str:
    actor = current_actor()
    given = {"period_form": _period_form(learner), "hours_form": HoursForm(formdata=None)}
    periods = queries.periods_of(learner.id, with_voided=True)
    return render_template(
        "attendance/person.html",
        standing=queries.standing_of(learner, now=now(), with_classes=False),
        rule_words=rule_words,
        periods=periods,
        decrees=queries.decrees_of(period.id for period in periods),
        renewal_opens=compute_renewal_opens,
        level_words=HELD_LEVEL_WORDS,
        period_sources=PERIOD_SOURCE_WORDS,
        may_keep=can_keep_hours(actor) and not is_self(actor, learner),
        **{**given, **forms},
        **ledger_facts(learner),
    )


def _period_form(learner: Learner) -> PeriodForm:
    """Filled in with what usually comes next."""
    latest = next(iter(queries.periods_of(learner.id)), None)
    level = latest.level if latest else learner.held_level
    first = latest.ends_on + timedelta(days=1) if latest else None
    source = PeriodSource.RENEWAL if latest else PeriodSource.FIRST
    known = level if level is not HeldLevel.NONE else HeldLevel.JUNIOR
    last = compute_period_end(first) if first else None
    return PeriodForm(formdata=None, data={"level": known.value, "starts_on": first, "ends_on": last, "source": source.value})


@blueprint.post("/manage/learners/<code>/hours/periods")
@allow(*HOURS_KEEPERS)
def record_period(code: str) -> ResponseReturnValue:
    """Record a registration period."""
    learner = _person(code)
    form = PeriodForm()
    if not form.validate_on_submit():
        return _page(learner, period_form=form), 422
    try:
        with transaction():
            services.record_period(
                learner_id=learner.id,
                period=form.period,
                source=PeriodSource(form.source.data),
                note=form.note.data or "",
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        say_error(error)
    else:
        say(N_("登记有效期已记下。"))
    return redirect(url_for("attendance.person", code=code))


@blueprint.route("/manage/hours/periods/<period_code>", methods=["GET", "POST"])
@allow(*HOURS_KEEPERS)
def correct_period(period_code: str) -> ResponseReturnValue:
    """Correct a period, with the reason."""
    row = queries.get_period(period_code)
    learner = people.learner_by_id(row.learner_id)
    form = CorrectionForm(data=_seen(row))
    if not form.validate_on_submit():
        return _correction(row, learner, form), 422 if form.errors else 200
    wanted = Period(HeldLevel(form.level.data), form.starts_on.data or today(), form.ends_on.data or today())
    try:
        with transaction():
            services.correct_period(
                code=period_code,
                period=wanted,
                version=form.seen_version,
                reason=form.reason.data or "",
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        say_error(error)
        return redirect(url_for("attendance.correct_period", period_code=period_code))
    say(N_("已更正，原来的内容留在审计里。"))
    return redirect(url_for("attendance.person", code=learner.code))


def _seen(row: RegistrationPeriod) -> dict[str, Any]:
    return {"level": row.level.value, "starts_on": row.starts_on, "ends_on": row.ends_on, "version": str(row.version)}


def _correction(row: RegistrationPeriod, learner: Learner, form: CorrectionForm) -> str:
    return render_template(
        "attendance/period.html",
        row=row,
        learner=learner,
        form=form,
        void_form=ReasonForm(formdata=None, prefix="void-"),
        decrees=queries.decrees_of([row.id]).get(row.id, []),
        level_words=HELD_LEVEL_WORDS,
        period_sources=PERIOD_SOURCE_WORDS,
    )


@blueprint.post("/manage/hours/periods/<period_code>/void")
@allow(*HOURS_KEEPERS)
def void_period(period_code: str) -> ResponseReturnValue:
    """Take a period back that should never have been written down."""
    row = queries.get_period(period_code)
    learner, form = people.learner_by_id(row.learner_id), ReasonForm(prefix="void-")
    if not form.validate_on_submit():
        say(N_("请写明原因，至少 4 个字。"), "lost")
        return redirect(url_for("attendance.correct_period", period_code=period_code))
    version = CorrectionForm().seen_version
    try:
        with transaction():
            services.void_period(
                code=period_code, version=version, reason=form.reason.data or "", actor=current_actor(), now=now()
            )
    except DomainError as error:
        say_error(error)
        return redirect(url_for("attendance.correct_period", period_code=period_code))
    say(N_("这一期已作废，记录保留。"))
    return redirect(url_for("attendance.person", code=learner.code))


@blueprint.post("/manage/learners/<code>/hours/entries")
@allow(*HOURS_KEEPERS)
def write_down(code: str) -> ResponseReturnValue:
    """Write down hours earned elsewhere."""
    learner = _person(code)
    form = HoursForm()
    if not form.validate_on_submit():
        return _page(learner, hours_form=form), 422
    try:
        with transaction():
            services.write_down_hours(
                learner_id=learner.id,
                title=form.title.data or "",
                hours=form.hours.data or 0,
                earned_on=form.earned_on.data or today(),
                reason=form.reason.data or "",
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        say_error(error)
    else:
        say(N_("学时已入账。"))
    return redirect(url_for("attendance.person", code=code))


@blueprint.post(f"/manage/learners/<code>/hours/entries/{_ID}/counter")
@allow(*HOURS_KEEPERS)
def counter_entry(code: str, entry_id: int) -> ResponseReturnValue:
    """Take back hours that were written down."""
    learner, form = _person(code), ReasonForm()
    if queries.entry_by_id(entry_id).learner_id != learner.id:
        raise NotFound
    if not form.validate_on_submit():
        say(N_("请写明原因，至少 4 个字。"), "lost")
        return redirect(url_for("attendance.person", code=code))
    try:
        with transaction():
            services.counter_written_down(entry_id=entry_id, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
    else:
        say(N_("已冲回，原记录保留。"))
    return redirect(url_for("attendance.person", code=code))


@blueprint.route("/manage/learners/<code>/hours/conversions/new", methods=["GET", "POST"])
@allow(*HOURS_KEEPERS)
def claim_for(code: str) -> ResponseReturnValue:
    """Apply for a conversion in somebody's name; another one decides."""
    return claim_page(_person(code), url_for("attendance.person", code=code), is_own=False)
