"""Who may score, confirm and release."""

from academy.core.access import Actor, Role

SCORING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
CONFIRMING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER)
READING_ROLES = (*CONFIRMING_ROLES, Role.INSTRUCTOR, Role.AUDITOR)
COMPARING_ROLES = (*CONFIRMING_ROLES, Role.AUDITOR)  # who may read the dossier on answers that are too much alike


def can_compare(actor: Actor) -> bool:
    """Whether the person may see which candidates answered too much alike."""
    return actor.has(*COMPARING_ROLES)


STAFF_READING_ROLES = (*CONFIRMING_ROLES, Role.AUDITOR)
LINE_ROLES = (Role.ADMINISTRATOR, Role.CERTIFICATE_OFFICER)


def can_read_all(actor: Actor) -> bool:
    """Whether the person reads the results of every class; an instructor reads those of her own."""
    return actor.has(*STAFF_READING_ROLES)


def can_set_lines(actor: Actor) -> bool:
    """Whether the person may enter the lines that regions set."""
    return actor.has(*LINE_ROLES)


def can_score(actor: Actor) -> bool:
    """Whether the person may run the scoring of a sitting."""
    return actor.has(*SCORING_ROLES)


def can_confirm(actor: Actor) -> bool:
    """Whether the person may confirm and release results; that it is not the scorer is checked with the list."""
    return actor.has(*CONFIRMING_ROLES)


def is_same_person(actor: Actor, user_id: int | None, name: str) -> bool:
    """Whether the actor is the one who is named; the system counts as one person."""
    return (actor.user_id, actor.name) == (user_id, name) if actor.user_id is None else actor.user_id == user_id


MARKING_ROLES = (Role.INSTRUCTOR, Role.CLASS_MANAGER, Role.ADMINISTRATOR)
DECIDING_ROLES = (*CONFIRMING_ROLES, Role.INSTRUCTOR)


def can_set_appeals(actor: Actor) -> bool:
    """Whether the person may say when and how a sitting's appeals are taken."""
    return actor.has(*CONFIRMING_ROLES)


def can_decide_appeals(actor: Actor) -> bool:
    """Whether the person may decide appeals; that she has not marked the script is checked with it."""
    return actor.has(*DECIDING_ROLES)
