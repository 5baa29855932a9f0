"""Forms of the timetable. Messages are message ids: templates translate them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from academy.core.text import N_
from academy.timetable.services.seats import MOST_SEATS
from academy.ui.fields import REQUIRED, DayField, MomentField, WholeNumberField
from academy.ui.forms import Form, clean_text

LONGEST_TITLE = 60


def checkboxes(label: Any, description: Any) -> SelectMultipleField:
    """Several of a few; the service refuses what is not in the list."""
    return SelectMultipleField(
        label,
        description=description,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def one_line(label: Any, description: Any = "", *, is_required: bool = False) -> StringField:
    first = InputRequired(REQUIRED) if is_required else Optional()
    checks = [first, Length(max=LONGEST_TITLE, message=N_("最多 60 字。")), clean_text]
    return StringField(label, checks, description=description)


class ClassForm(Form):
    """What a person decides about a class."""

    title_zh = one_line(_l("班次名称"), _l("证书与通知上照此显示；不填则与项目同名。"))
    starts_on = DayField(_l("开始日期"), [InputRequired(REQUIRED)])
    ends_on = DayField(_l("结束日期"), [InputRequired(REQUIRED)])
    place = SelectField(_l("教学点与教室"), [InputRequired(REQUIRED)])
    seats = WholeNumberField(_l("席位"), [InputRequired(REQUIRED), NumberRange(1, MOST_SEATS, N_("席位须为 1—2000。"))])
    enroll_opens_at = MomentField(_l("报名开放"), [InputRequired(REQUIRED)])
    enroll_closes_at = MomentField(_l("报名截止"), [InputRequired(REQUIRED)], description=_l("要在开班日之前。"))
    audience = checkboxes(_l("适用人员"), _l("一类也不选，就是不限人员类别。"))
    is_cadre = BooleanField(_l("干部班（请假累计超过总学时七分之一的，按规定退学）"))


class NewClassForm(ClassForm):
    """A class of a program."""

    program = SelectField(_l("培训项目"), [InputRequired(REQUIRED)])
    audience = checkboxes(_l("适用人员"), _l("一类也不选，就按项目的适用人员。"))


class StepForm(Form):
    """A step of a class, with a reason where one is asked for."""

    reason = StringField(_l("原因"), [Optional(), Length(max=500, message=N_("最多 500 字。")), clean_text])


class DeadlineForm(Form):
    """The end of enrollment."""

    enroll_closes_at = MomentField(_l("报名截止"), [InputRequired(REQUIRED)])


class PlanForm(Form):
    """The instructors among whom the half-day plan chooses."""

    first = SelectField(_l("讲师一"), [Optional()], default="")
    second = SelectField(_l("讲师二"), [Optional()], default="")
    third = SelectField(_l("讲师三"), [Optional()], default="")

    def chosen(self) -> list[int]:
        """Their ids, each once."""
        return list(dict.fromkeys(int(f.data) for f in (self.first, self.second, self.third) if f.data))
