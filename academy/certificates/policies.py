"""Who may do what with certificates; also decides whether a button shows."""

from academy.attendance.policies import HOURS_KEEPERS, HOURS_READERS
from academy.core.access import Actor, Role
from academy.people.policies import can_see_learner
from academy.people.queries import Learner

READERS = (Role.CERTIFICATE_OFFICER, Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.AUDITOR)

WRITERS = (Role.CERTIFICATE_OFFICER, Role.ADMINISTRATOR)


def can_read_register(actor: Actor) -> bool:
    """See the register with full names."""
    return actor.has(*READERS)


def can_prepare(actor: Actor) -> bool:
    """Prepare or withdraw a batch."""
    return actor.has(*WRITERS)


def can_approve(actor: Actor, prepared_by_id: int | None) -> bool:
    """Approve a batch: an officer, but never the one who prepared it. The system alone has no second person."""
    return can_prepare(actor) and actor.user_id is not None and actor.user_id != prepared_by_id


def can_revoke(actor: Actor) -> bool:
    """Revoke a certificate."""
    return actor.has(*WRITERS)


def can_download(actor: Actor, holder_user_id: int | None) -> bool:
    """Fetch the signed file: its holder, or whoever may read the register."""
    return can_read_register(actor) or (actor.user_id is not None and actor.user_id == holder_user_id)


def can_have_statement(actor: Actor, learner: Learner) -> bool:
    """Fetch an annual statement: the learner herself, the staff, a coordinator for her organization."""
    return actor.has(*HOURS_READERS) or can_see_learner(actor, learner)


def can_issue_statement(actor: Actor, learner: Learner) -> bool:
    """Have an annual statement made: whoever may fetch it, but for an auditor, who only reads."""
    is_insider = actor.has(*WRITERS, *HOURS_KEEPERS) or learner.organization_id in actor.organizations
    return is_insider or (actor.user_id is not None and actor.user_id == learner.user_id)
