"""Texts that several questions share."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES
from academy.exams.rules.wording import LONGEST_STEM
from academy.exams.web import blueprint
from academy.exams.web.forms import REQUIRED
from academy.exams.web.imports import MAIN_BANK
from academy.ui.flash import say
from academy.ui.forms import Form, clean_text


class MaterialForm(Form):
    """A material."""

    title_zh = StringField(_l("名称"), validators=[InputRequired(REQUIRED), Length(max=120), clean_text])
    text_zh = TextAreaField(_l("正文"), validators=[InputRequired(REQUIRED), Length(max=LONGEST_STEM)], render_kw={"rows": 12})
    version = HiddenField()


@blueprint.get("/manage/exams/materials")
@allow(*BANK_ROLES)
def materials() -> ResponseReturnValue:
    """Every material."""
    bank = queries.find_bank(MAIN_BANK)
    return render_template("exams/materials.html", rows=queries.materials(bank.id) if bank else [])


@blueprint.route("/manage/exams/materials/new", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def new_material() -> ResponseReturnValue:
    """A new material."""
    form = MaterialForm()
    if form.validate_on_submit():
        with transaction():
            bank = services.ensure_bank(code=MAIN_BANK, title_zh=render(N_("综合题库")), actor=current_actor(), now=now())
            made = services.write_material(
                bank_id=bank.id,
                title_zh=form.title_zh.data or "",
                text_zh=form.text_zh.data or "",
                actor=current_actor(),
                now=now(),
            )
        say(N_("材料存好了。写题的时候可以选它。"))
        return redirect(url_for("exams.material", code=made.code))
    return render_template("exams/material.html", form=form, material=None), 422 if form.errors else 200


@blueprint.route("/manage/exams/materials/<code>", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def material(code: str) -> ResponseReturnValue:
    """A material with its versions; saving makes the next one, and a draft of each question that uses it."""
    found, form = queries.get_material(code), MaterialForm()
    versions = queries.material_versions(found.id)
    if form.validate_on_submit():
        try:
            typed = request.form.get("version", "")
            with transaction():
                _, drafts = services.correct_material(
                    material_id=found.id,
                    seen_version=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0,
                    title_zh=form.title_zh.data or "",
                    text_zh=form.text_zh.data or "",
                    actor=current_actor(),
                    now=now(),
                )
            say(Text(N_("材料改好了，%(count)s 道题各有一份新草稿等人审。"), count=drafts))
            return redirect(url_for("exams.material", code=code))
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
    elif not form.is_submitted():
        form.title_zh.data, form.text_zh.data, form.version.data = found.title_zh, versions[0].text_zh, str(found.version)
    page = render_template(
        "exams/material.html",
        form=form,
        material=found,
        versions=versions,
        questions=queries.questions_with_material(found.id),
    )
    return page, 422 if form.errors else 200
