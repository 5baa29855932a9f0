"""The background door of attendance."""

from datetime import datetime

from academy.attendance.services import merging
from academy.core.outbox import subscribe


@subscribe("people.learners_merged", name="attendance.follow_merge")
def follow_merge(*, now: datetime, kept_id: int, merged_id: int) -> None:
    """Marks and hours of a merged record belong to the kept one."""
    merging.follow_merge(kept_id=kept_id, merged_id=merged_id, now=now)
