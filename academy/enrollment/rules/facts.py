"""What the rule of enrollment looks at. Pure."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from academy.core.text import N_, Name
from academy.enrollment.rules.quotas import QuotaFacts, choose_quota
from academy.enrollment.rules.states import EnrollmentState
from academy.people.rules import Education, HeldLevel
from academy.timetable.rules import AdmissionMode, Clash, EnrollmentFacts


class DocumentKind(StrEnum):
    """What a person may have to show, when her record does not say it."""

    EDUCATION = "education"
    YEARS = "years"
    QUALIFICATION = "qualification"


DOCUMENT_WORDS = {
    DocumentKind.EDUCATION: N_("学历证明"),
    DocumentKind.YEARS: N_("工作年限证明"),
    DocumentKind.QUALIFICATION: N_("职业资格登记证明"),
}


class Applicant(NamedTuple):
    """The person who wants to enroll. `type_name` is what her person type is called."""

    id: int
    name_zh: str
    person_type_code: str
    type_name: str | Name
    organization_id: int | None = None
    education: Education | None = None
    works_since: date | None = None
    held_level: HeldLevel = HeldLevel.NONE
    held_until: date | None = None


class OwnEnrollment(NamedTuple):
    """A live enrollment of the same person."""

    class_id: int
    state: EnrollmentState
    waitlist_no: int | None
    applied_at: datetime


class Equivalent(NamedTuple):
    """A live enrollment of the same person in another class of the same program."""

    class_code: str
    class_title: str
    state: EnrollmentState


class RoundFacts(NamedTuple):
    """The round of central allocation in which a class is."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """All that the decision looks at."""

    training_class: EnrollmentFacts
    applicant: Applicant | None  # nobody: a visitor, or a user who is not registered as a learner
    is_signed_in: bool
    own: OwnEnrollment | None  # the live enrollment in this very class
    clash: Clash | None
    equivalent: Equivalent | None = None
    has_prerequisite: bool = True
    prerequisite_title: str = ""
    quotas: tuple[QuotaFacts, ...] = ()
    by_naming: bool = False  # her unit or the academy names her
    round: RoundFacts | None = None  # the class's seats wait for a central allocation
    by_allocation: bool = False  # that allocation itself seats her
    shown: frozenset[DocumentKind] = field(default_factory=frozenset)  # what she has handed in

    @property
    def quota(self) -> QuotaFacts | None:
        """The quota from which she would be seated."""
        if self.applicant is None:
            return None
        return choose_quota(
            self.quotas,
            organization_id=self.applicant.organization_id,
            person_type_code=self.applicant.person_type_code,
            by_naming=self.by_naming,
        )

    def as_of(self, training_class: EnrollmentFacts) -> "ApplicationFacts":
        """The same with the class as it is now that nobody else can change it."""
        return replace(self, training_class=training_class)

    def showing(self, documents: frozenset[DocumentKind]) -> "ApplicationFacts":
        """The same with what she has handed in."""
        return replace(self, shown=documents)

    @property
    def is_reviewed(self) -> bool:
        """Whether a person looks at the application before it becomes a seat."""
        return self.training_class.admission is not AdmissionMode.DIRECT
