"""How a class admits people: who decides, what is required, how long an offer stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from academy.catalog import queries as catalog
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid
from academy.core.text import N_
from academy.people.rules import Education, HeldLevel
from academy.timetable import queries
from academy.timetable.models import TrainingClass
from academy.timetable.policies import can_manage_classes
from academy.timetable.rules import EDITABLE, AdmissionMode

MOST_YEARS = 50
LONGEST_OFFER = 168


class TermsAreUnusable(Invalid):
    """Years or hours outside what makes sense, or a program that requires itself."""

    message = N_("工作年限须为 0—50，答复期须为 1—168 小时，先修项目不能是本项目。")


class TermsAreFixed(Conflict):
    """The class has begun, or people have applied under the way of admission that was published."""

    message = N_("已经有人报名或已经开班，录取方式不能再改；其他条件可以放宽。")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a class requires of those who enroll, and who decides."""

    admission: AdmissionMode = AdmissionMode.DIRECT
    offer_hours: int = 24
    min_education: Education | None = None
    min_years: int | None = None
    required_level: HeldLevel | None = None
    prerequisite_program_code: str | None = None


def set_terms(*, code: str, terms: Terms, actor: Actor, now: datetime) -> TrainingClass:
    """Set a class's terms of admission. Whoever is in stays in; the rule decides about those who come.

    Raises NotFound, Forbidden, TermsAreUnusable, TermsAreFixed.
    """
    found = queries.get_class(code)
    if not can_manage_classes(actor):
        raise Forbidden
    program_id = _prerequisite(found, terms)
    has_people = bool(found.admitted_count or found.waiting_count or found.held_count)
    if found.state not in EDITABLE or (has_people and terms.admission is not found.admission):
        raise TermsAreFixed
    before = _shown(found)
    for name in ("admission", "offer_hours", "min_education", "min_years", "required_level"):
        setattr(found, name, getattr(terms, name))
    found.prerequisite_program_id = program_id
    db.session.flush()
    record(actor, "timetable.terms_changed", f"class:{code}", now=now, before=before, after=_shown(found))
    return found


def _prerequisite(found: TrainingClass, terms: Terms) -> int | None:
    years_fit = terms.min_years is None or 0 <= terms.min_years <= MOST_YEARS
    if not years_fit or not 1 <= terms.offer_hours <= LONGEST_OFFER or terms.required_level is HeldLevel.NONE:
        raise TermsAreUnusable
    if terms.prerequisite_program_code is None:
        return None
    program_id = catalog.get_program(terms.prerequisite_program_code).id
    if program_id == found.program_id:
        raise TermsAreUnusable
    return program_id


def _shown(found: TrainingClass) -> dict[str, Any]:
    return {
        "admission": found.admission.value,
        "offer_hours": found.offer_hours,
        "min_education": found.min_education.value if found.min_education else None,
        "min_years": found.min_years,
        "required_level": found.required_level.value if found.required_level else None,
        "prerequisite_program_id": found.prerequisite_program_id,
    }
