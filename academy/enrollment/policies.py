"""Who may enroll whom; also decides whether a button shows."""

from academy.core.access import Actor, Role
from academy.enrollment.models import Enrollment
from academy.people import queries as people


def can_manage_enrollments(actor: Actor) -> bool:
    """Enroll and remove other people, decide about applications, change seats and quotas, see who is in a class."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_see_roster(actor: Actor) -> bool:
    """See who is in a class."""
    return can_manage_enrollments(actor) or actor.has(Role.CERTIFICATE_OFFICER, Role.AUDITOR)


def can_ask_why(actor: Actor) -> bool:
    """Ask about anybody why she may or may not enroll."""
    return can_manage_enrollments(actor) or actor.has(Role.AUDITOR)


def can_name(actor: Actor, organization_id: int | None) -> bool:
    """Put people of an organization forward: its coordinator."""
    return organization_id is not None and organization_id in actor.organizations


def can_see_application(actor: Actor, enrollment: Enrollment) -> bool:
    """See an application with its documents: who decides about it, and the person herself."""
    if can_manage_enrollments(actor):
        return True
    learner = people.learner_by_id(enrollment.learner_id)
    is_own = actor.user_id is not None and learner.user_id == actor.user_id
    return is_own or can_name(actor, learner.organization_id)
