"""Who may sit, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from academy.attendance import queries as attendance
from academy.core.verdict import Verdict
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.exams.models import Attempt, ExamSitting
from academy.exams.queries.attempts import attempts_of_learner, find_attempt
from academy.exams.queries.sittings import sittings_of_classes
from academy.exams.rules.delivery import AdmissionFacts, explain_admission
from academy.exams.rules.kinds import FINISHED
from academy.timetable import queries as timetable


def explain_sitting(sitting: ExamSitting, learner_id: int, *, now: datetime) -> Verdict:
    """Whether a learner may sit now, with the record behind each check."""
    return explain_entry(sitting, learner_id, find_attempt(sitting.id, learner_id), now=now)


def explain_entry(sitting: ExamSitting, learner_id: int, attempt: Attempt | None, *, now: datetime) -> Verdict:
    """The same for who has the attempt already."""
    return _explain(sitting, learner_id, attempt, now)


def _explain(sitting: ExamSitting, learner_id: int, attempt: Attempt | None, now: datetime) -> Verdict:
    training_class = timetable.class_by_id(sitting.class_id)
    facts = AdmissionFacts(
        class_title=training_class.title_zh,
        class_link=f"/classes/{training_class.code}",
        is_enrolled=enrollment.is_admitted(training_class.id, learner_id),
        attendance=attendance.attendance_rate_of(training_class.id, learner_id),
        least_attendance=attendance.least_attendance(training_class.id),
        opens_at=sitting.opens_at,
        closes_at=sitting.closes_at,
        minutes=sitting.minutes,
        sitting_state=sitting.state,
        attempt_state=attempt.state if attempt else None,
    )
    return explain_admission(facts, now=now)


@dataclass(frozen=True, slots=True)
class OwnSitting:
    """A sitting as one learner sees it."""

    sitting: ExamSitting
    attempt: Attempt | None
    verdict: Verdict

    @property
    def is_finished(self) -> bool:
        """Whether she has handed in, or her time ran out."""
        return self.attempt is not None and self.attempt.state in FINISHED


def sittings_of_learner(learner_id: int, *, now: datetime) -> Sequence[OwnSitting]:
    """The sittings of the classes in which a learner has a seat, with her attempt and the verdict; the next window first."""
    class_ids = {found.class_id for found in enrollment.enrollments_of_learner(learner_id, SEATED)}
    attempts = attempts_of_learner(learner_id)
    return [
        OwnSitting(sitting, attempts.get(sitting.id), _explain(sitting, learner_id, attempts.get(sitting.id), now))
        for sitting in sittings_of_classes(class_ids)
    ]
