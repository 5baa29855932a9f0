"""Which subject a sitting examines; the pass rules of the subjects and the lines that regions set."""

from decimal import Decimal, InvalidOperation

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.core.access import allow, current_actor
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, render
from academy.core.wording import is_english
from academy.scoring import queries, services
from academy.scoring.policies import SCORING_ROLES, STAFF_READING_ROLES, can_set_lines
from academy.scoring.rules.subjects import resit_rule_on, subjects_on
from academy.scoring.web import blueprint
from academy.scoring.web.forms import LineForm, SubjectForm, read_decimal
from academy.scoring.web.shared import readable_sitting
from academy.ui.flash import say, tried


def subject_choices() -> list[tuple[str, str]]:
    """The subjects in force, by code."""
    return [(one.code, one.title_en if is_english() else one.title_zh) for one in subjects_on(today())]


@blueprint.route("/manage/scoring/lines", methods=["GET", "POST"])
@allow(*STAFF_READING_ROLES)
def lines() -> ResponseReturnValue:
    """The pass rules in force, and the lines of regions."""
    form = LineForm()
    divisions = [*accounts.divisions("province"), *accounts.divisions("city")]
    form.subject.choices = subject_choices()
    form.division.choices = [(one.code, one.name_en if is_english() else one.name_zh) for one in divisions]
    if form.validate_on_submit():
        try:
            with transaction():
                services.enter_pass_line(
                    subject_code=form.subject.data,
                    division_code=form.division.data,
                    exam_year=form.exam_year.data or 0,
                    pass_mark=_mark(form.pass_mark.data),
                    source_zh=form.source.data or "",
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            if error.status == 403:
                raise
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
        else:
            say(N_("分数线已登记，只在这个地区、这个年度有效。"))
            return redirect(url_for("scoring.lines"))
    elif not form.is_submitted():
        form.exam_year.data = today().year
    return render_template(
        "scoring/lines.html",
        subjects=subjects_on(today()),
        rule=resit_rule_on(today()),
        lines=queries.pass_lines(),
        divisions={one.code: one for one in divisions},
        form=form,
        can_set=can_set_lines(current_actor()),
    ), 422 if form.errors else 200


def _mark(written: str | None) -> Decimal:
    try:
        found = read_decimal(written)
    except InvalidOperation:
        found = None
    return Decimal(-1) if found is None else found


@blueprint.post("/manage/scoring/<code>/subject")
@allow(*SCORING_ROLES)
def name_subject(code: str) -> ResponseReturnValue:
    """Say which subject a sitting examines."""
    found, form = readable_sitting(code), SubjectForm()
    form.subject.choices = subject_choices()
    back = url_for("scoring.sitting", code=code)
    if not form.validate_on_submit():
        say(N_("科目或年度不对，没有改动。"), "lost")
        return redirect(back)
    return tried(
        back,
        lambda: services.name_subject(
            sitting_id=found.id,
            subject_code=form.subject.data,
            exam_year=form.exam_year.data or 0,
            actor=current_actor(),
            now=now(),
        ),
        N_("科目已记下，评分时用这一科的合格线。"),
    )
