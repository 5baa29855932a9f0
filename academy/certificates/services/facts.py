"""What a certificate says, put together once and then frozen."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cache
from typing import Any

from academy.catalog import queries as catalog
from academy.certificates.numbers import make_number
from academy.certificates.rules import FACTS_SCHEMA, TITLES, Kind, forbidden_word, valid_until
from academy.config import settings
from academy.core.clock import today
from academy.core.documents import SOURCES, academy_facts
from academy.core.errors import Invalid
from academy.core.text import N_
from academy.core.wording import MINUTES_PER_HOUR
from academy.timetable import queries as timetable

TEMPLATE = "certificate"


class TitleIsForbidden(Invalid):
    """The title would make the certificate look like a state qualification (domain.md)."""

    message = N_("“%(title)s”含有“%(word)s”，学院的证书不能这样写。")
    next_step = N_("请先改项目名称；职业资格由国家颁发，这里只登记。")


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What all certificates of a class have in common."""

    class_id: int
    class_code: str
    class_title: str
    kind: Kind
    year: int
    class_serial: int
    validity_months: int | None
    program: dict[str, str]

    def number(self, serial: int) -> str:
        """The certificate number of a person's serial."""
        return make_number(self.year, self.class_serial, serial)


def class_facts(class_id: int) -> ClassFacts:
    """The common facts of a class. Raises TitleIsForbidden."""
    training_class = timetable.class_by_id(class_id)
    program = catalog.program_by_id(training_class.program_id)
    kind = Kind(program.certificate_kind.value)
    for title in (TITLES[kind][0], program.title_zh):
        word = forbidden_word(title)
        if word is not None:
            raise TitleIsForbidden(title=title, word=word)
    return ClassFacts(
        class_id=training_class.id,
        class_code=training_class.code,
        class_title=training_class.title_zh,
        kind=kind,
        year=training_class.year,
        class_serial=training_class.class_serial,
        validity_months=program.validity_months,
        program={
            "code": program.code,
            "title_zh": program.title_zh,
            "run_zh": f"（{training_class.year}年第{training_class.run_no}期）",
            "class_code": training_class.code,
            "start_on": training_class.starts_on.isoformat(),
            "end_on": training_class.ends_on.isoformat(),
        },
    )


def certificate_facts(
    common: ClassFacts, *, name: str, credited_minutes: int, serial: int, public_id: str, now: datetime
) -> dict[str, Any]:
    """Everything that one certificate says: the only source of its file, its page and its signature."""
    issued_on = today(now)
    until = valid_until(issued_on, common.validity_months)
    title_zh, title_en = TITLES[common.kind]
    return {
        "schema": FACTS_SCHEMA,
        "academy": academy_facts(),
        "holder": {"name": name},
        "program": {**common.program, "hours": _whole_hours(credited_minutes)},
        "certificate": {
            "kind": common.kind.value,
            "title_zh": title_zh,
            "title_en": title_en,
            "number": common.number(serial),
            "issued_on": issued_on.isoformat(),
            "valid_until": until.isoformat() if until else None,
        },
        "template": {"name": TEMPLATE, "digest": template_digest()},
        "verify": {"url": f"{settings().address}/c/{public_id}"},
    }


def _whole_hours(minutes: int) -> str:
    """Credited hours of 45 minutes, rounded down to a tenth: a certificate never says more than the ledger."""
    hours = (Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.1"), ROUND_DOWN)
    return f"{hours.normalize():f}"


@cache
def template_digest() -> str:
    """Which version of the template was used: SHA-256 of its sources, shortened."""
    digest = hashlib.sha256()
    for name in (f"{TEMPLATE}.typ", "theme.typ", "assets/frame_landscape.svg", "assets/seal.svg"):
        digest.update((SOURCES / name).read_bytes())
    return digest.hexdigest()[:16]
