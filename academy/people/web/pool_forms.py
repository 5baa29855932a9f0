"""Forms of the instructor pool. Messages are message ids: templates translate them."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from academy.core.text import N_, render
from academy.people.rules import FEE_TIER_WORDS, QUALIFICATION_WORDS, QualificationKind
from academy.people.services import Paper, Terms
from academy.ui.forms import Form, clean_text, is_near

REQUIRED = N_("请填这一项。")


class DayField(DateField):
    """A day; what is no day, or far away, is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("请填日期，如 2026-12-07。")) from error
        if isinstance(self.data, date) and not is_near(self.data):
            self.data = None
            raise ValueError(N_("请填日期，如 2026-12-07。"))


def _line(label: Any, most: int, description: Any = "", *, is_required: bool = True) -> StringField:
    first = InputRequired(REQUIRED) if is_required else Optional()
    return StringField(label, [first, Length(max=most, message=N_("太长了。")), clean_text], description=description)


class QualificationForm(Form):
    """What is written on a qualification."""

    kind = SelectField(_l("种类"), [InputRequired(REQUIRED)])
    name_zh = _line(_l("名称"), 80, _l("照证书上写，如“高级社会工作师”。"))
    number = _line(_l("编号"), 60, _l("加密保存，页面上只显示末四位。"))
    issued_on = DayField(_l("发证日期"), [InputRequired(REQUIRED)])
    expires_on = DayField(_l("有效期至"), [Optional()], description=_l("长期有效的不填。"))
    evidence_note = _line(_l("凭据"), 300, _l("看过什么原件、从哪里查验。"), is_required=False)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices = [(kind.value, render(words)) for kind, words in QUALIFICATION_WORDS.items()]

    def paper(self) -> Paper:
        """What was filled in."""
        given: dict[str, Any] = self.data
        return Paper(
            kind=QualificationKind(given["kind"]),
            name_zh=given["name_zh"],
            number=given["number"],
            issued_on=given["issued_on"],
            expires_on=given["expires_on"],
            evidence_note=given["evidence_note"] or "",
        )


class FieldsForm(Form):
    """What an instructor teaches: one main field, and others."""

    main = SelectField(_l("主讲领域"), [InputRequired(REQUIRED)])
    others = SelectMultipleField(
        _l("还能讲"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validators=[Optional()]
    )

    def codes(self) -> list[str]:
        """The fields, the main one first."""
        return [str(self.main.data), *(code for code in self.others.data or [] if code != self.main.data)]


class AppointmentForm(Form):
    """Terms of an appointment."""

    position_zh = _line(_l("岗位"), 40, _l("如“特聘教授”“兼职讲师”“带教导师”。"))
    fee_tier = SelectField(_l("课酬档"), [InputRequired(REQUIRED)])
    starts_on = DayField(_l("聘期开始"), [InputRequired(REQUIRED)])
    ends_on = DayField(_l("聘期结束"), [InputRequired(REQUIRED)])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.fee_tier.choices = [(tier, render(words)) for tier, words in FEE_TIER_WORDS.items()]

    def terms(self) -> Terms:
        """What was filled in."""
        given: dict[str, Any] = self.data
        return Terms(given["position_zh"], given["fee_tier"], given["starts_on"], given["ends_on"])


class AccountForm(Form):
    """Which account is an instructor's."""

    email = _line(_l("账号邮箱"), 254)


class ReasonForm(Form):
    """A step with its reason."""

    reason = _line(_l("原因"), 200)
