"""Who may do what with accounts; also decides whether a button shows."""

from academy.core.access import Actor, Role


def can_manage_users(actor: Actor) -> bool:
    """Create users, change roles, close accounts."""
    return actor.has(Role.ADMINISTRATOR)
