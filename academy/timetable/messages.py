"""The letters that the timetable writes: about teaching needs."""

from collections.abc import Iterable
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.timetable import queries
from academy.timetable.models import TeachingNeed

_OWN = "/teaching/needs"
_STAFF = "/manage/needs/%(need_code)s"

INVITED = Reason(
    code="timetable.need_invited",
    subject=N_("授课邀请：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n学院请您为“%(class_title)s”上 %(count)s 次课，第一次 %(starts_at)s 开始。\n\n"
        "请在 %(deadline_at)s 前答复；不能来也请说明原因，方便另请他人。"
    ),
    link=_OWN,
)
ASSIGNED = Reason(
    code="timetable.need_assigned",
    subject=N_("已排课：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的 %(count)s 次课已排给您，第一次 %(starts_at)s 开始。课表里可以看到地点。"),
    link="/attendance",
)
REPLACED = Reason(
    code="timetable.need_replaced",
    subject=N_("课已另请他人：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的 %(count)s 次课（第一次 %(starts_at)s）已另请讲师代上，不再占您的时间。"),
    link="/attendance",
)
NOT_CHOSEN = Reason(
    code="timetable.need_not_chosen",
    subject=N_("授课需求已有人选：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（第一次课 %(starts_at)s）已派定其他讲师。感谢您的意愿，下次再请您。"),
    link=_OWN,
)
CALLED_OFF = Reason(
    code="timetable.need_called_off",
    subject=N_("授课需求已取消：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（第一次课 %(starts_at)s）的授课需求不再征集。原因：%(reason)s"),
    link=_OWN,
)
ANSWERED = Reason(
    code="timetable.need_answered",
    subject=N_("%(instructor)s%(answer)s：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(instructor)s%(answer)s“%(class_title)s”的授课需求。%(reason)s\n\n派定之后其他人会收到通知。"
    ),
    link=_STAFF,
)
LAPSED = Reason(
    code="timetable.need_lapsed",
    subject=N_("授课需求到期，没有派定：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的授课需求到 %(deadline_at)s 为止没有派定讲师。请换一种找法，或重新征集。"),
    link=_STAFF,
)


def tell_instructors(
    letter: Reason, need: TeachingNeed, instructor_ids: Iterable[int], /, *, now: datetime, **facts: object
) -> None:
    """Plan one letter about a need for each of these instructors, once for each need."""
    recipients = people.instructor_recipients(instructor_ids)
    shared = _facts(need, **facts)
    letters = [(one, {**shared, "name": one.name}, need.code) for one in recipients.values()]
    plan_many(reason=letter, letters=letters, now=now)


def tell_opener(letter: Reason, need: TeachingNeed, /, *, key: str, now: datetime, **facts: object) -> None:
    """Plan a letter for who opened a need. `key` tells repeated occasions apart."""
    user = accounts.users_by_ids([need.opened_by_id or 0]).get(need.opened_by_id or 0)
    if user is None:
        return
    recipient = Recipient(user.id, user.email, user.name_zh, user.locale)
    plan_many(reason=letter, letters=[(recipient, {**_facts(need, **facts), "name": user.name_zh}, key)], now=now)


def _facts(need: TeachingNeed, **facts: object) -> dict[str, object]:
    sessions = queries.sessions_of_needs([need])[need.id]
    return {
        "need_code": need.code,
        "class_title": queries.class_by_id(need.class_id).title_zh,
        "count": len(sessions),
        "starts_at": sessions[0].starts_at if sessions else need.deadline_at,
        "deadline_at": need.deadline_at,
        **facts,
    }
