"""Forms of the timetable. Messages are message ids: templates translate them."""

import re
from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, DateTimeLocalField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from academy.core.clock import TZ
from academy.core.text import N_
from academy.timetable.services.seats import MOST_SEATS
from academy.ui.forms import Form, clean_text, is_near

REQUIRED = N_("请填这一项。")
LONGEST_TITLE = 60
MOMENT = "%Y-%m-%dT%H:%M"
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


def _require_near(field: Any) -> None:
    if field.data is not None and not is_near(field.data):
        field.data = None
        raise ValueError("out of reach")


class DayField(DateField):
    """A day; what is no day is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
            _require_near(self)
        except ValueError as error:
            raise ValueError(N_("请填日期，如 2026-12-07。")) from error


class MomentField(DateTimeLocalField):
    """An instant, typed and shown by the academy's clock."""

    def __init__(self, label: Any, validators: Any = None, **given: Any) -> None:
        super().__init__(label, validators, format=[MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **given)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.astimezone(TZ).strftime(MOMENT) if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
            _require_near(self)
        except ValueError as error:
            raise ValueError(N_("请填日期和时间，如 2026-12-01 18:00。")) from error
        if isinstance(self.data, datetime):
            self.data = self.data.replace(tzinfo=TZ)


class ClockField(StringField):
    """A time of the day; what is none is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        typed = valuelist[0].strip() if valuelist else ""
        found = _CLOCK.fullmatch(typed)
        self.data: Any = time(int(found.group(1)), int(found.group(2))) if found else None
        if typed and not found:
            raise ValueError(N_("请填时间，如 09:00。"))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if isinstance(self.data, time) else ""


class WholeNumberField(IntegerField):
    """A whole number; anything else is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("请填整数。")) from error


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
