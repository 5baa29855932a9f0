"""Every write of people, one use case a file."""

from academy.people.services.learners import (
    AlreadyRegistered,
    Person,
    PersonIsInvalid,
    PersonIsRegistered,
    new_learner,
    new_learner_code,
    register_learner,
    unmask_learner,
)
from academy.people.services.unmasking import unmask_learners

__all__ = [
    "AlreadyRegistered",
    "Person",
    "PersonIsInvalid",
    "PersonIsRegistered",
    "new_learner",
    "new_learner_code",
    "register_learner",
    "unmask_learner",
    "unmask_learners",
]
