"""A person's own record as a learner: without it she cannot enroll."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts.queries import organizations, organizations_by_ids, person_types
from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.text import N_, render
from academy.people import queries, services
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS, Education, tidy, tidy_name
from academy.people.web import blueprint
from academy.people.web.forms import ProfileForm
from academy.ui.filters import bilingual
from academy.ui.flash import say


def person_type_of(user_id: int) -> str | None:
    """The person type of a user, None when she is no learner."""
    learner = queries.find_learner_of_user(user_id)
    return learner.person_type_code if learner else None


@blueprint.route("/me/profile", methods=["GET", "POST"])
@signed_in
def own_profile() -> ResponseReturnValue:
    """See one's own record, or make it."""
    actor = current_actor()
    learner = queries.find_learner_of_user(actor.user_id or 0)
    kinds = {kind.code: kind for kind in person_types()}
    if learner is not None:
        return render_template(
            "people/profile.html",
            learner=learner,
            id_number=mask_id_number(learner.id_number),
            mobile=mask_mobile(learner.mobile),
            unit=organizations_by_ids([learner.organization_id or 0]).get(learner.organization_id or 0),
            kind=kinds.get(learner.person_type_code),
            gender_words=GENDER_WORDS,
            education_words=EDUCATION_WORDS,
        )
    form = _form(actor.name)
    if form.validate_on_submit():
        try:
            with transaction():
                services.register_learner(person=_person(form), user_id=actor.user_id, actor=actor, now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("学员档案已登记，可以报名了。"))
            back = request.args.get("next", "")
            return redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else url_for("catalog.browse"))
    return render_template("people/new_profile.html", form=form), 422 if form.errors else 200


def _form(name: str) -> ProfileForm:
    form = ProfileForm(name_zh=name)
    form.person_type.choices = [("", render(N_("请选择")))] + [
        (kind.code, bilingual(kind.name_zh, kind.name_en)) for kind in person_types()
    ]
    form.organization.choices = [("", render(N_("不在名单里，或没有单位")))] + [
        (unit.code, unit.name_zh) for unit in organizations() if unit.is_fictional
    ]
    return form


def _person(form: ProfileForm) -> services.Person:
    unit = next((unit for unit in organizations() if unit.code == form.organization.data), None)
    return services.Person(
        name_zh=tidy_name(form.name_zh.data or ""),
        id_number=tidy(form.id_number.data or "").upper(),
        mobile=tidy(form.mobile.data or ""),
        person_type_code=form.person_type.data or "",
        organization_id=unit.id if unit else None,
        education=Education(form.education.data) if form.education.data else None,
    )
