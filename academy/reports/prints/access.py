"""As what a person stands to a class: what she may print follows from it."""

from sqlalchemy import exists, select

from academy.core.access import Actor, Role
from academy.core.db import db
from academy.core.errors import Forbidden, NotFound
from academy.enrollment import queries as enrollment
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.people.models import Learner
from academy.reports.prints.forms import Form, Reader, may_print
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass


def readers_of(actor: Actor, found: TrainingClass) -> frozenset[Reader]:
    """Every way in which the person stands to the class; empty for an outsider."""
    readers = set()
    if actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER):
        readers.add(Reader.STAFF)
    if actor.has(Role.CERTIFICATE_OFFICER, Role.AUDITOR):
        readers.add(Reader.REVIEWER)
    if actor.has(Role.INSTRUCTOR) and _teaches(actor, found):
        readers.add(Reader.INSTRUCTOR)
    if actor.organizations and _has_people(actor, found):
        readers.add(Reader.COORDINATOR)
    if find_own(actor, found) is not None:
        readers.add(Reader.LEARNER)
    return frozenset(readers)


def require(actor: Actor, found: TrainingClass, form: Form) -> frozenset[Reader]:
    """How the person stands to the class, if she may print the form. Raises NotFound for outsiders, else Forbidden."""
    readers = readers_of(actor, found)
    if not readers:
        raise NotFound
    if not may_print(form, readers):
        raise Forbidden
    return readers


def _teaches(actor: Actor, found: TrainingClass) -> bool:
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    return instructor is not None and found.id in timetable.class_ids_of_instructor(instructor.id)


def _has_people(actor: Actor, found: TrainingClass) -> bool:
    seated = (
        exists()
        .where(Enrollment.class_id == found.id, Enrollment.state.in_(SEATED))
        .where(Learner.id == Enrollment.learner_id, Learner.organization_id.in_(actor.organizations))
    )
    return bool(db.session.scalar(select(seated)))


def find_own(actor: Actor, found: TrainingClass) -> Learner | None:
    """The learner whom the person is, if she has a seat in the class."""
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    return learner if learner is not None and enrollment.is_admitted(found.id, learner.id) else None
