"""Runs of reports: who sees which, and for which classes one may be asked for."""

from sqlalchemy import Select, func, select

from academy.core.access import Actor, Role
from academy.core.db import db
from academy.core.errors import Forbidden, NotFound
from academy.enrollment.models import Enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.people.models import Learner
from academy.reports.models import ReportRun
from academy.reports.policies import can_see_all_runs, can_see_every_row
from academy.timetable import queries as timetable
from academy.timetable.models import TrainingClass
from academy.timetable.rules import ClassState

REPORTED = (ClassState.RUNNING, ClassState.CLOSED, ClassState.ARCHIVED)


def reportable_classes(actor: Actor) -> list[TrainingClass]:
    """The classes of which the actor may ask for a summary, the latest first."""
    query = select(TrainingClass).where(TrainingClass.state.in_(REPORTED))
    if not can_see_every_row(actor):
        query = query.where(TrainingClass.id.in_(_own_class_ids(actor)))
    return list(db.session.scalars(query.order_by(TrainingClass.ends_on.desc(), TrainingClass.id.desc()).limit(200)))


def _own_class_ids(actor: Actor) -> list[int]:
    ids: set[int] = set()
    if actor.has(Role.INSTRUCTOR) and actor.user_id is not None:
        instructor = people.find_instructor_of_user(actor.user_id)
        ids.update(timetable.class_ids_of_instructor(instructor.id) if instructor else ())
    if actor.organizations:
        ids.update(db.session.scalars(_classes_of(actor)))
    return sorted(ids)


def _classes_of(actor: Actor) -> Select[int]:
    return (
        select(Enrollment.class_id)
        .join(Learner, Learner.id == Enrollment.learner_id)
        .where(Learner.organization_id.in_(actor.organizations), Enrollment.state.in_(SEATED))
        .distinct()
    )


def scope_for(actor: Actor, class_id: int) -> list[int] | None:
    """Which organizations' people the actor sees of a class: None for everybody. Raises NotFound for nobody."""
    if can_see_every_row(actor):
        return None
    if class_id not in _own_class_ids(actor):
        raise NotFound
    instructor = people.find_instructor_of_user(actor.user_id) if actor.user_id is not None else None
    if instructor is not None and class_id in timetable.class_ids_of_instructor(instructor.id):
        return None
    return sorted(actor.organizations)


def get_report_run(code: str, actor: Actor) -> ReportRun:
    """A run that the actor may see. Raises NotFound, Forbidden for staff without the right."""
    run = db.session.scalars(select(ReportRun).where(ReportRun.code == code)).one_or_none()
    if run is None:
        raise NotFound
    if run.requested_by_id == actor.user_id or can_see_all_runs(actor):
        return run
    raise Forbidden if can_see_every_row(actor) else NotFound


def report_runs(actor: Actor, *, limit: int = 20, offset: int = 0) -> tuple[list[ReportRun], int]:
    """The runs that the actor may see, newest first, and how many there are."""
    query = select(ReportRun)
    if not can_see_all_runs(actor):
        query = query.where(ReportRun.requested_by_id == actor.user_id)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(db.session.scalars(query.order_by(ReportRun.id.desc()).limit(limit).offset(offset))), total
