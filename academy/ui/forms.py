"""The base of every form, and what several forms check."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from academy.core.text import N_


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form with its CSRF token. Messages are message ids: templates translate them."""


class EmptyForm(Form):
    """A button: nothing but the CSRF token."""


def clean_text(_form: Any, field: Any) -> None:
    """Refuse line breaks and control characters, which never belong into a one-line field."""
    if any(ord(char) < 32 or ord(char) == 127 for char in field.data or ""):
        raise ValidationError(N_("这里不能有换行或控制字符。"))


def is_near(day: date) -> bool:
    """Whether a typed day or instant lies where every calendar can go: year 1 has no UTC, year 9999 no tomorrow."""
    return 2000 <= day.year <= 2100


def near_instant(_form: Any, field: Any) -> None:
    """Refuse an instant that nobody means."""
    if field.data is not None and not is_near(field.data):
        raise ValidationError(N_("请填日期和时间，如 2026-12-01 18:00。"))
