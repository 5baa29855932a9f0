"""Blueprints: saved, changed, looked at against the bank, and turned into papers."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from academy.catalog import queries as catalog
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES
from academy.exams.rules.blueprint import MOST_CELLS, Cell, national_blueprint
from academy.exams.rules.delivery import MOST_MINUTES
from academy.exams.rules.filling import MEAN_BOUND, MOST_FORMS, SPREAD_BOUND
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.web import blueprint as door
from academy.exams.web.forms import REQUIRED
from academy.exams.web.imports import MAIN_BANK
from academy.ui.fields import WholeNumberField
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form, clean_text

LEVELS = (1, 2, 3, 4, 5)


class BlueprintForm(Form):
    """A blueprint; its cells are rows of the page."""

    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=100), clean_text])
    minutes = WholeNumberField(_l("答题时间（分钟）"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_MINUTES)])
    most_common = IntegerField(
        _l("同时组几张卷时，每格最多有百分之几的题可以共用"),
        description=_l("0：各卷没有相同的题。题库不够时才用到这个余地。"),
        validators=[InputRequired(REQUIRED), NumberRange(0, 100)],
    )
    version = HiddenField()


class AssembleForm(Form):
    """Papers by a blueprint."""

    title_zh = StringField(_l("卷名"), validators=[InputRequired(REQUIRED), Length(max=100), clean_text])
    forms = WholeNumberField(_l("组几张"), validators=[InputRequired(REQUIRED), NumberRange(1, MOST_FORMS)])


def _number(written: str) -> int:
    written = written.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0


def _marks(written: str) -> Decimal:
    try:
        return Decimal(written.strip())
    except InvalidOperation:
        return Decimal(0)


def _typed_cells() -> list[Cell]:
    """The rows that were filled; a row without a number of questions is left out."""
    cells = []
    for n in range(1, MOST_CELLS + 1):
        kind = next((kind for kind in QuestionKind if kind.value == request.form.get(f"kind_{n}")), None)
        written = request.form.get(f"count_{n}", "").strip()
        if kind is None or not written:
            continue
        field, topic = request.form.get(f"field_{n}", "")[:8], request.form.get(f"topic_{n}", "")[:80]
        low, high = _number(request.form.get(f"low_{n}", "")) or 1, _number(request.form.get(f"high_{n}", "")) or 5
        levels = tuple(level for level in LEVELS if low <= level <= high)
        cells.append(
            Cell(
                kind=kind,
                count=_number(written),
                marks=_marks(request.form.get(f"marks_{n}", "")),
                field_codes=(field,) if field else (),
                topics=(topic,) if topic else (),
                difficulties=() if levels == LEVELS else levels or (low,),
            )
        )
    return cells


def _words(cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "cells": cells,
        "row_count": min(max(len(cells) + 2, 4), MOST_CELLS),
        "full": sum((cell.count * cell.marks for cell in cells if cell.marks.is_finite()), Decimal(0)),
        "fields": catalog.fields(),
        "field_names": {field.code: field for field in catalog.fields()},
        "topics": queries.topics(),
        "kind_words": KIND_WORDS,
        "levels": LEVELS,
    }


def _refused(form: Form, error: DomainError) -> None:
    if error.status in {403, 404}:
        raise error
    form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))


@door.get("/manage/exams/blueprints")
@allow(*BANK_ROLES)
def blueprints() -> ResponseReturnValue:
    """Every blueprint."""
    rows = [(row, queries.cells_of(row.newest)) for row in queries.blueprints()]
    return render_template("exams/blueprints.html", rows=rows, kind_words=KIND_WORDS)


@door.route("/manage/exams/blueprints/new", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def new_blueprint() -> ResponseReturnValue:
    """A new blueprint; the form begins with the national objective paper."""
    form = BlueprintForm()
    cells = _typed_cells() if form.is_submitted() else list(national_blueprint())
    if form.validate_on_submit():
        try:
            with transaction():
                bank = services.ensure_bank(code=MAIN_BANK, title_zh=render(N_("综合题库")), actor=current_actor(), now=now())
                made = services.save_blueprint(bank_id=bank.id, cells=cells, **_given(form))
            say(N_("蓝图存好了。先看题库够不够，再组卷。"))
            return redirect(url_for("exams.blueprint", code=made.code))
        except DomainError as error:
            _refused(form, error)
    elif not form.is_submitted():
        form.minutes.data, form.most_common.data = 120, 0
    page = render_template("exams/blueprint_form.html", form=form, blueprint=None, **_words(cells))
    return page, 422 if form.errors else 200


def _given(form: BlueprintForm) -> dict[str, Any]:
    return {
        "title_zh": (form.title_zh.data or "").strip(),
        "minutes": form.minutes.data or 0,
        "most_common": form.most_common.data or 0,
        "actor": current_actor(),
        "now": now(),
    }


@door.route("/manage/exams/blueprints/<code>/edit", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def edit_blueprint(code: str) -> ResponseReturnValue:
    """Another version of a blueprint."""
    found, form = queries.get_blueprint(code), BlueprintForm()
    newest = queries.blueprint_versions(found.id)[0]
    cells = _typed_cells() if form.is_submitted() else list(queries.cells_of(newest))
    if form.validate_on_submit():
        try:
            with transaction():
                services.revise_blueprint(
                    blueprint_id=found.id, seen_version=_number(form.version.data or ""), cells=cells, **_given(form)
                )
            say(N_("蓝图存好了。先看题库够不够，再组卷。"))
            return redirect(url_for("exams.blueprint", code=code))
        except DomainError as error:
            _refused(form, error)
    elif not form.is_submitted():
        form.title_zh.data, form.minutes.data, form.most_common.data = found.title_zh, newest.minutes, newest.most_common
        form.version.data = str(found.version)
    page = render_template("exams/blueprint_form.html", form=form, blueprint=found, **_words(cells))
    return page, 422 if form.errors else 200


@door.get("/manage/exams/blueprints/<code>")
@allow(*BANK_ROLES)
def blueprint(code: str) -> ResponseReturnValue:
    """What a blueprint asks for, whether the bank can give it for so many forms, and the papers made by it."""
    forms = min(max(_number(request.args.get("forms", "")), 1), MOST_FORMS)
    return _page(code, forms, AssembleForm(formdata=None))


def _page(code: str, forms: int, form: AssembleForm) -> ResponseReturnValue:
    found = queries.get_blueprint(code)
    versions = queries.blueprint_versions(found.id)
    outlook = queries.blueprint_outlook(found, versions[0], forms=forms)
    if form.forms.data is None and not form.is_submitted():
        form.forms.data, form.title_zh.data = forms, found.title_zh
    page = render_template(
        "exams/blueprint.html",
        blueprint=found,
        newest=versions[0],
        versions=versions,
        outlook=outlook,
        forms=forms,
        most_forms=MOST_FORMS,
        form=form,
        papers=queries.papers_of_blueprint(found.id),
        mean_bound=MEAN_BOUND,
        spread_bound=SPREAD_BOUND,
        **_words(queries.cells_of(versions[0])),
    )
    return page, 422 if form.errors else 200


@door.post("/manage/exams/blueprints/<code>")
@allow(*BANK_ROLES)
def assemble(code: str) -> ResponseReturnValue:
    """Papers by a blueprint."""
    form = AssembleForm()
    if not form.validate_on_submit():
        return _page(code, 1, form)
    try:
        with transaction():
            made = services.assemble_by_blueprint(
                code=code,
                title_zh=(form.title_zh.data or "").strip(),
                forms=form.forms.data or 1,
                actor=current_actor(),
                now=now(),
            )
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        say_error(error)
        return redirect(url_for("exams.blueprint", code=code, forms=form.forms.data))
    say(Text(N_("组好了 %(count)s 张卷子，每张都按蓝图核对过。"), count=len(made)))
    return redirect(url_for("exams.proof", code=made[0].code))


@door.route("/manage/exams/papers/<code>/proof", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def proof(code: str) -> ResponseReturnValue:
    """Whether a paper met its blueprint: as it was found when it was made, and computed anew; posting keeps the new check."""
    paper, button = queries.get_paper(code), EmptyForm()
    if not paper.blueprint:
        abort(404)
    if button.validate_on_submit():
        with transaction():
            services.check_paper(code=code, actor=current_actor(), now=now())
        say(N_("又核对了一次，结果记下来了。"))
        return redirect(url_for("exams.proof", code=code))
    found, placed = queries.prove_paper(paper)
    forms = queries.forms_of(paper)
    return render_template(
        "exams/proof.html",
        paper=paper,
        proof=found,
        placed=placed,
        kept=queries.proofs_of(paper.id),
        source=queries.blueprint_of(paper),
        forms=[(one, queries.prove_paper(one)[0], queries.shared_questions(paper, one)) for one in forms],
        bell=queries.first_bell(paper.id),
        button=button,
        mean_bound=MEAN_BOUND,
        spread_bound=SPREAD_BOUND,
        **_words([cell.cell for cell in found.cells]),
    )
