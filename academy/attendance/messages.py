"""The letters that attendance writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from academy.accounts import queries as accounts
from academy.attendance.models import LeaveRequest, MakeUp, RemovalProposal
from academy.attendance.rules import LEAVE_KIND_WORDS, LEAVE_STATE_WORDS
from academy.core.text import N_, Text
from academy.core.wording import hours_from_minutes
from academy.enrollment.messages import recipients_of
from academy.notifications.rules import Reason, Recipient
from academy.notifications.services import plan, plan_many
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass

_HOURS = "/my/hours"

LEAVE_ASKED = Reason(
    code="attendance.leave_asked",
    subject=N_("请假待批：%(learner)s，%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(learner)s申请%(kind)s，“%(class_title)s”（%(class_code)s）%(count)s 节课，"
        "从 %(starts_at)s 起。\n\n请在课前批复。"
    ),
    link="/attendance/leave/%(request)s",
)
LEAVE_RECEIVED = Reason(
    code="attendance.leave_received",
    subject=N_("请假已提交：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您的%(kind)s申请已交班主任，“%(class_title)s”（%(class_code)s）%(count)s 节课，"
        "从 %(starts_at)s 起。\n\n批准之前不算请假；批准前可以撤回。"
    ),
    link="/my/attendance/%(class_code)s",
)
LEAVE_DECIDED = Reason(
    code="attendance.leave_decided",
    subject=N_("%(decision)s：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您的请假申请（“%(class_title)s”，%(count)s 节课，从 %(starts_at)s 起）：%(decision)s。"
        "\n\n班主任说明：%(answer)s"
    ),
    link="/my/attendance/%(class_code)s",
)
LEAVE_WITHDRAWN = Reason(
    code="attendance.leave_withdrawn",
    subject=N_("请假已撤回：%(learner)s，%(class_title)s"),
    body=N_("您好，%(name)s：\n\n%(learner)s撤回了“%(class_title)s”（%(class_code)s）从 %(starts_at)s 起的请假，照常上课。"),
    link="/attendance/leave/%(request)s",
)
REMOVAL_PROPOSED = Reason(
    code="attendance.removal_proposed",
    subject=N_("请假超过规定：%(learner)s，%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(learner)s在干部班“%(class_title)s”（%(class_code)s）请假已 %(used)s 学时，超过总学时的 %(limit)s"
        "（%(allowed)s 学时）。按规定应当退学。\n\n要不要移出由您决定，系统不会自动移出。"
    ),
    link="/attendance/%(class_code)s/overview",
)
UNMARKED = Reason(
    code="attendance.unmarked",
    subject=N_("还没有点名：%(session)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(session)s”（%(class_title)s，%(starts_at)s）上完已超过 24 小时，还有 %(count)s 人没有考勤。"
        "学员的学时要等您点名才能入账。"
    ),
    link="/attendance/%(class_code)s/%(seq)s",
)
MADE_UP = Reason(
    code="attendance.made_up",
    subject=N_("补课已记：%(session)s"),
    body=N_("您好，%(name)s：\n\n您缺的“%(session)s”已补 %(hours)s 学时，原来的考勤记录保留。"),
    link="/my/attendance/%(class_code)s",
)
CONVERSION_APPROVED = Reason(
    code="attendance.conversion_approved",
    subject=N_("折算已认定：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”已认定，记入 %(hours)s 学时，算在%(earned_on)s。"),
    link=_HOURS,
)
CONVERSION_REFUSED = Reason(
    code="attendance.conversion_refused",
    subject=N_("折算未认定：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”没有认定。原因：%(reason)s\n\n补齐材料后可以再次申请。"),
    link=_HOURS,
)
CONVERSION_REVOKED = Reason(
    code="attendance.conversion_revoked",
    subject=N_("折算已撤销：%(title)s"),
    body=N_("您好，%(name)s：\n\n“%(title)s”的认定已撤销，所记学时已冲回，原记录保留。原因：%(reason)s\n\n有疑问请联系教务。"),
    link=_HOURS,
)
PERIOD_CHANGED = Reason(
    code="attendance.period_extended",
    subject=N_("登记有效期有变动：%(number)s"),
    body=N_("您好，%(name)s：\n\n按文件 %(number)s，您的登记有效期现在到%(ends_on)s。事由：%(reason)s"),
    link=_HOURS,
)
PERIOD_ENDS = Reason(
    code="attendance.period_ends",
    subject=N_("登记有效期%(ends_on)s到期，再登记已受理"),
    body=N_(
        "您好，%(name)s：\n\n您的登记有效期到%(ends_on)s为止，现在起可以办理再登记。"
        "这一期要求 %(needed)s 学时，已记 %(credited)s，还差 %(missing)s。\n\n哪些班能补，登录后在“我的学时”里看。"
    ),
    link=_HOURS,
)
YEAR_SHORT = Reason(
    code="attendance.year_short",
    subject=N_("%(year)s年度继续教育还差 %(missing)s 学时"),
    body=N_(
        "您好，%(name)s：\n\n%(year)s年度要求 %(needed)s 学时，已记 %(credited)s，还差 %(missing)s，12月31日截止。\n\n"
        "哪些班能补，登录后在“我的学时”里看。"
    ),
    link=_HOURS,
)


def _class_facts(found: TrainingClass) -> dict[str, object]:
    return {"class_title": found.title_zh, "class_code": found.code}


def _manager(found: TrainingClass) -> Recipient | None:
    user = accounts.users_by_ids([found.manager_user_id]).get(found.manager_user_id) if found.manager_user_id else None
    return Recipient(user.id, user.email, user.name_zh, user.locale) if user else None


def tell_leave(letter: Reason, asked: LeaveRequest, sessions: list[ClassSession], *, now: datetime) -> None:
    """Write to the learner or to the class's manager about a request; whoever the letter is for."""
    found = timetable.class_by_id(asked.class_id)
    learner = people.learner_by_id(asked.learner_id)
    for_manager = letter in (LEAVE_ASKED, LEAVE_WITHDRAWN)
    recipient = _manager(found) if for_manager else recipients_of([learner.id])[learner.id]
    if recipient is None:
        return
    facts = {
        **_class_facts(found),
        "name": recipient.name,
        "learner": learner.name_zh,
        "kind": Text(LEAVE_KIND_WORDS[asked.kind]),
        "count": len(sessions),
        "starts_at": sessions[0].starts_at,
        "request": asked.code,
        "decision": Text(LEAVE_STATE_WORDS[asked.state]),
        "answer": asked.answer or "—",
    }
    plan(reason=letter, recipient=recipient, facts=facts, key=f"{asked.code}:{asked.state}", now=now)


