"""Who may enroll whom; also decides whether a button shows."""

from academy.core.access import Actor, Role


def can_manage_enrollments(actor: Actor) -> bool:
    """Enroll and remove other people, change seats, see who is in a class."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_see_roster(actor: Actor) -> bool:
    """See who is in a class."""
    return can_manage_enrollments(actor) or actor.has(Role.CERTIFICATE_OFFICER, Role.AUDITOR)
