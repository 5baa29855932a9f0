"""Who in a class is entitled to a certificate: facts for everybody in a constant number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from academy.attendance import queries as attendance
from academy.catalog import queries as catalog
from academy.certificates.models import Certificate
from academy.certificates.rules import EligibilityFacts, Kind, eligibility
from academy.core.clock import today
from academy.core.db import db
from academy.core.documents import UndrawableCharacter, check_characters
from academy.core.text import Text
from academy.core.verdict import Verdict
from academy.core.wording import MINUTES_PER_HOUR
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import EnrollmentState
from academy.people import queries as people
from academy.scoring import queries as scoring
from academy.timetable import queries as timetable
from academy.timetable.rules import ClassState

ENDED = (ClassState.CLOSED, ClassState.ARCHIVED)
STAYED = (EnrollmentState.ADMITTED, EnrollmentState.COMPLETED, EnrollmentState.FAILED)  # the rule itself says why failed
GONE = (EnrollmentState.WITHDRAWN, EnrollmentState.REMOVED)


@dataclass(frozen=True, slots=True)
class Entitled:
    """One person of a class with the verdict, whether she may have the certificate or not."""

    learner_id: int
    learner_code: str
    name: str
    credited_minutes: int
    held_number: str | None
    verdict: Verdict


def evaluate_class(class_id: int, *, now: datetime, only: Iterable[int] | None = None) -> list[Entitled]:
    """The verdicts of everybody who was in a class (or of `only` these learners), by learner code.

    Takes the same number of statements for 4 people as for 400.
    """
    training_class = timetable.class_by_id(class_id)
    program = catalog.program_by_id(training_class.program_id)
    roll = {row.learner_id: row.state for row in enrollment.enrollments_of(class_id, states=(*STAYED, *GONE))}
    people_ids = set(roll) if only is None else set(only)
    learners = people.learners_by_ids(people_ids)
    minutes, rates = attendance.credited_minutes_of_class(class_id), attendance.attendance_rate(class_id)
    results = scoring.released_results(class_id)
    held = _held_numbers(class_id)
    common = _common(training_class, program, now)
    return [
        Entitled(
            learner_id=learner.id,
            learner_code=learner.code,
            name=learner.name_zh,
            credited_minutes=minutes.get(learner.id, 0),
            held_number=held.get(learner.id),
            verdict=eligibility(
                EligibilityFacts(
                    **common,
                    is_enrolled=roll.get(learner.id) in STAYED,
                    credited_minutes=minutes.get(learner.id, 0),
                    attendance_pct=rates.get(learner.id),
                    result_total=_total(results.get(learner.id)),
                    result_passed=_has_passed(results.get(learner.id)),
                    held_number=held.get(learner.id),
                    name_problem=_name_problem(learner.name_zh),
                )
            ),
        )
        for learner in sorted(learners.values(), key=lambda person: (person.code, person.id))
    ]


def _common(training_class: Any, program: Any, now: datetime) -> dict[str, Any]:
    kind = Kind(program.certificate_kind.value)
    return {
        "at": now,
        "class_has_ended": training_class.state in ENDED or training_class.ends_on < today(now),
        "required_minutes": program.min_hours * MINUTES_PER_HOUR,
        "min_attendance_pct": Decimal(attendance.least_attendance(training_class.id)),
        "needs_exam": kind is not Kind.HOURS_PROOF,
        "pass_mark": Decimal(program.pass_mark),
    }


def _total(result: Any) -> Decimal | None:
    return None if result is None else Decimal(result.total)


def _has_passed(result: Any) -> bool:
    return result is not None and bool(result.passed)


def _held_numbers(class_id: int) -> dict[int, str]:
    query = select(Certificate.learner_id, Certificate.number).where(Certificate.class_id == class_id, Certificate.is_live)
    return dict(db.session.execute(query).all())


def _name_problem(name: str) -> Text | None:
    try:
        check_characters({"holder": {"name": name}})
    except UndrawableCharacter as error:
        return error.text
    return None
