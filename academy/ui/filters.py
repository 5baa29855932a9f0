"""Jinja filters and globals."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request
from markupsafe import Markup

from academy.config import settings
from academy.core import text, wording
from academy.core.access import current_actor
from academy.core.clock import local
from academy.ui import icons, navigation
from academy.ui.fields import MOMENT


def underscore(msgid: str, /, **params: Any) -> Markup:
    """`_()` of templates: Jinja's own asks three times as many functions for each sentence. A lone % is written %%."""
    words = Markup(text.translate(msgid))  # noqa: S704 - our own sentences; parameters are escaped by the formatting
    return words % params if "%" in words else words


def keep(words: str) -> Markup:
    """Words that must not be broken over two lines."""
    return Markup('<span class="keep">%s</span>') % words


def date_filter(value: date | datetime | None, *, weekday: bool = True) -> Markup | str:
    """2026年11月23日（周一）, the day and its weekday unbroken."""
    return keep(wording.date_words(value, weekday=weekday)) if value else "—"


def day_filter(value: date | datetime | None, *, weekday: bool = False) -> Markup | str:
    """12月7日."""
    return keep(wording.day_words(value, weekday=weekday)) if value else "—"


def datetime_filter(value: datetime | None) -> Markup | str:
    """2026年11月23日（周一）10:42."""
    return keep(wording.datetime_words(value)) if value else "—"


def time_filter(value: datetime | None) -> str:
    """10:42."""
    return wording.time_words(value) if value else "—"


def number_filter(value: int | float | Decimal | None) -> str:
    """12,846."""
    return "—" if value is None else f"{value:,}"


def mark_filter(value: Decimal | None) -> str:
    """A mark without needless zeros: 61.50 → 61.5."""
    return "—" if value is None else f"{value.normalize():f}"


def bilingual(zh: str, en: str | None) -> str:
    """Data that has an English column, in the reader's language."""
    return en if en and wording.is_english() else zh


def moment_filter(value: datetime) -> str:
    """An instant as a field of type datetime-local holds it."""
    return local(value).strftime(MOMENT)


def url_with(**changes: Any) -> str:
    """The present address with some parameters changed; None or an empty value removes one."""
    args = {**request.args.to_dict(flat=False), **{k: [v] for k, v in changes.items()}}
    pairs = [(k, v) for k, values in args.items() for v in values if v not in (None, "")]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def install(app: Flask) -> None:
    """Make filters and globals known to every template."""
    app.jinja_env.filters.update(
        t=text.render,
        date=date_filter,
        day=day_filter,
        datetime=datetime_filter,
        time=time_filter,
        hours=wording.hours_from_minutes,
        money=wording.money_words,
        number=number_filter,
        mark=mark_filter,
        moment=moment_filter,
    )
    app.jinja_env.globals.update(
        _=underscore,
        icon=icons.icon,
        use_icons=icons.use_icons,
        icon_sprite=icons.icon_sprite,
        bilingual=bilingual,
        url_with=url_with,
        is_english=wording.is_english,
        navigation=navigation,
        go=navigation.go,
        actor=current_actor,
        academy=settings,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
