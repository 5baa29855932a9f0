"""Who may change places; also decides whether a button shows."""

from academy.core.access import Actor, Role


def can_manage_places(actor: Actor) -> bool:
    """Change rooms, opening hours, closures and travel times."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
