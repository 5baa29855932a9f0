"""Who may do what with classes; also decides whether a button shows."""

from academy.core.access import Actor, Role
from academy.timetable.models import TrainingClass
from academy.timetable.rules import EDITABLE, PUBLIC, ClassState, Step


def can_manage_classes(actor: Actor) -> bool:
    """Create classes, plan their sessions, change seats, take them through their states."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_approve_classes(actor: Actor) -> bool:
    """Approve or return what somebody else submitted."""
    return actor.has(Role.ADMINISTRATOR)


def can_take(actor: Actor, step: Step) -> bool:
    """Whether the person's role allows a step; whether the class does is a rule."""
    return can_approve_classes(actor) if step in {Step.APPROVE, Step.RETURN} else can_manage_classes(actor)


def can_see_class(actor: Actor, found: TrainingClass) -> bool:
    """Open, running and closed classes are public; the others are the staff's."""
    return found.state in PUBLIC or can_manage_classes(actor) or actor.has(Role.AUDITOR, Role.CERTIFICATE_OFFICER)


def can_edit_facts(actor: Actor, found: TrainingClass) -> bool:
    """Change dates, site, room and audience: before enrollment opens."""
    return can_manage_classes(actor) and found.state in EDITABLE - {ClassState.OPEN}


def can_edit_sessions(actor: Actor, found: TrainingClass) -> bool:
    """Change the timetable: until the class has ended."""
    return can_manage_classes(actor) and (found.state in EDITABLE or found.state is ClassState.RUNNING)


def can_manage_needs(actor: Actor) -> bool:
    """Ask for instructors, invite them, assign them, confirm absences."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)
