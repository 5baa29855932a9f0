"""The letters that the timetable writes: to instructors about their sessions, and about teaching needs."""

from collections.abc import Iterable
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.timetable import queries
from academy.timetable.models import ClassSession, TeachingNeed, TrainingClass
from academy.timetable.rules import span_words

_LINK = "/my/timetable"

ASSIGNED = Reason(
    code="timetable.session_assigned",
    subject=N_("请您上课：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）的“%(session_title)s”请您来上，时间是 %(when)s。"),
    link=_LINK,
)
RELIEVED = Reason(
    code="timetable.session_relieved",
    subject=N_("不用再上的课：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）%(when)s的“%(session_title)s”不再由您上，这段时间已经放开。"
    ),
    link=_LINK,
)
MOVED = Reason(
    code="timetable.session_moved",
    subject=N_("您的课改了时间或教室：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）的“%(session_title)s”现在是 %(when)s。"),
    link=_LINK,
)
CANCELLED = Reason(
    code="timetable.session_cancelled",
    subject=N_("您的课取消了：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）%(when)s的“%(session_title)s”不上了。原因：%(reason)s"),
    link=_LINK,
)


def tell_instructors(
    letter: Reason,
    instructor_ids: Iterable[int],
    found: TrainingClass,
    session: ClassSession,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """Plan one letter for each of these instructors. The session's revision tells repeated occasions apart."""
    recipients = recipients_of(instructor_ids)
    facts: dict[str, object] = {
        "class_title": found.title_zh,
        "class_code": found.code,
        "session_title": session.title_zh,
        "when": span_words(session.starts_at, session.ends_at),
        "reason": reason,
    }
    key = f"{found.code}/{session.seq}:{session.revision}"
    letters = [(recipient, {**facts, "name": recipient.name}, key) for recipient in recipients.values()]
    plan_many(reason=letter, letters=letters, now=now)


def recipients_of(instructor_ids: Iterable[int]) -> dict[int, Recipient]:
    """Instructors as receivers of messages: by their account, else by the address in the pool."""
    instructors = people.instructors_by_ids(instructor_ids)
    users = accounts.users_by_ids(one.user_id for one in instructors.values() if one.user_id)
    found = {}
    for one in instructors.values():
        user = users.get(one.user_id or 0)
        email = user.email if user else one.email or None
        found[one.id] = Recipient(user.id if user else None, email, one.name_zh, user.locale if user else "zh_Hans")
    return found


# ---- teaching needs ----------------------------------------------------------------------------------------------------

_NEEDS = "/teaching/needs"
_NEED = "/manage/needs/%(need_code)s"

NEED_INVITED = Reason(
    code="timetable.need_invited",
    subject=N_("授课邀请：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n学院请您为“%(class_title)s”上 %(count)s 次课，第一次 %(starts_at)s 开始。\n\n"
        "请在 %(deadline_at)s 前答复；不能来也请说明原因，方便另请他人。"
    ),
    link=_NEEDS,
)
NEED_ASSIGNED = Reason(
    code="timetable.need_assigned",
    subject=N_("已排课：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的 %(count)s 次课已排给您，第一次 %(starts_at)s 开始。课表里可以看到地点。"),
    link="/attendance",
)
NEED_REPLACED = Reason(
    code="timetable.need_replaced",
    subject=N_("课已另请他人：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的 %(count)s 次课（第一次 %(starts_at)s）已另请讲师代上，不再占您的时间。"),
    link="/attendance",
)
NEED_NOT_CHOSEN = Reason(
    code="timetable.need_not_chosen",
    subject=N_("授课需求已有人选：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（第一次课 %(starts_at)s）已派定其他讲师。感谢您的意愿，下次再请您。"),
    link=_NEEDS,
)
NEED_CALLED_OFF = Reason(
    code="timetable.need_called_off",
    subject=N_("授课需求已取消：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”（第一次课 %(starts_at)s）的授课需求不再征集。原因：%(reason)s"),
    link=_NEEDS,
)
NEED_ANSWERED = Reason(
    code="timetable.need_answered",
    subject=N_("%(instructor)s%(answer)s：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(instructor)s%(answer)s“%(class_title)s”的授课需求。%(reason)s\n\n派定之后其他人会收到通知。"
    ),
    link=_NEED,
)
NEED_LAPSED = Reason(
    code="timetable.need_lapsed",
    subject=N_("授课需求到期，没有派定：%(class_title)s"),
    body=N_("您好，%(name)s：\n\n“%(class_title)s”的授课需求到 %(deadline_at)s 为止没有派定讲师。请换一种找法，或重新征集。"),
    link=_NEED,
)


def tell_candidates(
    letter: Reason, need: TeachingNeed, instructor_ids: Iterable[int], /, *, now: datetime, **facts: object
) -> None:
    """Plan one letter about a need for each of these instructors, once for each need."""
    recipients = recipients_of(instructor_ids)
    shared = _facts(need, **facts)
    letters = [(one, {**shared, "name": one.name}, f"{need.code}:{id_}") for id_, one in recipients.items()]
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
