"""Form fields for days, instants and numbers: typed and shown by the academy's clock, refused in words."""

import re
from datetime import datetime, time
from typing import Any

from wtforms import DateField, DateTimeLocalField, IntegerField, StringField

from academy.core.clock import TZ
from academy.core.text import N_
from academy.ui.forms import is_near

REQUIRED = N_("请填这一项。")
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


class WholeNumberField(IntegerField):
    """A whole number; anything else is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(N_("请填整数。")) from error


class ClockField(StringField):
    """A time of the day; what is none is said in words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        typed = valuelist[0].strip() if valuelist else ""
        found = _CLOCK.fullmatch(typed)
        self.data: Any = time(int(found.group(1)), int(found.group(2))) if found else None
        if not found and valuelist and valuelist[0]:
            raise ValueError(N_("请填时间，如 09:00。"))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if isinstance(self.data, time) else ""
