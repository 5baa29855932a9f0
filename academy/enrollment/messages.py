"""The letters that enrollment writes."""

from collections.abc import Iterable
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_
from academy.enrollment.models import Enrollment
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.timetable import queries as timetable

_LINK = "/classes/%(class_code)s"

ADMITTED = Reason(
    code="enrollment.admitted",
    subject=N_("已录取：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您已被“%(class_title)s”（%(class_code)s）录取，%(starts_on)s 开班。\n\n"
        "不能参加的话，请在开班前退出，席位会让给候补的人。"
    ),
    link=_LINK,
)
WAITLISTED = Reason(
    code="enrollment.waitlisted",
    subject=N_("已加入候补：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）的席位已满，您的候补号是 %(number)s。\n\n"
        "有人退出时按号递补，不用守着；%(closes_at)s 后不再递补。"
    ),
    link=_LINK,
)
PROMOTED = Reason(
    code="enrollment.promoted",
    subject=N_("递补成功：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n有席位空出，您已从候补递补，被“%(class_title)s”（%(class_code)s）录取，%(starts_on)s 开班。\n\n"
        "不能参加的话，请尽早退出，席位会让给下一位。"
    ),
    link=_LINK,
)
LAPSED = Reason(
    code="enrollment.lapsed",
    subject=N_("候补已失效：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）已经开班，没有轮到您的候补号。可以看看同一项目的下一期。"),
    link="/classes",
)
REMOVED = Reason(
    code="enrollment.removed",
    subject=N_("已移出：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n教务已将您移出“%(class_title)s”（%(class_code)s）。原因：%(reason)s\n\n有疑问请回复教务。"),
    link=_LINK,
)
CANCELLED = Reason(
    code="enrollment.class_cancelled",
    subject=N_("班次取消：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）不再开班。原因：%(reason)s\n\n您的报名已经撤销，不影响以后报名。"
    ),
    link="/classes",
)
MOVED = Reason(
    code="enrollment.session_moved",
    subject=N_("课表有改动：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(session_title)s”现在是 %(starts_at)s 开始。请看班次页面上的新课表。"),
    link=_LINK,
)
SESSION_CANCELLED = Reason(
    code="enrollment.session_cancelled",
    subject=N_("一次课取消：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n%(starts_at)s 的“%(session_title)s”不上了。原因：%(reason)s\n\n其他课次照常。"),
    link=_LINK,
)


def tell(letter: Reason, enrollments: Iterable[Enrollment], /, *, key: str, now: datetime, **facts: object) -> None:
    """Plan one letter for each of these enrollments of one class. `key` tells repeated occasions apart."""
    told = list(enrollments)
    if not told:
        return
    found = timetable.class_by_id(told[0].class_id)
    shared: dict[str, object] = {
        "class_title": found.title_zh,
        "class_code": found.code,
        "starts_on": found.starts_on,
        "closes_at": found.enroll_closes_at,
        **facts,
    }
    recipients = recipients_of([one.learner_id for one in told])
    letters = [
        (
            recipients[one.learner_id],
            {**shared, "name": recipients[one.learner_id].name, "number": one.waitlist_no or 0},
            f"{one.code}:{key}",
        )
        for one in told
    ]
    plan_many(reason=letter, letters=letters, now=now)


def recipients_of(learner_ids: Iterable[int]) -> dict[int, Recipient]:
    """Learners as receivers of messages: by their account, else by the address in the roster."""
    learners = people.learners_by_ids(learner_ids)
    users = accounts.users_by_ids(learner.user_id for learner in learners.values() if learner.user_id)
    found = {}
    for learner in learners.values():
        user = users.get(learner.user_id or 0)
        email = user.email if user else learner.email or None
        locale = user.locale if user else "zh_Hans"
        found[learner.id] = Recipient(user.id if user else None, email, learner.name_zh, locale)
    return found
