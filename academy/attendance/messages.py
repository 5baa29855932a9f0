"""The letters that attendance writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people

_LINK = "/my/hours"

CONVERSION_APPROVED = Reason(
    code="attendance.conversion_approved",
    subject=N_("折算已认定：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”已认定，记入 %(hours)s 学时，算在%(earned_on)s。"),
    link=_LINK,
)
CONVERSION_REFUSED = Reason(
    code="attendance.conversion_refused",
    subject=N_("折算未认定：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”没有认定。原因：%(reason)s\n\n补齐材料后可以再次申请。"),
    link=_LINK,
)
CONVERSION_REVOKED = Reason(
    code="attendance.conversion_revoked",
    subject=N_("折算已撤销：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”的认定已撤销，所记学时已冲回，原记录保留。原因：%(reason)s\n\n有疑问请联系教务。"),
    link=_LINK,
)
PERIOD_CHANGED = Reason(
    code="attendance.period_extended",
    subject=N_("登记有效期有变动：%(number)s"),
    body=N_("您好，%(name)s：\n\n按文件 %(number)s，您的登记有效期现在到%(ends_on)s。事由：%(reason)s"),
    link=_LINK,
)
PERIOD_ENDS = Reason(
    code="attendance.period_ends",
    subject=N_("登记有效期%(ends_on)s到期，再登记已受理"),
    body=N_(
        "您好，%(name)s：\n\n您的登记有效期到%(ends_on)s为止，现在起可以办理再登记。"
        "这一期要求 %(needed)s 学时，已记 %(credited)s，还差 %(missing)s。\n\n哪些班能补，登录后在“我的学时”里看。"
    ),
    link=_LINK,
)
YEAR_SHORT = Reason(
    code="attendance.year_short",
    subject=N_("%(year)s年度继续教育还差 %(missing)s 学时"),
    body=N_(
        "您好，%(name)s：\n\n%(year)s年度要求 %(needed)s 学时，已记 %(credited)s，还差 %(missing)s，12月31日截止。\n\n"
        "哪些班能补，登录后在“我的学时”里看。"
    ),
    link=_LINK,
)


def tell(letter: Reason, facts: Sequence[tuple[int, str, Mapping[str, object]]], *, now: datetime) -> None:
    """Plan a letter for each learner: (learner id, key, facts). Planning it again for the same key changes nothing."""
    if not facts:
        return
    recipients = _recipients(learner_id for learner_id, _, _ in facts)
    letters = [(recipients[learner_id], {"name": recipients[learner_id].name, **said}, key) for learner_id, key, said in facts]
    plan_many(reason=letter, letters=letters, now=now)


def _recipients(learner_ids: Iterable[int]) -> dict[int, Recipient]:
    learners = people.learners_by_ids(learner_ids)
    users = accounts.users_by_ids(learner.user_id for learner in learners.values() if learner.user_id)
    found = {}
    for learner in learners.values():
        user = users.get(learner.user_id or 0)
        email = user.email if user else learner.email or None
        found[learner.id] = Recipient(user.id if user else None, email, learner.name_zh, user.locale if user else "zh_Hans")
    return found
