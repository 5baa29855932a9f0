"""The letters that enrollment writes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from academy.accounts import queries as accounts
from academy.core.text import N_, Text
from academy.enrollment.models import AllocationRow, ChoiceApplication, ChoiceRound, Enrollment
from academy.enrollment.queries import choices
from academy.enrollment.rules.rounds import RANK_WORDS, RowState
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
        "有席位空出时按次序征询，轮到您会发消息；%(closes_at)s 后不再征询。"
    ),
    link=_LINK,
)
OFFERED = Reason(
    code="enrollment.offered",
    subject=N_("有席位，请答复：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s，%(starts_on)s 开班）有席位轮到您。\n\n"
        "请在 %(expires_at)s 之前打开下面的地址接受或放弃，不用登录。过时没有答复，席位会让给下一位。"
    ),
    link="/offers/%(offer)s",
)
DECLINED = Reason(
    code="enrollment.offer_declined",
    subject=N_("已放弃席位：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您已放弃“%(class_title)s”（%(class_code)s）的席位，候补随之结束，不会再为这次候补征询您。\n\n"
        "改变主意可以重新报名，排在队尾。"
    ),
    link=_LINK,
)
UNANSWERED = Reason(
    code="enrollment.offer_expired",
    subject=N_("席位已让出：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）的席位在期限内没有等到您的答复，已经让给下一位。\n\n"
        "还想参加可以重新报名，排在队尾。"
    ),
    link=_LINK,
)
APPLIED = Reason(
    code="enrollment.applied",
    subject=N_("申请已收到：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您参加“%(class_title)s”（%(class_code)s）的申请已经收到，正在审核。\n\n"
        "结果会发消息给您；进度在班次页面上看。"
    ),
    link=_LINK,
)
RETURNED = Reason(
    code="enrollment.returned",
    subject=N_("申请退回修改：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您参加“%(class_title)s”（%(class_code)s）的申请需要修改。原因：%(reason)s\n\n"
        "改好后在班次页面重新提交，次序不变。"
    ),
    link=_LINK,
)
REJECTED = Reason(
    code="enrollment.rejected",
    subject=N_("未录取：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您参加“%(class_title)s”（%(class_code)s）的申请没有通过。原因：%(reason)s\n\n有疑问请联系教务。"
    ),
    link="/classes",
)
TRANSFERRED = Reason(
    code="enrollment.transferred",
    subject=N_("已转班：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n您已从“%(from_title)s”（%(from_code)s）转到“%(class_title)s”（%(class_code)s），"
        "%(starts_on)s 开班。原因：%(reason)s\n\n已经记入的学时不变。"
    ),
    link=_LINK,
)
ALLOTTED = Reason(
    code="enrollment.allotted",
    subject=N_("分到名额：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(unit)s分到“%(class_title)s”（%(class_code)s）%(seats)s 个名额，请推荐人选。\n\n"
        "%(returns_at)s 还没有用的名额会收回，给候补和公开报名的人。"
    ),
    link="/unit/places",
)
PLACES_RETURNED = Reason(
    code="enrollment.places_returned",
    subject=N_("名额已收回：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n%(unit)s在“%(class_title)s”（%(class_code)s）的名额，已推荐 %(taken)s 人，"
        "未用的 %(left)s 个到期收回。\n\n"
        "还想参加的人可以自己报名或候补。"
    ),
    link="/unit/places",
)
LAPSED = Reason(
    code="enrollment.lapsed",
    subject=N_("报名已结束：%(class_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(class_title)s”（%(class_code)s）已经开班，您没有被录取，报名或候补随之结束。可以看看同一项目的下一期。"
    ),
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
CHOICES_RECEIVED = Reason(
    code="enrollment.choices_received",
    subject=N_("志愿已收到：%(round_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(round_title)s”收到您的志愿，填报序号 %(number)s。\n\n%(choices)s\n\n"
        "%(closes_at)s 截止，截止前可以改；之后按公布的规则统一分配，结果会发消息给您。"
    ),
    link="/choices/%(round_code)s",
)
ROUND_RELEASED = Reason(
    code="enrollment.round_released",
    subject=N_("分配结果：%(round_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(round_title)s”的结果已经公布。\n\n%(outcome)s\n\n每个志愿为什么分到或没有分到，页面上逐条写着。"
    ),
    link="/choices/%(round_code)s",
)
ROUND_CANCELLED = Reason(
    code="enrollment.round_cancelled",
    subject=N_("统一分配取消：%(round_title)s"),
    body=N_(
        "您好，%(name)s：\n\n“%(round_title)s”不再进行。原因：%(reason)s\n\n您填的志愿已经作废。这些班恢复自行报名，可以到班次页面报名。"
    ),
    link="/classes",
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


def tell_unit(letter: Reason, organization_id: int, class_id: int, /, *, key: str, now: datetime, **facts: object) -> None:
    """Plan one letter for each coordinator of an organization about a class."""
    found = timetable.class_by_id(class_id)
    unit = accounts.organizations_by_ids([organization_id])[organization_id]
    shared: dict[str, object] = {"class_title": found.title_zh, "class_code": found.code, "unit": unit.name_zh, **facts}
    letters = [
        (Recipient(user.id, user.email, user.name_zh, user.locale), {**shared, "name": user.name_zh}, f"{key}:{user.code}")
        for user in accounts.coordinators_of(organization_id)
    ]
    plan_many(reason=letter, letters=letters, now=now)


def tell_choices(found: ChoiceRound, applications: list[ChoiceApplication], /, *, key: str, now: datetime) -> None:
    """Confirm choices as they stand. `key` tells the occasions apart."""
    chosen = choices.choices_by_application(one.id for one in applications)
    titles = {one.id: one.title_zh for one in timetable.classes_by_ids({c for ids in chosen.values() for c in ids}).values()}
    facts = {one.id: {"number": one.number, "choices": _listed(chosen[one.id], titles)} for one in applications}
    _tell_round(CHOICES_RECEIVED, found, applications, facts, key=key, now=now)


def _listed(class_ids: list[int], titles: dict[int, str]) -> Text:
    lines = [
        Text(N_("%(rank)s：%(title)s"), rank=Text(words), title=titles[class_id])
        for words, class_id in zip(RANK_WORDS, class_ids, strict=False)
    ]
    listed = lines[0]
    for line in lines[1:]:
        listed = Text("%(before)s\n%(next)s", before=listed, next=line)
    return listed


def tell_outcome(
    found: ChoiceRound, applications: list[ChoiceApplication], rows: dict[int, AllocationRow], /, *, now: datetime
) -> None:
    """Say what the allocation gave each applicant."""
    wanted = {row.class_id or row.line_class_id for row in rows.values()} - {None}
    titles = {one.id: one.title_zh for one in timetable.classes_by_ids(one for one in wanted if one).values()}
    facts = {one.id: {"outcome": _outcome(rows.get(one.learner_id), titles)} for one in applications}
    _tell_round(ROUND_RELEASED, found, applications, facts, key="released", now=now)


def _outcome(row: AllocationRow | None, titles: dict[int, str]) -> Text:
    title = titles.get((row.class_id or row.line_class_id or 0) if row else 0, "")
    if row is not None and row.state is RowState.ADMITTED:
        return Text(N_("您分到了“%(title)s”，已录取。"), title=title)
    if row is not None and row.state is RowState.WAITLISTED:
        return Text(N_("您没有分到席位，已按次序加入“%(title)s”的候补，候补号 %(number)s。"), title=title, number=row.number)
    return Text(N_("这一轮您没有分到席位，不影响以后报名。"))


def tell_round_cancelled(found: ChoiceRound, applications: list[ChoiceApplication], /, *, now: datetime) -> None:
    """Say that a round does not take place, and why."""
    facts = {one.id: {"reason": found.ended_reason} for one in applications}
    _tell_round(ROUND_CANCELLED, found, applications, facts, key="cancelled", now=now)


def _tell_round(
    letter: Reason,
    found: ChoiceRound,
    applications: list[ChoiceApplication],
    facts: Mapping[int, Mapping[str, object]],
    *,
    key: str,
    now: datetime,
) -> None:
    recipients = recipients_of([one.learner_id for one in applications])
    shared = {"round_title": found.title_zh, "round_code": found.code, "closes_at": found.closes_at}
    letters = [
        (
            recipients[one.learner_id],
            {**shared, "name": recipients[one.learner_id].name, **facts[one.id]},
            f"{one.code}:{key}",
        )
        for one in applications
    ]
    plan_many(reason=letter, letters=letters, now=now)
