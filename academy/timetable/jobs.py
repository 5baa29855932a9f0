"""The background door of the timetable."""

from datetime import datetime

import structlog

from academy.core.access import SYSTEM
from academy.core.clock import today
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.tasks import job
from academy.timetable import queries
from academy.timetable.rules import ClassState, Step
from academy.timetable.services import lapse_need, take_step

log = structlog.get_logger(__name__)


@job(every=300)
def start_due_classes(*, now: datetime) -> None:
    """Start the open classes whose first day has come. Each in a transaction of its own: one that cannot holds up none."""
    due = [found.id for found in queries.classes([ClassState.OPEN]) if found.starts_on <= today(now)]
    for class_id in due:
        try:
            with transaction():
                take_step(class_id=class_id, step=Step.START, actor=SYSTEM, now=now)
        except DomainError as error:
            log.info("class.not_started", class_id=class_id, why=error.code)


@job(every=300)
def lapse_due_needs(*, now: datetime) -> None:
    """End the needs whose deadline has passed; each in a transaction of its own."""
    for need_id in queries.needs_due(now):
        try:
            with transaction():
                lapse_need(need_id=need_id, now=now)
        except DomainError as error:
            log.info("need.not_lapsed", need_id=need_id, why=error.code)
