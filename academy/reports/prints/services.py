"""What printing writes: who printed numbers in full, or a list of very many people, and what for."""

from collections.abc import Sequence
from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.errors import Invalid
from academy.core.text import N_
from academy.people.services import unmask_learners
from academy.reports.prints.forms import MANY_PEOPLE, Form

SHORTEST_PURPOSE = 4


class PurposeIsNeeded(Invalid):
    """Numbers in full, or more than a thousand people: somebody must say what for."""

    message = N_("要印完整号码，或一次印 1,000 人以上，请写明用途（至少 4 个字），用途会记入审计。没有印。")
    next_step = N_("请在打印页写明用途再印。")


def needs_purpose(people: int) -> bool:
    """Whether so many people on one print ask for a purpose (domain.md, "Personal data")."""
    return people > MANY_PEOPLE


def record_print(
    *,
    class_code: str,
    forms: Sequence[Form],
    learner_ids: Sequence[int],
    in_full: bool,
    purpose: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down a print with its purpose, and for each person that her numbers were shown.

    Raises PurposeIsNeeded, Forbidden.
    """
    purpose = purpose.strip()
    if len(purpose) < SHORTEST_PURPOSE:
        raise PurposeIsNeeded
    if in_full:
        unmask_learners(learner_ids=learner_ids, actor=actor, now=now, reason=purpose)
    after = {"forms": [form.slug for form in forms], "people": len(learner_ids), "in_full": in_full}
    record(actor, "reports.forms_printed", f"class:{class_code}", now=now, after=after, reason=purpose)
