"""Who may change the catalog; also decides whether a button shows."""

from academy.core.access import Actor, Role


def can_edit_catalog(actor: Actor) -> bool:
    """Change what courses say."""
    return actor.has(Role.ADMINISTRATOR)
