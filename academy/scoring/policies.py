"""Who may score, confirm and release."""

from academy.core.access import Actor, Role

SCORING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
CONFIRMING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER)
READING_ROLES = (*CONFIRMING_ROLES, Role.INSTRUCTOR, Role.AUDITOR)
COMPARING_ROLES = (*CONFIRMING_ROLES, Role.AUDITOR)  # who may read the dossier on answers that are too much alike


def can_compare(actor: Actor) -> bool:
    """Whether the person may see which candidates answered too much alike."""
    return actor.has(*COMPARING_ROLES)


def can_score(actor: Actor) -> bool:
    """Whether the person may run the scoring of a sitting."""
    return actor.has(*SCORING_ROLES)


def can_confirm(actor: Actor) -> bool:
    """Whether the person may confirm and release results; that it is not the scorer is checked with the list."""
    return actor.has(*CONFIRMING_ROLES)


def is_same_person(actor: Actor, user_id: int | None, name: str) -> bool:
    """Whether the actor is the one who is named; the system counts as one person."""
    return (actor.user_id, actor.name) == (user_id, name) if actor.user_id is None else actor.user_id == user_id
