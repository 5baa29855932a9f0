"""How dates, money and hours are written, in Chinese and in English."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import has_app_context
from flask_babel import get_locale

from academy.core.clock import local

MINUTES_PER_HOUR = 45  # 1 学时 (domain.md, "Rules with numbers")
WEEKDAYS_ZH = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_english() -> bool:
    """Whether the reader asked for English."""
    locale = get_locale() if has_app_context() else None
    return locale is not None and locale.language == "en"


def date_words(value: date | datetime, *, weekday: bool = True) -> str:
    """2026年11月23日（周一）, or Mon 23 Nov 2026."""
    day = local(value).date() if isinstance(value, datetime) else value
    if is_english():
        return f"{WEEKDAYS_EN[day.weekday()] + ' ' if weekday else ''}{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日" + (f"（周{WEEKDAYS_ZH[day.weekday()]}）" if weekday else "")


def day_words(value: date | datetime, *, weekday: bool = False) -> str:
    """12月7日, or 7 Dec: the year is known from where it stands."""
    day = local(value).date() if isinstance(value, datetime) else value
    if is_english():
        return f"{WEEKDAYS_EN[day.weekday()] + ' ' if weekday else ''}{day.day} {MONTHS_EN[day.month - 1]}"
    return f"{day.month}月{day.day}日" + (f"（周{WEEKDAYS_ZH[day.weekday()]}）" if weekday else "")


def time_words(value: datetime) -> str:
    """14:05 by the academy's clock."""
    return local(value).strftime("%H:%M")


def datetime_words(value: datetime) -> str:
    """2026年11月23日（周一）10:42, or Mon 23 Nov 2026, 10:42."""
    return f"{date_words(value)}{', ' if is_english() else ''}{time_words(value)}"


def hours_from_minutes(minutes: int | Decimal) -> str:
    """Minutes as 学时 of 45 minutes, at most one decimal: 90 → 2, 100 → 2.2."""
    hours = (Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{hours.normalize():f}"


def money_words(fen: int) -> str:
    """Money kept in fen, with two decimals: 0 → 0.00元, or ¥0.00."""
    amount = f"{Decimal(fen) / 100:,.2f}"
    return f"¥{amount}" if is_english() else f"{amount}元"
