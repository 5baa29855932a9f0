"""Every read of enrollment, and the one explained rule."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, exists, func, outerjoin, select

from academy.accounts import queries as accounts
from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.core.verdict import Verdict
from academy.enrollment.models import Enrollment as Enrollment  # what reads give back is public by name
from academy.enrollment.rules import (
    LIVE,
    SEATED,
    Applicant,
    ApplicationFacts,
    EnrollmentState,
    OwnEnrollment,
    explain_application,
)
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.rules import EnrollmentFacts


def get_enrollment(code: str) -> Enrollment:
    """An enrollment by its code. Raises NotFound."""
    found = db.session.scalars(select(Enrollment).where(Enrollment.code == code)).one_or_none()
    if found is None:
        raise NotFound
    return found


def enrollment_by_id(enrollment_id: int) -> Enrollment:
    """An enrollment by its id. Raises NotFound."""
    found = db.session.get(Enrollment, enrollment_id)
    if found is None:
        raise NotFound
    return found


def live_enrollment(class_id: int, learner_id: int) -> Enrollment | None:
    """The person's live enrollment in a class."""
    query = select(Enrollment).where(
        Enrollment.class_id == class_id, Enrollment.learner_id == learner_id, Enrollment.state.in_(LIVE)
    )
    return db.session.scalars(query).one_or_none()


def enrollments_of(class_id: int, states: Iterable[EnrollmentState] | None = None) -> list[Enrollment]:
    """A class's enrollments in some states (None: all): seats by time, then the line in its order."""
    query = select(Enrollment).where(Enrollment.class_id == class_id)
    if states is not None:
        query = query.where(Enrollment.state.in_(list(states)))
    order = (Enrollment.waitlist_no.is_not(None), Enrollment.waitlist_no, Enrollment.id)
    return list(db.session.scalars(query.order_by(*order)))


def enrollments_of_learner(learner_id: int, states: Iterable[EnrollmentState] | None = None) -> list[Enrollment]:
    """A person's enrollments, the newest first."""
    query = select(Enrollment).where(Enrollment.learner_id == learner_id)
    if states is not None:
        query = query.where(Enrollment.state.in_(list(states)))
    return list(db.session.scalars(query.order_by(Enrollment.applied_at.desc(), Enrollment.id.desc())))


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


def waitlist_place(class_id: int, waitlist_no: int) -> tuple[int, int]:
    """A number's place in the line as it stands, and the length of the line: (4, 7)."""
    waiting = Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.WAITLISTED
    ahead = func.count(Enrollment.id).filter(Enrollment.waitlist_no < waitlist_no)
    before, length = db.session.execute(select(ahead, func.count(Enrollment.id)).where(*waiting)).one()
    return before + 1, length


def first_in_line(class_id: int) -> Enrollment | None:
    """Who is next, by number."""
    query = select(Enrollment).where(Enrollment.class_id == class_id, Enrollment.state == EnrollmentState.WAITLISTED)
    return db.session.scalars(query.order_by(Enrollment.waitlist_no).limit(1)).one_or_none()


_own, _other = table_of(Enrollment).alias("own"), table_of(Enrollment).alias("other")
_class_id = timetable.FACTS.selected_columns.id
_learner_id: BindParameter[int] = bindparam("learner_id")
_sits_elsewhere = exists().where(
    _other.c.learner_id == _learner_id,
    _other.c.state.in_(sorted(LIVE)),
    _other.c.class_id != _class_id,  # whether their sessions clash is looked up only for the few who sit elsewhere
)
_is_own = and_(_own.c.class_id == _class_id, _own.c.learner_id == _learner_id, _own.c.state.in_(sorted(LIVE)))
_APPLICATION = timetable.FACTS.add_columns(
    _own.c.state.label("own_state"),
    _own.c.waitlist_no,
    _own.c.applied_at,
    _sits_elsewhere.correlate(_class_id.table).label("sits_elsewhere"),
).select_from(outerjoin(_class_id.table, _own, _is_own))
_APPLICATION_BY_ID = _APPLICATION.where(_class_id == bindparam("class_id"))
_APPLICATION_BY_CODE = _APPLICATION.where(timetable.FACTS.selected_columns.code == bindparam("code"))


def application_by_code(code: str, applicant: Applicant) -> ApplicationFacts:
    """All that the decision about a person and a class looks at, in one statement. Raises NotFound."""
    parameters = {"code": code, "learner_id": applicant.id}
    return _application(db.session.connection().execute(_APPLICATION_BY_CODE, parameters).one_or_none(), applicant)


def application(class_id: int, applicant: Applicant) -> ApplicationFacts:
    """The same by the class's id. Raises NotFound."""
    parameters = {"class_id": class_id, "learner_id": applicant.id}
    return _application(db.session.execute(_APPLICATION_BY_ID, parameters).one_or_none(), applicant)


def _application(row: Row[Any] | None, applicant: Applicant) -> ApplicationFacts:
    if row is None:
        raise NotFound
    found = EnrollmentFacts._make(row[: len(EnrollmentFacts._fields)])
    own = OwnEnrollment(found.id, row.own_state, row.waitlist_no, row.applied_at) if row.own_state else None
    clash = timetable.find_class_clash(found.id, _other_class_ids(found.id, applicant.id)) if row.sits_elsewhere else None
    return ApplicationFacts(training_class=found, applicant=applicant, is_signed_in=True, own=own, clash=clash)


def _other_class_ids(class_id: int, learner_id: int) -> list[int]:
    query = select(Enrollment.class_id).where(Enrollment.learner_id == learner_id, Enrollment.state.in_(LIVE))
    return list(db.session.scalars(query.where(Enrollment.class_id != class_id)))


def explain(class_id: int, learner_id: int | None, now: datetime, *, is_signed_in: bool = True) -> Verdict:
    """Why a person may or may not enroll in a class. Without a learner, what can be said to a visitor. Raises NotFound."""
    if learner_id is None:
        found = timetable.enrollment_facts(class_id)
        nobody = ApplicationFacts(found, applicant=None, is_signed_in=is_signed_in, own=None, clash=None)
        return explain_application(nobody, now=now)
    return explain_application(application(class_id, _applicant(learner_id)), now=now)


def _applicant(learner_id: int) -> Applicant:
    learner = people.learner_by_id(learner_id)
    names = {one.code: one.name_zh for one in accounts.person_types()}
    return Applicant(learner.id, learner.name_zh, learner.person_type_code, names[learner.person_type_code])
