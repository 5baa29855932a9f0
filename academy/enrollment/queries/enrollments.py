"""Who is, was or wants to be in a class."""

from collections.abc import Iterable

from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import NotFound
from academy.enrollment.models import ApplicationDocument
from academy.enrollment.models import Enrollment as Enrollment  # what reads give back is public by name
from academy.enrollment.rules import LIVE, PENDING, SEATED, EnrollmentState
from academy.people import queries as people


def get_enrollment(code: str) -> Enrollment:
    """An enrollment by its code. Raises NotFound."""
    found = db.session.scalars(select(Enrollment).where(Enrollment.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def enrollments_by_codes(codes: Iterable[str]) -> list[Enrollment]:
    """Enrollments by code; codes of none are left out."""
    return list(db.session.scalars(select(Enrollment).where(Enrollment.code.in_(list(codes)))))


def live_enrollment(class_id: int, learner_id: int) -> Enrollment | None:
    """The person's live enrollment in a class."""
    query = select(Enrollment).where(
        Enrollment.class_id == class_id, Enrollment.learner_id == learner_id, Enrollment.state.in_(LIVE)
    )
    return db.session.scalars(query).one_or_none()


def latest_enrollment(class_id: int, learner_id: int) -> Enrollment | None:
    """The person's newest enrollment in a class, live or ended."""
    query = select(Enrollment).where(Enrollment.class_id == class_id, Enrollment.learner_id == learner_id)
    return db.session.scalars(query.order_by(Enrollment.id.desc()).limit(1)).one_or_none()


def enrollments_of(class_id: int, states: Iterable[EnrollmentState] | None = None) -> list[Enrollment]:
    """A class's enrollments in some states (None: all): seats by time, then the line in its order."""
    query = select(Enrollment).where(Enrollment.class_id == class_id)
    if states is not None:
        query = query.where(Enrollment.state.in_(list(states)))
    order = (Enrollment.waitlist_no.is_not(None), Enrollment.priority, Enrollment.waitlist_no, Enrollment.id)
    return list(db.session.scalars(query.order_by(*order)))


def enrollments_of_learner(learner_id: int, states: Iterable[EnrollmentState] | None = None) -> list[Enrollment]:
    """A person's enrollments, the newest first."""
    query = select(Enrollment).where(Enrollment.learner_id == learner_id)
    if states is not None:
        query = query.where(Enrollment.state.in_(list(states)))
    return list(db.session.scalars(query.order_by(Enrollment.applied_at.desc(), Enrollment.id.desc())))


def fresh_enrollments(class_id: int, states: Iterable[EnrollmentState] = LIVE) -> list[Enrollment]:
    """A class's enrollments in some states as they are in the database, whatever was read before; by age."""
    query = select(Enrollment).where(Enrollment.class_id == class_id, Enrollment.state.in_(list(states)))
    return list(db.session.scalars(query.order_by(Enrollment.id).execution_options(populate_existing=True)))


def applications_of(class_id: int) -> list[Enrollment]:
    """Applications that somebody has to decide about, the oldest first."""
    return sorted(enrollments_of(class_id, PENDING), key=lambda one: one.id)


def applications_of_units(organization_ids: Iterable[int]) -> list[Enrollment]:
    """Applications of the organizations' people that have been decided by nobody, or were returned; the oldest first."""
    members = people.learner_ids_of_organizations(organization_ids)
    query = select(Enrollment).where(Enrollment.learner_id.in_(members), Enrollment.state.in_(PENDING))
    return list(db.session.scalars(query.order_by(Enrollment.id)))


def documents_of(enrollment_ids: Iterable[int]) -> dict[int, list[ApplicationDocument]]:
    """What was handed in with each of these applications."""
    query = select(ApplicationDocument).where(ApplicationDocument.enrollment_id.in_(list(enrollment_ids)))
    found: dict[int, list[ApplicationDocument]] = {}
    for document in db.session.scalars(query.order_by(ApplicationDocument.id)):
        found.setdefault(document.enrollment_id, []).append(document)
    return found


def admitted_learner_ids(class_id: int) -> list[int]:
    """Who has, or had to the end, a seat in a class; in the order of admission."""
    query = select(Enrollment.learner_id).where(Enrollment.class_id == class_id, Enrollment.state.in_(SEATED))
    return list(db.session.scalars(query.order_by(Enrollment.admitted_at, Enrollment.id)))


def is_admitted(class_id: int, learner_id: int) -> bool:
    """Whether a person has, or had to the end, a seat in a class."""
    query = select(Enrollment.id).where(
        Enrollment.class_id == class_id, Enrollment.learner_id == learner_id, Enrollment.state.in_(SEATED)
    )
    return db.session.scalar(query.limit(1)) is not None
