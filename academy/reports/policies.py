"""Who may see which rows of a report."""

from academy.core.access import Actor, Role
from academy.reports.rules.definitions import ReportDefinition

SEES_EVERYTHING = (Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER, Role.AUDITOR)
SEE_THE_BOARD = SEES_EVERYTHING
SEES_ALL_RUNS = (Role.ADMINISTRATOR, Role.AUDITOR)


def can_request(actor: Actor, definition: ReportDefinition) -> bool:
    """Whether the actor may ask for the report at all."""
    return actor.has(*definition.roles)


def can_see_every_row(actor: Actor) -> bool:
    """Whether the actor sees whole classes."""
    return actor.has(*SEES_EVERYTHING)


def can_see_all_runs(actor: Actor) -> bool:
    """Whether the actor sees what others asked for."""
    return actor.has(*SEES_ALL_RUNS)
