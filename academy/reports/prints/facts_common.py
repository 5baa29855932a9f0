"""The parts that the facts of all forms share, and how a Chinese document writes dates, numbers and masks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from academy.core.clock import local
from academy.core.sealed import mask_id_number, mask_mobile
from academy.core.wording import hours_from_minutes
from academy.reports.prints.dossier import Dossier, Person, Session
from academy.reports.prints.forms import Form
from academy.reports.prints.layout import SeatOrder

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen for one print. `half` is the code of a half-day, `learner_id` the one person it is for."""

    order: SeatOrder = SeatOrder.CODE
    half: str = ""
    part: int = 1
    learner_id: int | None = None
    in_full: bool = False  # identity and phone numbers unmasked
    mark_gaps: bool = False  # 〓 for characters that no font has


PLAIN = Options()


def zh_date(day: date) -> str:
    """2026年12月7日."""
    return f"{day.year}年{day.month}月{day.day}日"


def zh_day(day: date) -> str:
    """12月7日（周一）."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def zh_instant(at: datetime) -> str:
    """2026年11月23日 10:42, by the academy's clock."""
    clock = local(at)
    return f"{zh_date(clock.date())} {clock:%H:%M}"


def hours(minutes: int) -> str:
    """Minutes as hours of 45."""
    return hours_from_minutes(minutes)


def percent(rate: Decimal | None) -> str:
    """96.4%, or a dash."""
    return "—" if rate is None else f"{rate}%"


def mark(value: Decimal) -> str:
    """A mark without needless zeros."""
    return f"{value.normalize():f}"


def phone(person: Person, options: Options) -> str:
    """The mobile number, masked unless asked for in full. Stars: the fonts draw the screen's dot twice as wide."""
    return person.mobile if options.in_full else mask_mobile(person.mobile).replace("•", "*")


def id_number(person: Person, options: Options) -> str:
    """The identity number, masked unless asked for in full."""
    return person.id_number if options.in_full else mask_id_number(person.id_number).replace("•", "*")


def common(form: Form, found: Dossier, *, title: str = "", people: Sequence[Mapping[str, Any]] = ()) -> Facts:
    """What every form says: which form, which class, printed when and by whom, the way to the class's page."""
    return {
        "doc": {"code": form.code, "title_zh": title or form.title_zh, "title_en": form.title_en},
        "class": {
            "code": found.code,
            "title_zh": found.title,
            "full_zh": found.full_title,
            "site_zh": found.site,
            "room_zh": found.room,
            "start_on": found.starts_on.isoformat(),
            "end_on": found.ends_on.isoformat(),
        },
        "printed": {"at": zh_instant(found.at), "by": found.printed_by},
        "verify": {"url": found.address_of_page},
        "people_list": list(people),
    }


def person(one: Person, **more: Any) -> Facts:
    """Somebody on a list."""
    return {"seq": one.seq, "number": one.code, "name": one.name, "gender": one.gender, "org": one.organization, **more}


def session(one: Session, found: Dossier) -> Facts:
    """A session on a list. `room` is where it is held, `place` the same unless it is the class's own room."""
    return {
        "seq": one.seq,
        "half": one.half,
        "from": one.begins,
        "to": one.ends,
        "title": one.title,
        "teachers": "、".join(one.teachers) or "待定",
        "room": one.place or found.room or found.site,
        "place": one.place,
        "hours": hours(one.minutes),
    }


def courses(found: Dossier) -> list[Facts]:
    """The courses in the order of their first session, each with its instructors, session numbers and hours."""
    by_title: dict[str, list[Session]] = {}
    for one in found.sessions:
        by_title.setdefault(one.title, []).append(one)
    return [
        {
            "title": title,
            "teachers": "、".join(dict.fromkeys(name for one in held for name in one.teachers)) or "待定",
            "seqs": "、".join(str(one.seq) for one in held),
            "hours": hours(sum(one.minutes for one in held)),
        }
        for title, held in by_title.items()
    ]
