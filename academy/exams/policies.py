"""Who may do what with questions, sittings and answers."""

from academy.core.access import Actor, Role

BANK_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.INSTRUCTOR)
SITTING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
INVIGILATING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.INSTRUCTOR)
READING_ROLES = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.INSTRUCTOR, Role.CERTIFICATE_OFFICER)


def can_edit_bank(actor: Actor) -> bool:
    """Whether the person may import questions and compose papers."""
    return actor.has(*BANK_ROLES)


def can_manage_sittings(actor: Actor) -> bool:
    """Whether the person may plan sittings and import answers."""
    return actor.has(*SITTING_ROLES)
