"""Where each role can go. One table; a link shows only when its page exists and the person may enter it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup, escape

from academy.core.access import AccessRule, Actor, Role, access_rule, current_actor
from academy.core.text import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the main navigation."""

    endpoint: str
    label: str
    icon: str
    roles: frozenset[Role] = frozenset()  # empty: whoever may enter
    counts: str = ""  # a key of app.extensions["navigation.counts"]

    @property
    def section(self) -> str:
        """The blueprint that the entry stands for."""
        return self.endpoint.partition(".")[0]


STAFF = frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER})

GUEST: tuple[Entry, ...] = (
    Entry("reports.home", N_("首页"), "home"),
    Entry("catalog.browse", N_("课程与班次"), "list"),
    Entry("sites.map", N_("教学点"), "pin"),
    Entry("people.instructors", N_("师资"), "people"),
    Entry("certificates.verify", N_("证书查验"), "cert"),
)
LEARNER: tuple[Entry, ...] = (
    Entry("reports.home", N_("我的"), "home"),
    Entry("catalog.browse", N_("课程与班次"), "list"),
    Entry("exams.mine", N_("考试"), "pen"),
    Entry("certificates.mine", N_("证书"), "cert"),
    Entry("notifications.inbox", N_("消息"), "info", counts="unread"),
)
INSTRUCTOR: tuple[Entry, ...] = (
    Entry("reports.home", N_("今天"), "home"),
    Entry("attendance.today", N_("考勤"), "check"),
    Entry("timetable.classes", N_("班次"), "cal"),
    Entry("scoring.desk", N_("阅卷"), "doc", counts="marking"),
    Entry("exams.manage", N_("题库与考试"), "pen"),
    Entry("notifications.inbox", N_("消息"), "info", counts="unread"),
)
WORK: tuple[Entry, ...] = (
    Entry("reports.worklist", N_("待办"), "list", counts="waiting"),
    Entry("timetable.manage", N_("班次"), "cal"),
    Entry("people.learners", N_("名册"), "people"),
    Entry("scoring.manage", N_("考试与成绩"), "pen"),
    Entry("certificates.manage", N_("证书"), "cert"),
    Entry("reports.board", N_("数据"), "doc"),
    Entry("reports.index", N_("报表"), "dl"),
    Entry("notifications.manage", N_("消息"), "info"),
    Entry("accounts.users", N_("账号"), "key"),
)
COORDINATOR: tuple[Entry, ...] = (
    Entry("reports.home", N_("本单位"), "home"),
    Entry("people.learners", N_("人员"), "people"),
    Entry("enrollment.places", N_("名额与推荐"), "check"),
    Entry("timetable.classes", N_("班次"), "cal"),
    Entry("reports.index", N_("报表"), "dl"),
    Entry("notifications.inbox", N_("消息"), "info", counts="unread"),
)
AUDITOR: tuple[Entry, ...] = (
    Entry("reports.home", N_("审计"), "home"),
    Entry("reports.board", N_("数据"), "doc"),
    Entry("reports.index", N_("报表"), "dl"),
    Entry("certificates.verify", N_("证书查验"), "cert"),
    Entry("notifications.inbox", N_("消息"), "info", counts="unread"),
)


def _table(actor: Actor) -> tuple[Entry, ...]:
    if actor.user_id is None:
        return GUEST
    if actor.has(*STAFF):
        return WORK
    if actor.has(Role.AUDITOR):
        return AUDITOR
    if actor.has(Role.ORGANIZATION_COORDINATOR):
        return COORDINATOR
    return INSTRUCTOR if actor.has(Role.INSTRUCTOR) else LEARNER


def _may_enter(rule: AccessRule | None, actor: Actor) -> bool:
    if rule is None:
        return False
    return rule.is_public or (actor.user_id is not None and (not rule.roles or actor.has(*rule.roles)))


def may_enter(endpoint: str) -> bool:
    """Whether the reader may open a page."""
    return _may_enter(access_rule(endpoint), current_actor())


def go(endpoint: str, words: str, **values: Any) -> Markup:
    """A link for whoever may follow it; for others the words alone."""
    if not may_enter(endpoint):
        return escape(words)
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **values), words)


def entries(actor: Actor) -> list[Entry]:
    """The links that this person sees, in order."""
    return [
        entry
        for entry in _table(actor)
        if entry.endpoint in current_app.view_functions and _may_enter(access_rule(entry.endpoint), actor)
    ]


CLASS_PAGES = {  # about one class or all of them; part of “课程与班次”
    "timetable.classes",
    "enrollment.class_page",
    "reports.class_prints",
    "reports.class_archive",
}


def is_current(entry: Entry) -> bool:
    """Whether the page at hand belongs to the entry."""
    if request.endpoint == entry.endpoint:
        return True
    if request.endpoint in CLASS_PAGES:
        return entry.endpoint in {"catalog.browse", "timetable.classes", "timetable.manage"}
    return request.blueprint == entry.section and entry.section not in {"reports", "notifications"}


def count(entry: Entry, actor: Actor) -> int:
    """The number that waits behind an entry; 0 shows nothing."""
    counter = current_app.extensions["navigation.counts"].get(entry.counts) if entry.counts else None
    return counter(actor) if counter and actor.user_id is not None else 0


def is_work(actor: Actor) -> bool:
    """Whether the page carries the name of the staff's desk."""
    return actor.has(*STAFF)
