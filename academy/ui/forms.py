"""The base of every form, and what several forms check."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from academy.core.errors import DomainError
from academy.core.text import N_
from academy.ui.flash import refusal_of


def _blank_is_nothing(value: Any) -> Any:
    """A field of blanks alone was left empty: else " " passes for something typed, or for a choice."""
    return "" if isinstance(value, str) and not value.strip() else value


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form with its CSRF token. Messages are message ids: templates translate them."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Every field treats blanks alike."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Add the filter to the field's own; a file has no text."""
            own = unbound_field.kwargs.get("filters", ())
            return unbound_field.bind(form=form, **{**options, "filters": [*own, _blank_is_nothing]})

    def refuse(self, error: DomainError) -> None:
        """Say above the fields why what was typed could not be done; what was typed stays."""
        self.form_errors.append(refusal_of(error))


_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class EmptyForm(Form):
    """A button: nothing but the CSRF token."""


def clean_text(_form: Any, field: Any) -> None:
    """Refuse line breaks, control characters and marks that turn the direction of reading: none belongs into one line."""
    if any(ord(char) < 32 or ord(char) == 127 or char in _TURNS for char in field.data or ""):
        raise ValidationError(N_("这里不能有换行或控制字符。"))


def is_near(day: date) -> bool:
    """Whether a typed day or instant lies where every calendar can go: year 1 has no UTC, year 9999 no tomorrow."""
    return 2000 <= day.year <= 2100


def near_instant(_form: Any, field: Any) -> None:
    """Refuse an instant that nobody means."""
    if field.data is not None and not is_near(field.data):
        raise ValidationError(N_("请填日期和时间，如 2026-12-01 18:00。"))
