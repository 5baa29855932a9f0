"""Looking behind the mask of many people at once: a list printed with full numbers."""

from collections.abc import Iterable
from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record_many
from academy.core.errors import Forbidden
from academy.people import queries
from academy.people.policies import can_unmask
from academy.people.queries import Learner


def unmask_learners(*, learner_ids: Iterable[int], actor: Actor, now: datetime, reason: str) -> list[Learner]:
    """Give learners with their numbers in full, and write down for each who looked and why. Raises Forbidden."""
    learners = sorted(queries.learners_by_ids(learner_ids).values(), key=lambda one: one.id)
    if not all(can_unmask(actor, learner) for learner in learners):
        raise Forbidden
    changes: list[tuple[str, None, None]] = [(f"learner:{learner.code}", None, None) for learner in learners]
    record_many(actor, "people.learner_unmasked", [*changes], now=now, reason=reason)
    return learners
