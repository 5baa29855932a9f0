"""Form fields for days, instants and numbers: typed and shown by the academy's clock, refused in words."""

from datetime import datetime
from typing import Any

from wtforms import DateField, DateTimeLocalField, IntegerField

from academy.core.clock import TZ
from academy.core.text import N_
from academy.ui.forms import is_near

REQUIRED = N_("请填这一项。")
MOMENT = "%Y-%m-%dT%H:%M"


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
