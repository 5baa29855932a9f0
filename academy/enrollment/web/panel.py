"""The panel beside a class: whether the reader may enroll and why, or where she stands."""

from dataclasses import dataclass
from datetime import datetime

from academy.core.access import Role, current_actor
from academy.core.clock import now
from academy.core.errors import NotFound
from academy.core.verdict import Verdict
from academy.enrollment import queries
from academy.enrollment.policies import can_manage_enrollments, can_see_roster
from academy.enrollment.queries import Enrollment, Offer
from academy.enrollment.rules import (
    DOCUMENT_WORDS,
    PENDING,
    STATE_SIGNS,
    ApplicationFacts,
    DocumentKind,
    EnrollmentState,
    documents_needed,
    explain_application,
    may_offer,
    may_withdraw,
)
from academy.enrollment.rules import STATE_WORDS as OWN_WORDS
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.policies import can_see_class
from academy.timetable.queries import TrainingClass
from academy.timetable.rules import ADMISSION_WORDS, STATE_WORDS, EnrollmentFacts
from academy.timetable.rules import STATE_SIGNS as CLASS_SIGNS
from academy.ui.forms import EmptyForm

LONGEST_LINE_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel beside a class says to this reader."""

    facts: EnrollmentFacts
    verdict: Verdict
    own: Enrollment | None
    offer: Offer | None
    place: tuple[int, int] | None  # in the line, and its length
    documents: list[DocumentKind]  # to hand in with an application
    runs: list[TrainingClass]  # of the same program, into which she could move
    may_leave: bool
    line_moves: bool
    is_learner: bool
    is_signed_in: bool
    is_staff: bool
    is_reviewed: bool
    gets_seat: bool  # whoever applies now is not sent into the line

    @property
    def line(self) -> list[int | None]:
        """Places to draw, the reader's among them; None stands for those left out."""
        if self.place is None:
            return []
        own, length = self.place
        if length <= LONGEST_LINE_SHOWN:
            return list(range(1, length + 1))
        shown = sorted({1, 2, own - 1, own, own + 1, length} & set(range(1, length + 1)))
        drawn: list[int | None] = []
        for before, number in zip([0, *shown], shown, strict=False):
            drawn += [number] if number == before + 1 else [None, number]
        return drawn

    @property
    def is_pending(self) -> bool:
        """Whether her application is under review."""
        return self.own is not None and self.own.state in PENDING


def seen(code: str) -> TrainingClass:
    """The class, if the reader may know of it."""
    found = timetable.get_class(code)
    if not can_see_class(current_actor(), found):
        raise NotFound
    return found


def panel_of(found: TrainingClass, at: datetime) -> Panel:
    """The panel for whoever reads."""
    actor = current_actor()
    is_signed_in = actor.user_id is not None
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    facts = queries.facts_of(found.id, learner.id) if learner else queries.facts_of_nobody(found.id, is_signed_in=is_signed_in)
    own = queries.live_enrollment(found.id, learner.id) if learner else None
    waits = own is not None and own.state is EnrollmentState.WAITLISTED
    may_leave = may_withdraw(facts.training_class, now=at)
    return Panel(
        facts=facts.training_class,
        verdict=explain_application(facts, now=at),
        own=own,
        offer=queries.open_offer_of(own.id) if own and own.state is EnrollmentState.OFFERED else None,
        place=queries.waitlist_place(found.id, own.priority, own.waitlist_no or 0) if own and waits else None,
        documents=documents_needed(facts) if own is None or own.state is EnrollmentState.RETURNED else [],
        runs=_runs(found) if own and own.state is EnrollmentState.ADMITTED and may_leave else [],
        may_leave=may_leave,
        line_moves=may_offer(facts.training_class, now=at),
        is_learner=learner is not None,
        is_signed_in=is_signed_in,
        is_staff=can_manage_enrollments(actor) or actor.has(Role.INSTRUCTOR),
        is_reviewed=facts.is_reviewed,
        gets_seat=_gets_seat(facts),
    )


def _gets_seat(facts: ApplicationFacts) -> bool:
    return facts.quota is not None or facts.training_class.has_free_seat


def _runs(found: TrainingClass) -> list[TrainingClass]:
    """Other runs of the program that have a free seat now."""
    return [one for one in timetable.open_runs(found.program_id) if one.id != found.id and one.seats_left > 0]


def panel_values(found: TrainingClass) -> dict[str, object]:
    """What the panel's template needs."""
    return {
        "panel": panel_of(found, now()),
        "button": EmptyForm(),
        "state_words": STATE_WORDS,
        "state_signs": CLASS_SIGNS,
        "own_words": OWN_WORDS,
        "own_signs": STATE_SIGNS,
        "document_words": DOCUMENT_WORDS,
        "admission_words": ADMISSION_WORDS,
        "may_manage": can_manage_enrollments(current_actor()),
        "may_see_people": can_see_roster(current_actor()),
    }
