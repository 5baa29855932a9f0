"""Staff: on what terms a class admits people, and for whom it keeps seats."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from academy.accounts import queries as accounts
from academy.accounts.rules import short_type_name
from academy.catalog import queries as catalog
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, translate
from academy.enrollment import queries, services
from academy.enrollment.web import blueprint
from academy.people.rules import EDUCATION_WORDS, HELD_LEVEL_WORDS, Education, HeldLevel
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import ADMISSION_WORDS, AdmissionMode
from academy.ui.fields import REQUIRED, MomentField, WholeNumberField
from academy.ui.filters import bilingual
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form


class TermsForm(Form):
    """What a class requires, and who decides."""

    admission = SelectField(_l("录取方式"), [InputRequired(REQUIRED)])
    offer_hours = WholeNumberField(
        _l("候补答复期（小时）"),
        [InputRequired(REQUIRED), NumberRange(1, 168, N_("答复期须为 1—168 小时。"))],
        description=_l("有席位空出时，候补的人有这么久答复；不会超过报名截止。"),
    )
    min_education = SelectField(_l("最低学历"), [Optional()], default="")
    min_years = WholeNumberField(_l("最少工作年限"), [Optional(), NumberRange(0, 50, N_("工作年限须为 0—50。"))])
    required_level = SelectField(_l("须持职业资格"), [Optional()], default="", description=_l("开班那天须在有效期内。"))
    prerequisite = SelectField(_l("须先结业的项目"), [Optional()], default="")


class QuotaForm(Form):
    """For whom seats are kept."""

    organization = SelectField(_l("单位"), [Optional()], default="")
    person_type = SelectField(_l("人员类别"), [Optional()], default="")
    seats = WholeNumberField(_l("席数"), [InputRequired(REQUIRED), NumberRange(1, 2000, N_("席位须为 1—2000。"))])
    is_named = BooleanField(_l("由单位推荐人选（不勾选：这些人谁先报谁用）"))
    returns_at = MomentField(
        _l("到这时收回没有用的"),
        [Optional()],
        description=_l("须在报名截止之前。由单位推荐的，不填就在截止前一天收回；其余不填就不收回。"),
    )


class QuotaChangeForm(Form):
    """How many seats a quota keeps, and until when."""

    seats = WholeNumberField(_l("席数"), [InputRequired(REQUIRED), NumberRange(1, 2000, N_("席位须为 1—2000。"))])
    returns_at = MomentField(_l("收回时间"), [Optional()])


@blueprint.route("/manage/classes/<code>/terms", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def terms(code: str) -> ResponseReturnValue:
    """Who decides about applications, and what is required of people."""
    found = timetable.get_class(code)
    form = _terms_form(found)
    if form.validate_on_submit():
        try:
            with transaction():
                timetable_services.set_terms(code=code, terms=_terms(form), actor=current_actor(), now=now())
            say(N_("录取条件已保存。已经在班里的人不受影响。"))
            return redirect(url_for("enrollment.people", code=code))
        except DomainError as error:
            say_error(error)
            return redirect(url_for("enrollment.terms", code=code))
    return render_template("enrollment/terms.html", found=found, form=form), 422 if form.errors else 200


def _terms_form(found: TrainingClass) -> TermsForm:
    programs = catalog.programs()
    required = next((one.code for one in programs if one.id == found.prerequisite_program_id), "")
    form = TermsForm(
        data={
            "admission": found.admission.value,
            "offer_hours": found.offer_hours,
            "min_education": found.min_education.value if found.min_education else "",
            "min_years": found.min_years,
            "required_level": found.required_level.value if found.required_level else "",
            "prerequisite": required,
        }
    )
    nothing = ("", translate(N_("不要求")))
    form.admission.choices = [(mode.value, translate(ADMISSION_WORDS[mode])) for mode in AdmissionMode]
    form.min_education.choices = [nothing, *((one.value, translate(EDUCATION_WORDS[one])) for one in Education)]
    levels = [one for one in HeldLevel if one is not HeldLevel.NONE]
    form.required_level.choices = [nothing, *((one.value, translate(HELD_LEVEL_WORDS[one])) for one in levels)]
    others = [one for one in programs if one.id != found.program_id]
    form.prerequisite.choices = [nothing, *((one.code, f"{one.code} {one.title_zh}") for one in others)]
    return form


def _terms(form: TermsForm) -> timetable_services.Terms:
    return timetable_services.Terms(
        admission=AdmissionMode(form.admission.data),
        offer_hours=form.offer_hours.data or 24,
        min_education=Education(form.min_education.data) if form.min_education.data else None,
        min_years=form.min_years.data or None,
        required_level=HeldLevel(form.required_level.data) if form.required_level.data else None,
        prerequisite_program_code=form.prerequisite.data or None,
    )


@blueprint.route("/manage/classes/<code>/quotas", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def quotas(code: str) -> ResponseReturnValue:
    """The seats that a class keeps for units and person types."""
    found, form = timetable.get_class(code), _quota_form()
    if form.validate_on_submit():
        plan = services.QuotaPlan(
            seats=form.seats.data or 0,
            organization_code=form.organization.data or None,
            person_type_code=form.person_type.data or None,
            is_named=bool(form.is_named.data),
            returns_at=form.returns_at.data,
        )
        try:
            with transaction():
                services.add_quota(class_id=found.id, plan=plan, actor=current_actor(), now=now())
            say(N_("名额已留出；由单位推荐的，联络员会收到通知。"))
        except DomainError as error:
            say_error(error)
        return redirect(url_for("enrollment.quotas", code=code))
    kept = queries.quotas_of(found.id)
    units = accounts.organizations_by_ids({quota.organization_id for quota in kept if quota.organization_id})
    types = {one.code: one for one in accounts.person_types()}
    values = {"found": found, "form": form, "quotas": kept, "units": units, "types": types, "button": EmptyForm()}
    change = QuotaChangeForm(formdata=None)
    return render_template("enrollment/quotas.html", change=change, **values), 422 if form.errors else 200


def _quota_form() -> QuotaForm:
    form = QuotaForm()
    nobody = ("", translate(N_("不限")))
    form.organization.choices = [nobody, *((one.code, f"{one.name_zh}（{one.code}）") for one in accounts.organizations())]
    types = accounts.person_types()
    form.person_type.choices = [nobody, *((one.code, bilingual(short_type_name(one.name_zh), one.name_en)) for one in types)]
    return form


@blueprint.post("/manage/classes/<code>/quotas/<int(max=2147483647):quota_id>")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def change_quota(code: str, quota_id: int) -> ResponseReturnValue:
    """Change how many seats a quota keeps and until when."""
    found, form = timetable.get_class(code), QuotaChangeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_quota(
                    class_id=found.id,
                    quota_id=quota_id,
                    seats=form.seats.data or 0,
                    returns_at=form.returns_at.data,
                    actor=current_actor(),
                    now=now(),
                )
            say(N_("名额已改；空出的席位按次序征询候补的人。"))
        except DomainError as error:
            say_error(error)
    else:
        say(N_("名额没有改：席数填 1—2000 的整数，时间填日期和时间。"), "lost")
    return redirect(url_for("enrollment.quotas", code=code))


@blueprint.post("/manage/classes/<code>/quotas/<int(max=2147483647):quota_id>/return")
@allow(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
def return_quota(code: str, quota_id: int) -> ResponseReturnValue:
    """Give a quota's unused seats back to everybody now."""
    found = timetable.get_class(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.return_quota(class_id=found.id, quota_id=quota_id, actor=current_actor(), now=now())
            say(N_("没有用的名额已收回，按次序征询候补的人。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.quotas", code=code))
