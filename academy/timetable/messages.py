"""The letters that the timetable writes: to instructors, about their sessions."""

from collections.abc import Iterable
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people
from academy.timetable.models import ClassSession, TrainingClass
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
