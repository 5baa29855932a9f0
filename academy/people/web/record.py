"""The staff correct what a record says about whom a class takes."""

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from academy.accounts.queries import person_types
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden
from academy.core.text import N_, render
from academy.people import queries, services
from academy.people.models import Learner
from academy.people.policies import can_correct
from academy.people.rules import EDUCATION_WORDS, HELD_LEVEL_WORDS, Education, HeldLevel
from academy.people.services import Eligibility, eligibility_of
from academy.people.web import blueprint
from academy.ui.filters import bilingual
from academy.ui.flash import say
from academy.ui.forms import Form, clean_text

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)


class LifeDayField(DateField):
    """A day in somebody's life, which may lie well before 2000; what is none is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
            if self.data is not None and not 1900 <= self.data.year <= 2100:
                self.data = None
                raise ValueError("out of reach")
        except ValueError as error:
            raise ValueError(N_("请填日期，如 2026-12-07。")) from error


class RecordForm(Form):
    """What a class may ask of a person, and why it is corrected."""

    seen = HiddenField()
    person_type = SelectField(_l("人员类别"), [InputRequired(N_("请选择人员类别。"))])
    education = SelectField(_l("学历"))
    works_since = LifeDayField(
        _l("开始从事社会工作的日期"), [Optional()], description=_l("工作年限从这一天算起；没有证明材料的留空。")
    )
    held_level = SelectField(_l("持有的国家职业资格"))
    held_until = LifeDayField(_l("资格有效期至"), [Optional()], description=_l("登记证书上的最后一天；没有资格的留空。"))
    reason = StringField(
        _l("更正原因"),
        [DataRequired(N_("请写明原因。")), Length(max=services.LONGEST_REASON, message=N_("太长了。")), clean_text],
        description=_l("为什么更正、看过什么材料；会记入审计。"),
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.person_type.choices = [(one.code, bilingual(one.name_zh, one.name_en)) for one in person_types()]
        self.education.choices = [
            ("", render(N_("没有登记"))),
            *((one.value, render(words)) for one, words in EDUCATION_WORDS.items()),
        ]
        self.held_level.choices = [(one.value, render(words)) for one, words in HELD_LEVEL_WORDS.items()]

    def eligibility(self) -> Eligibility:
        """What was filled in."""
        given: dict[str, Any] = self.data
        return Eligibility(
            person_type_code=given["person_type"],
            education=Education(given["education"]) if given["education"] else None,
            works_since=given["works_since"],
            held_level=HeldLevel(given["held_level"]),
            held_until=given["held_until"],
        )


@blueprint.route("/manage/learners/<code>/record", methods=["GET", "POST"])
@allow(*STAFF)
def record(code: str) -> ResponseReturnValue:
    """Correct a record by hand, with the reason."""
    found = queries.get_learner(code)
    if not can_correct(current_actor(), found):
        raise Forbidden
    if found.code != code:  # the code of a record that was merged into this one
        return redirect(url_for("people.record", code=found.code))
    form = _filled(found)
    if form.validate_on_submit() and _is_corrected(found.code, form):
        return redirect(url_for("people.learner", code=found.code))
    return render_template("people/record.html", learner=found, form=form), 422 if form.errors else 200


def _filled(found: Learner) -> RecordForm:
    known = eligibility_of(found)
    return RecordForm(
        data={
            "seen": known.stamp,
            "person_type": known.person_type_code,
            "education": known.education.value if known.education else "",
            "works_since": known.works_since,
            "held_level": known.held_level.value,
            "held_until": known.held_until,
        }
    )


def _is_corrected(code: str, form: RecordForm) -> bool:
    """Whether it went through; a refusal becomes a message of the form, and what was typed stays."""
    to, seen, reason = form.eligibility(), form.seen.data or "", form.reason.data or ""
    try:
        with transaction():
            changed = services.correct_record(code=code, to=to, seen=seen, reason=reason, actor=current_actor(), now=now())
    except DomainError as error:
        form.refuse(error)
        return False
    if changed:
        say(N_("档案已更正，报名条件从现在起按新的内容核对。"))
    else:
        say(N_("填的内容与档案一样，什么都没有改动。"), "wait")
    return True
