"""The background door of certificates."""

from datetime import datetime

from academy.certificates import services
from academy.certificates.services import merging
from academy.core.db import transaction
from academy.core.outbox import Again, subscribe
from academy.core.queues import Queue


@subscribe("certificates.batch_approved", name="certificates.issue", queue=Queue.DOCUMENTS, transactional=False)
def issue(*, now: datetime, batch_id: int) -> Again | None:
    """Issue one slice of an approved batch; comes back until no row waits."""
    with transaction():
        services.current_signer(now=now)  # makes the keys on the very first batch
        drawn = services.draw_slice(batch_id=batch_id, now=now)
    if not drawn:
        with transaction():
            services.finish_batch(batch_id=batch_id, now=now)
        return None
    made = services.make_files(drawn, now=now)
    with transaction():
        services.record_slice(batch_id=batch_id, made=made, now=now)
    return Again()


@subscribe("people.learners_merged", name="certificates.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Certificates of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)
