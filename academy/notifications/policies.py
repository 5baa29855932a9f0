"""Who may look after the message queue."""

from academy.core.access import Actor, Role

MANAGERS = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER)


def can_manage(actor: Actor) -> bool:
    """Whether the actor may see, resend and settle other people's messages."""
    return actor.has(*MANAGERS)
