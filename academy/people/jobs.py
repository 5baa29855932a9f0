"""The background door of people: reading and importing rosters."""

from datetime import datetime

from academy.core.db import transaction
from academy.core.errors import Invalid
from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue
from academy.people import services


@subscribe("people.roster_uploaded", name="people.read_roster", queue=Queue.DOCUMENTS, transactional=False)
def read_roster(*, now: datetime, roster_id: int, run_id: int) -> None:
    """Read an uploaded roster into its preview. Called again, it goes on where it was cut off."""
    try:
        opened = services.open_roster(roster_id=roster_id, run_id=run_id)
    except Invalid as error:
        with transaction():
            services.give_up_reading(roster_id=roster_id, run_id=run_id, error=error, now=now)
        return
    if opened is None:
        return
    for part in opened.slices():
        with transaction():
            if not services.keep_slice(opened=opened, part=part, now=now):
                return
    with transaction():
        services.finish_reading(opened=opened, now=now)


@subscribe("people.roster_decided", name="people.import_roster", queue=Queue.DOCUMENTS)
def import_roster(*, now: datetime, roster_id: int) -> Again | None:
    """Import one slice of a roster; comes back until no row waits."""
    return Again() if services.import_slice(roster_id=roster_id, now=now) else None
