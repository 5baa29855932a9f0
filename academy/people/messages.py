"""The letters that the instructor pool writes."""

from datetime import datetime

from academy.core.text import N_
from academy.notifications.rules import Reason
from academy.notifications.services import plan
from academy.people import queries

_OWN = "/teaching/qualifications"

EXPIRING = Reason(
    code="people.qualification_expiring",
    subject=N_("资格即将到期：%(title)s"),
    body=N_(
        "您好，%(name)s：\n\n您的“%(title)s”到 %(expires_on)s 为止，还有不超过 %(days)s 天。\n\n"
        "到期之后的课不能再排给您。请办好新证后在“我的资格”里登记，教务核验后接替旧证。"
    ),
    link=_OWN,
)
EXPIRED = Reason(
    code="people.qualification_expired",
    subject=N_("资格已经过期：%(title)s"),
    body=N_(
        "您好，%(name)s：\n\n您的“%(title)s”已于 %(expires_on)s 到期，没有新证接替。\n\n"
        "新的课暂时不会排给您。办好新证后请在“我的资格”里登记。"
    ),
    link=_OWN,
)
CHECKED = Reason(
    code="people.qualification_checked",
    subject=N_("资格已核验：%(title)s"),
    body=N_("您好，%(name)s：\n\n您登记的“%(title)s”已由教务核验，从现在起作数。"),
    link=_OWN,
)
REJECTED = Reason(
    code="people.qualification_rejected",
    subject=N_("资格没有通过核验：%(title)s"),
    body=N_("您好，%(name)s：\n\n您登记的“%(title)s”没有通过核验。原因：%(reason)s\n\n改好后可以重新登记，原来的记录保留。"),
    link=_OWN,
)
APPOINTED = Reason(
    code="people.instructor_appointed",
    subject=N_("聘任通知：%(position)s"),
    body=N_(
        "您好，%(name)s：\n\n学院聘您为%(position)s，聘期 %(starts_on)s 至 %(ends_on)s，聘书编号 %(letter_no)s。\n\n"
        "您可以在“我的资格”里看到聘书的内容。"
    ),
    link=_OWN,
)
ENDED = Reason(
    code="people.appointment_ended",
    subject=N_("聘期结束：%(position)s"),
    body=N_("您好，%(name)s：\n\n您作为%(position)s的聘期（聘书 %(letter_no)s）到 %(ended_on)s 结束。原因：%(reason)s"),
    link=_OWN,
)


def tell(letter: Reason, instructor_id: int, /, *, key: str, now: datetime, **facts: object) -> None:
    """Plan one letter to an instructor. `key` tells repeated occasions apart."""
    recipient = queries.instructor_recipients([instructor_id])[instructor_id]
    plan(reason=letter, recipient=recipient, facts={"name": recipient.name, **facts}, key=key, now=now)
