"""Taking people's data out of the house: who, how many, uncovered or not, what for. Written down before the file is made."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.errors import Forbidden, Invalid
from academy.core.text import N_
from academy.people.policies import can_export_in_full

MOST_WITHOUT_PURPOSE = 1_000  # people; beyond, the law wants an assessment on record (PIPL art. 55)


class PurposeIsMissing(Invalid):
    """Many people, or uncovered numbers: somebody says what for."""

    message = N_("导出 %(count)s 人，请写明用途。文件没有生成。")
    next_step = N_("超过 1000 人，或号码不遮盖时，必须写用途，会记入审计。")


def log_export(*, what: str, count: int, is_full: bool, purpose: str, actor: Actor, now: datetime) -> None:
    """Write down that a list of people leaves the house (`what` is "kind:code"). Raises Forbidden, PurposeIsMissing."""
    if is_full and not can_export_in_full(actor):
        raise Forbidden
    purpose = purpose.strip()[:500]
    if (is_full or count > MOST_WITHOUT_PURPOSE) and len(purpose) < 2:
        raise PurposeIsMissing(count=count)
    after = {"people": count, "numbers": "full" if is_full else "masked"}
    record(actor, "people.exported", what[:120], now=now, after=after, reason=purpose)
