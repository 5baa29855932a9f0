"""Forms of a site's rooms, hours, closures and travel times."""

from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from academy.core.text import N_
from academy.sites.rules import LONGEST_TRAVEL, WEEKDAY_WORDS, OpenSpan
from academy.timetable.web.forms import REQUIRED, ClockField, MomentField, WholeNumberField, one_line
from academy.ui.forms import Form, clean_text


class RoomForm(Form):
    """A room."""

    name_zh = one_line(_l("名称"), is_required=True)
    capacity = WholeNumberField(_l("容纳人数"), [InputRequired(REQUIRED), NumberRange(1, 2000, N_("人数须为 1—2000。"))])
    equipment = StringField(
        _l("设备"),
        [Optional(), Length(max=200, message=N_("最多 200 字。")), clean_text],
        description=_l("用顿号分开，如 投影、录音。"),
    )

    def words(self) -> list[str]:
        """The equipment, word by word."""
        typed = (self.equipment.data or "").replace(",", "、").replace("，", "、").split("、")
        return [word.strip()[:30] for word in typed if word.strip()]


class ClosureForm(Form):
    """A closure."""

    room = SelectField(_l("停用哪里"), [Optional()], default="")
    starts_at = MomentField(_l("从"), [InputRequired(REQUIRED)])
    ends_at = MomentField(_l("到"), [InputRequired(REQUIRED)])
    reason = StringField(_l("原因"), [InputRequired(REQUIRED), Length(max=200, message=N_("最多 200 字。")), clean_text])


class HoursForm(Form):
    """The week's opening hours; a day that is not ticked is closed."""

    limits = RadioField(_l("开放时间"), choices=[("none", _l("不另设")), ("week", _l("按下面的时间"))], default="week")
    open_1 = BooleanField(_l("周一"))
    opens_1 = ClockField(_l("开"))
    closes_1 = ClockField(_l("关"))
    open_2 = BooleanField(_l("周二"))
    opens_2 = ClockField(_l("开"))
    closes_2 = ClockField(_l("关"))
    open_3 = BooleanField(_l("周三"))
    opens_3 = ClockField(_l("开"))
    closes_3 = ClockField(_l("关"))
    open_4 = BooleanField(_l("周四"))
    opens_4 = ClockField(_l("开"))
    closes_4 = ClockField(_l("关"))
    open_5 = BooleanField(_l("周五"))
    opens_5 = ClockField(_l("开"))
    closes_5 = ClockField(_l("关"))
    open_6 = BooleanField(_l("周六"))
    opens_6 = ClockField(_l("开"))
    closes_6 = ClockField(_l("关"))
    open_7 = BooleanField(_l("周日"))
    opens_7 = ClockField(_l("开"))
    closes_7 = ClockField(_l("关"))

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """Day by day: whether it is open, from, until."""
        return [(self[f"open_{n}"], self[f"opens_{n}"], self[f"closes_{n}"]) for n in WEEKDAY_WORDS]

    def days(self) -> dict[int, OpenSpan]:
        """The hours that were chosen; an open day without times, or out of order, is left for the service to refuse."""
        if self.limits.data == "none":
            return {}
        return {
            n: OpenSpan(_minutes(opens.data), _minutes(closes.data))
            for n, (is_open, opens, closes) in zip(WEEKDAY_WORDS, self.rows, strict=True)
            if is_open.data
        }

    def validate_limits(self, field: Any) -> None:
        """A week without an open day is no week."""
        if field.data == "week" and not any(is_open.data for is_open, _, _ in self.rows):
            raise ValidationError(N_("至少选一天；长时间不开放，请登记停用。"))


def _minutes(at: time | None) -> int:
    return at.hour * 60 + at.minute if at is not None else -1


class TravelForm(Form):
    """The time between two sites."""

    other = SelectField(_l("到哪个教学点"), [InputRequired(REQUIRED)])
    minutes = WholeNumberField(
        _l("路上要几分钟"),
        [Optional(), NumberRange(0, LONGEST_TRAVEL, N_("须为 0—480 分钟。"))],
        description=_l("不填就回到按坐标估算。"),
    )
    reason = StringField(_l("说明"), [Optional(), Length(max=200, message=N_("最多 200 字。")), clean_text])
