"""Words of the catalog and the shapes that other domains hand to it. No database, no clock, no Flask."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from academy.core.text import N_, Text


class Level(StrEnum):
    """How much a course asks of those who take it."""

    FOUNDATION = "foundation"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Mode(StrEnum):
    """How a course is taught."""

    FACE_TO_FACE = "face_to_face"
    BLENDED = "blended"
    ONLINE = "online"
    PRACTICUM = "practicum"


class CertificateKind(StrEnum):
    """What a program ends with. The academy certifies these three and no national qualification."""

    COMPLETION = "completion"
    HOURS_PROOF = "hours_proof"
    POSITION_COMPETENCE = "position_competence"


LEVEL_WORDS = {
    Level.FOUNDATION: N_("基础"),
    Level.INTERMEDIATE: N_("进阶"),
    Level.ADVANCED: N_("高级"),
}
MODE_WORDS = {
    Mode.FACE_TO_FACE: N_("面授"),
    Mode.BLENDED: N_("混合"),
    Mode.ONLINE: N_("线上"),
    Mode.PRACTICUM: N_("实训"),
}
MODE_ICONS = {
    Mode.FACE_TO_FACE: "m-face",
    Mode.BLENDED: "m-blend",
    Mode.ONLINE: "m-online",
    Mode.PRACTICUM: "m-prac",
}
CERTIFICATE_WORDS = {
    CertificateKind.COMPLETION: N_("结业证书"),
    CertificateKind.HOURS_PROOF: N_("学时证明"),
    CertificateKind.POSITION_COMPETENCE: N_("岗位能力证书"),
}

CardState = Literal["ok", "wait", "run", "no", "draft"]


@dataclass(frozen=True, slots=True)
class OpenClassCard:
    """A class that takes enrollments, as the timetable hands it to the catalog's pages."""

    title: str
    code: str
    href: str
    program_code: str
    field_code: str
    field_name: str
    panel: str  # the panel's css class: pb, sg, ps, st, pd
    run: Text  # 2026年第3期
    summary: str
    city_code: str
    city: str
    county: str
    site_name: str
    starts_on: date
    ends_on: date
    hours: int
    seats: int
    taken: int
    certificate: Text
    person_types: tuple[str, ...]  # codes P01…P12
    state: CardState
    state_words: Text
    note: Text | None = None

    @property
    def days(self) -> int:
        """Calendar days from the first to the last."""
        return (self.ends_on - self.starts_on).days + 1


def panel_class(field_or_panel_code: str) -> str:
    """The css class that carries the panel's ink: SG-03 → sg."""
    return field_or_panel_code[:2].lower()


def certificate_line(kind: CertificateKind, validity_months: int | None) -> Text:
    """岗位能力证书 · 有效 24 个月, or the kind alone when it does not lapse."""
    words = Text(CERTIFICATE_WORDS[kind])
    if validity_months is None:
        return words
    return Text(N_("%(kind)s · 有效 %(months)s 个月"), kind=words, months=validity_months)
