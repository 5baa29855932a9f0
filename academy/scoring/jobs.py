"""What scoring does in the background."""

from datetime import datetime

from academy.core.db import transaction
from academy.core.outbox import subscribe
from academy.core.queues import Queue
from academy.core.tasks import job
from academy.scoring import merging, services


@job(queue=Queue.URGENT, every=15)
def release_due(*, now: datetime) -> None:
    """Release the results whose instant has come."""
    with transaction():
        services.release_due(now=now)


@subscribe("scoring.results_released", name="scoring.write_to_learners")
def write_to_learners(*, now: datetime, sitting_id: int) -> None:
    """Tell every learner that her result can be seen."""
    services.write_to_learners(sitting_id=sitting_id, now=now)


@subscribe("scoring.appeal_granted", name="scoring.score_after_appeal")
def score_after_appeal(*, now: datetime, sitting_id: int, appeal_id: int) -> None:
    """A granted appeal makes a new version of the results, which a second person confirms."""
    services.score_after_appeal(sitting_id=sitting_id, appeal_id=appeal_id, now=now)


@subscribe("people.learners_merged", name="scoring.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Results of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)


@job(every=1800)
def remind_markers(*, now: datetime) -> None:
    """Tell markers that their scripts are due within a day."""
    with transaction():
        services.remind_markers(now=now)
