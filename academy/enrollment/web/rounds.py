"""Staff: rounds of central allocation, their previews, and who gets what and why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.core.access import Role, allow, current_actor
from academy.core.clock import TZ, local, now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.enrollment.policies import can_manage_enrollments
from academy.enrollment.queries import choices as queries
from academy.enrollment.queries import rounds as reads
from academy.enrollment.queries.rounds import ChoiceRound
from academy.enrollment.rules.rounds import (
    CRITERION_WORDS,
    PHASE_SIGNS,
    PHASE_WORDS,
    Criterion,
    PreviewState,
    RoundState,
)
from academy.enrollment.services import allocating, rounds
from academy.enrollment.web import blueprint
from academy.enrollment.web.choices import criteria_words
from academy.enrollment.web.round_forms import PLACES, CancelForm, RoundForm
from academy.timetable import queries as timetable
from academy.timetable.rules import EDITABLE
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

WRITERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
READERS = (*WRITERS, Role.CERTIFICATE_OFFICER, Role.AUDITOR)


@blueprint.get("/manage/rounds")
@allow(*READERS)
def manage_rounds() -> ResponseReturnValue:
    """All rounds, those that close last first."""
    moment, found = now(), reads.rounds()
    return render_template(
        "enrollment/rounds.html",
        rounds=[(one, one.phase(moment)) for one in found],
        class_counts=reads.class_counts(one.id for one in found),
        applicants=reads.applicant_counts(one.id for one in found),
        may_manage=can_manage_enrollments(current_actor()),
        phase_words=PHASE_WORDS,
        phase_signs=PHASE_SIGNS,
    )


@blueprint.route("/manage/rounds/new", methods=["GET", "POST"])
@allow(*WRITERS)
def new_round() -> ResponseReturnValue:
    """Plan a round. The criteria of the newest one are proposed."""
    form = RoundForm(**_proposed())
    _fill(form, None)
    if form.validate_on_submit():
        made = _saved(form, lambda: rounds.create_round(plan=form.plan(), actor=current_actor(), now=now()))
        if made is not None:
            say(N_("已存为草稿，还没有人看得到。核对后公布。"))
            return redirect(url_for("enrollment.manage_round", code=made.code))
    return _edit_page(form, None)


@blueprint.route("/manage/rounds/<code>/edit", methods=["GET", "POST"])
@allow(*WRITERS)
def edit_round(code: str) -> ResponseReturnValue:
    """Change a draft."""
    found = reads.get_round(code)
    if found.state is not RoundState.DRAFT:
        say_error(rounds.RoundIsFixed())
        return redirect(url_for("enrollment.manage_round", code=code))
    form = RoundForm(**_kept(found))
    _fill(form, found)
    if form.validate_on_submit():
        plan = lambda: rounds.edit_round(code=code, plan=form.plan(), actor=current_actor(), now=now())  # noqa: E731
        if _saved(form, plan) is not None:
            say(N_("草稿已保存。"))
            return redirect(url_for("enrollment.manage_round", code=code))
    return _edit_page(form, found)


def _edit_page(form: RoundForm, found: ChoiceRound | None) -> ResponseReturnValue:
    is_bad = bool(form.errors or form.form_errors)
    types = [(one.code, bilingual(short_type_name(one.name_zh), one.name_en)) for one in accounts.person_types()]
    return render_template("enrollment/round_edit.html", form=form, found=found, types=types), 422 if is_bad else 200


def _saved(form: RoundForm, save: Callable[[], ChoiceRound]) -> ChoiceRound | None:
    """Run a save; a refusal becomes the form's message."""
    try:
        with transaction():
            return save()
    except DomainError as error:
        form.refuse(error)
        return None