def tell_proposed(proposal: RemovalProposal, *, allowed: int, now: datetime) -> None:
    """Tell the class's manager that somebody's leave exceeds the limit."""
    found = timetable.class_by_id(proposal.class_id)
    recipient = _manager(found)
    if recipient is None:
        return
    facts = {
        **_class_facts(found),
        "name": recipient.name,
        "learner": people.learner_by_id(proposal.learner_id).name_zh,
        "used": hours_from_minutes(proposal.leave_minutes),
        "allowed": hours_from_minutes(allowed),
        "limit": proposal.limit_share,
    }
    plan(reason=REMOVAL_PROPOSED, recipient=recipient, facts=facts, key=proposal.code, now=now)


def tell_unmarked(session: ClassSession, missing: int, *, now: datetime) -> None:
    """Remind a session's instructors once that people are unmarked."""
    found = timetable.class_by_id(session.class_id)
    ids = timetable.session_instructors([session.id]).get(session.id, [])
    users = accounts.users_by_ids(one.user_id for one in people.instructors_by_ids(ids).values() if one.user_id)
    letters = []
    for one in people.instructors_by_ids(ids).values():
        user = users.get(one.user_id or 0)
        recipient = Recipient(
            user.id if user else None,
            user.email if user else one.email or None,
            one.name_zh,
            user.locale if user else "zh_Hans",
        )
        facts = {
            **_class_facts(found),
            "name": one.name_zh,
            "session": session.title_zh,
            "seq": session.seq,
            "starts_at": session.starts_at,
            "count": missing,
        }
        letters.append((recipient, facts, f"session:{session.id}"))
    if letters:
        plan_many(reason=UNMARKED, letters=letters, now=now)


def tell_made_up(make_up: MakeUp, *, now: datetime) -> None:
    """Tell a learner that what she missed is made up."""
    session = timetable.session_by_id(make_up.session_id)
    recipient = recipients_of([make_up.learner_id])[make_up.learner_id]
    facts = {
        **_class_facts(timetable.class_by_id(session.class_id)),
        "name": recipient.name,
        "session": session.title_zh,
        "hours": hours_from_minutes(make_up.minutes),
    }
    plan(reason=MADE_UP, recipient=recipient, facts=facts, key=make_up.code, now=now)


def tell(letter: Reason, facts: Sequence[tuple[int, str, Mapping[str, object]]], *, now: datetime) -> None:
    """Plan a letter for each learner: (learner id, key, facts). Planning it again for the same key changes nothing."""
    if not facts:
        return
    recipients = recipients_of(learner_id for learner_id, _, _ in facts)
    letters = [(recipients[learner_id], {"name": recipients[learner_id].name, **said}, key) for learner_id, key, said in facts]
    plan_many(reason=letter, letters=letters, now=now)
