"""What scoring does in the background."""

from datetime import datetime

from academy.core.outbox import subscribe
from academy.scoring import services


@subscribe("scoring.results_released", name="scoring.write_to_learners")
def write_to_learners(*, now: datetime, sitting_id: int) -> None:
    """Tell every learner that her result can be seen."""
    services.write_to_learners(sitting_id=sitting_id, now=now)