def _proposed() -> dict[str, Any]:
    """From tomorrow for a week, by the criteria of the newest round."""
    opens = (now().astimezone(TZ) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    newest = next(iter(reads.rounds()), None)
    return {
        "opens_at": opens.replace(tzinfo=None),
        "closes_at": (opens + timedelta(days=7)).replace(hour=18, tzinfo=None),
        **(_listed(newest) if newest else {"first": Criterion.NEW_TO_FIELD.value, "second": Criterion.LONGEST_AGO.value}),
    }


def _kept(found: ChoiceRound) -> dict[str, Any]:
    codes = [one.code for one in queries.classes_of_round(found)]
    return {
        "title_zh": found.title_zh,
        "note_zh": found.note_zh,
        "classes": codes,
        "opens_at": local(found.opens_at).replace(tzinfo=None),
        "closes_at": local(found.closes_at).replace(tzinfo=None),
        "most_choices": found.most_choices,
        "has_line": found.has_line,
        **_listed(found),
    }


def _listed(found: ChoiceRound) -> dict[str, Any]:
    """A round's criteria as the form shows them."""
    groups = next((item.groups for item in found.criteria if item.kind is Criterion.PERSON_TYPE), ())
    return {
        **{name: item.kind.value for name, item in zip(PLACES, found.criteria, strict=False)},
        "groups": "\n".join(" ".join(codes) for codes in groups),
    }


def _fill(form: RoundForm, found: ChoiceRound | None) -> None:
    """The classes that can be in a round, and the criteria."""
    taken = reads.taken_class_ids([one.id for one in timetable.classes(EDITABLE)], except_round=found.id if found else None)
    form.classes.choices = [
        (one.code, f"{one.code} {one.title_zh}") for one in timetable.classes(EDITABLE) if one.id not in taken
    ]
    offered = [("", render(N_("不用")))] + [(kind.value, render(words)) for kind, words in CRITERION_WORDS.items()]
    for name in PLACES:
        form[name].choices = offered


@blueprint.get("/manage/rounds/<code>")
@allow(*READERS)
def manage_round(code: str) -> ResponseReturnValue:
    """A round: what it is, who applied, its previews and what came of it."""
    return _round_page(reads.get_round(code), CancelForm(formdata=None))


def _round_page(found: ChoiceRound, cancel: CancelForm) -> str:
    moment = now()
    classes = queries.classes_of_round(found)
    approved = queries.find_approved(found.id)
    return render_template(
        "enrollment/round.html",
        found=found,
        phase=found.phase(moment),
        classes=classes,
        late=[one for one in classes if one.enroll_closes_at <= max(moment, found.closes_at)],
        criteria=criteria_words(found),
        applicants=reads.applicant_counts([found.id]).get(found.id, 0),
        demand=queries.demand(found.id),
        previews=queries.previews_of(found.id),
        approved=approved,
        run=queries.find_run(approved),
        button=EmptyForm(),
        cancel=cancel,
        may_manage=can_manage_enrollments(current_actor()),
        may_cancel=found.state in {RoundState.DRAFT, RoundState.PUBLISHED},
        PreviewState=PreviewState,
        phase_words=PHASE_WORDS,
        phase_signs=PHASE_SIGNS,
    )


@blueprint.get("/manage/rounds/<code>/progress")
@allow(*READERS)
def round_progress(code: str) -> ResponseReturnValue:
    """The part of the page that asks for itself while people are admitted."""
    found = reads.get_round(code)
    run = queries.find_run(queries.find_approved(found.id))
    return render_template("enrollment/_round_progress.html", found=found, phase=found.phase(now()), run=run)


@blueprint.post("/manage/rounds/<code>/publish")
@allow(*WRITERS)
def publish_round(code: str) -> ResponseReturnValue:
    """Make a round public."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                rounds.publish_round(code=code, actor=current_actor(), now=now())
            say(N_("已公布。抽签种子已封存，班次、时间和规则不能再改。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.manage_round", code=code))


@blueprint.post("/manage/rounds/<code>/cancel")
@allow(*WRITERS)
def cancel_round(code: str) -> ResponseReturnValue:
    """Give a round up, with a reason that applicants read."""
    form = CancelForm()
    if not form.validate_on_submit():
        return _round_page(reads.get_round(code), form), 422
    try:
        with transaction():
            rounds.cancel_round(code=code, reason=form.reason.data or "", actor=current_actor(), now=now())
        say(N_("这一轮已取消，填报的人会收到通知。"))
    except DomainError as error:
        say_error(error)
    return redirect(url_for("enrollment.manage_round", code=code))


@blueprint.post("/manage/rounds/<code>/previews")
@allow(*WRITERS)
def prepare_preview(code: str) -> ResponseReturnValue:
    """Compute who would get what."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                made = allocating.prepare_preview(round_code=code, actor=current_actor(), now=now())
            say(Text(N_("第 %(number)s 份预览已做好，还没有录取任何人。请另一位教务核对并批准。"), number=made.number))
            return redirect(url_for("enrollment.preview", code=code, preview=made.code))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.manage_round", code=code))


@blueprint.post("/manage/rounds/<code>/previews/<preview>/approve")
@allow(*WRITERS)
def approve_preview(code: str, preview: str) -> ResponseReturnValue:
    """The second person lets it be carried out."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                allocating.approve_preview(code=preview, actor=current_actor(), now=now())
            say(N_("已批准，正在录取。可以离开这一页。"))
            return redirect(url_for("enrollment.manage_round", code=code))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.preview", code=code, preview=preview))
