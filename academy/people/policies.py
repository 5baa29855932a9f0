"""Who may see and change people; also decides whether a button shows."""

from academy.core.access import Actor, Role
from academy.people.models import Instructor, Learner, RosterImport


def sees_all_learners(actor: Actor) -> bool:
    """The whole register."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def visible_organizations(actor: Actor) -> frozenset[int] | None:
    """The organizations whose learners a person sees; None: all of them."""
    return None if sees_all_learners(actor) else actor.organizations


def can_see_learner(actor: Actor, learner: Learner) -> bool:
    """Staff see everybody, a coordinator the people of her organization, a learner herself."""
    if sees_all_learners(actor):
        return True
    if actor.user_id is not None and learner.user_id == actor.user_id:
        return True
    return learner.organization_id is not None and learner.organization_id in actor.organizations


def can_unmask(actor: Actor, learner: Learner) -> bool:
    """See identity and mobile number in full; each time is recorded."""
    return sees_all_learners(actor) and can_see_learner(actor, learner)


def can_correct(actor: Actor, learner: Learner) -> bool:
    """Correct what decides whom a class takes; nobody does it to her own record."""
    return sees_all_learners(actor) and (actor.user_id is None or learner.user_id != actor.user_id)


def can_import(actor: Actor) -> bool:
    """Upload rosters and decide about them: staff for everybody, a coordinator for her organization."""
    return sees_all_learners(actor) or bool(actor.organizations)


def can_import_for(actor: Actor, organization_id: int | None) -> bool:
    """Import rows for one organization; for all of them (None) staff only."""
    return sees_all_learners(actor) or (organization_id is not None and organization_id in actor.organizations)


def can_see_roster(actor: Actor, roster: RosterImport) -> bool:
    """See an uploaded roster: staff all of them, a coordinator those of her organization."""
    return can_import_for(actor, roster.organization_id)


def can_export_in_full(actor: Actor) -> bool:
    """Take identity and mobile numbers out of the house uncovered; each time is recorded with its purpose."""
    return sees_all_learners(actor)


def can_merge(actor: Actor) -> bool:
    """Merge two records of one person."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_manage_instructors(actor: Actor) -> bool:
    """Keep the instructor pool: qualifications, fields, absences, proposals to appoint."""
    return actor.has(Role.ADMINISTRATOR, Role.CLASS_MANAGER)


def can_appoint(actor: Actor) -> bool:
    """Appoint whom somebody else proposed."""
    return actor.has(Role.ADMINISTRATOR)


def is_this_instructor(actor: Actor, instructor: Instructor) -> bool:
    """Whether the person is the instructor herself."""
    return actor.user_id is not None and instructor.user_id == actor.user_id
