"""Who may sit, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.attendance import queries as attendance
from academy.core.verdict import Verdict
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.exams.models import Attempt, ExamSitting
from academy.exams.queries.attempts import attempts_of_learner, find_attempt
from academy.exams.queries.incidents import is_let_in
from academy.exams.queries.sittings import sittings_of_classes
from academy.exams.queries.slots import Standing, standings
from academy.exams.rules.delivery import AdmissionFacts, SlotStanding, explain_admission
from academy.exams.rules.kinds import FINISHED, AttemptState
from academy.timetable import queries as timetable


def explain_sitting(sitting: ExamSitting, learner_id: int, *, now: datetime) -> Verdict:
    """Whether a learner may sit now, with the record behind each check."""
    return explain_entry(sitting, learner_id, find_attempt(sitting.id, learner_id), now=now)


def explain_entry(sitting: ExamSitting, learner_id: int, attempt: Attempt | None, *, now: datetime) -> Verdict:
    """The same for who has the attempt already."""
    return _explain(sitting, learner_id, attempt, standings([sitting.id], learner_id).get(sitting.id), now)


def entry_closes_at(sitting: ExamSitting) -> datetime | None:
    """When nobody may begin any more; None: when the window closes."""
    return sitting.opens_at + timedelta(minutes=sitting.entry_minutes) if sitting.entry_minutes is not None else None


def ends_at(sitting: ExamSitting, attempt: Attempt | None) -> datetime:
    """When a sitting ends for somebody: with its window, or with the time that she was given beyond it."""
    is_writing = attempt is not None and attempt.state is AttemptState.IN_PROGRESS
    return max(sitting.closes_at, attempt.due_at) if attempt is not None and is_writing else sitting.closes_at


def _explain(
    sitting: ExamSitting, learner_id: int, attempt: Attempt | None, standing: Standing | None, now: datetime
) -> Verdict:
    training_class = timetable.class_by_id(sitting.class_id)
    closes = entry_closes_at(sitting)
    is_late = closes is not None and attempt is None and now > closes
    facts = AdmissionFacts(
        class_title=training_class.title_zh,
        class_link=f"/classes/{training_class.code}",
        is_enrolled=enrollment.is_admitted(training_class.id, learner_id),
        attendance=attendance.attendance_rate_of(training_class.id, learner_id),
        least_attendance=attendance.least_attendance(training_class.id),
        opens_at=sitting.opens_at,
        closes_at=ends_at(sitting, attempt),
        minutes=sitting.minutes,
        sitting_state=sitting.state,
        attempt_state=attempt.state if attempt else None,
        entry_closes_at=closes,
        is_let_in=is_late and is_let_in(sitting.id, learner_id),
        slot=standing.to(sitting.id) if standing else SlotStanding.NOT_ASKED,
        slot_link=f"/exams/slots/{standing.group_code}" if standing else "",
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
    """The sittings of the classes in which a learner has a seat, with her attempt and the verdict; the next window first.

    Of sittings among which she books one, the one that she has booked.
    """
    class_ids = {found.class_id for found in enrollment.enrollments_of_learner(learner_id, SEATED)}
    attempts, found = attempts_of_learner(learner_id), sittings_of_classes(class_ids)
    booked = standings([sitting.id for sitting in found], learner_id)
    return [
        OwnSitting(
            sitting,
            attempts.get(sitting.id),
            _explain(sitting, learner_id, attempts.get(sitting.id), booked.get(sitting.id), now),
        )
        for sitting in found
        if sitting.id not in booked or sitting.id in attempts or booked[sitting.id].booked_sitting_id == sitting.id
    ]
