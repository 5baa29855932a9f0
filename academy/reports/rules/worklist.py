"""What waits for somebody: kinds, whom they concern, filters and order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from academy.core.access import Role
from academy.core.clock import local
from academy.core.text import N_, Text, render


class WorkKind(StrEnum):
    """Kinds of things that wait, one tile each."""

    APPROVE = "approve"
    TIMETABLE = "timetable"
    ATTENDANCE = "attendance"
    RESULTS = "results"
    TEACHING = "teaching"
    LOST = "lost"


KIND_WORDS: dict[WorkKind, str] = {
    WorkKind.APPROVE: N_("审批与导入"),
    WorkKind.TIMETABLE: N_("课表要改"),
    WorkKind.ATTENDANCE: N_("考勤未记"),
    WorkKind.RESULTS: N_("成绩与证书"),
    WorkKind.TEACHING: N_("师资"),
    WorkKind.LOST: N_("未送达与失败"),
}
STAFF = frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER, Role.CERTIFICATE_OFFICER})
KIND_ROLES: dict[WorkKind, frozenset[Role]] = {
    WorkKind.APPROVE: frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER}),
    WorkKind.TIMETABLE: frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER}),
    WorkKind.ATTENDANCE: frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER}),
    WorkKind.RESULTS: STAFF,
    WorkKind.TEACHING: frozenset({Role.ADMINISTRATOR, Role.CLASS_MANAGER}),
    WorkKind.LOST: STAFF,
}


class Due(StrEnum):
    """How urgent a thing is."""

    LATE = "late"
    TODAY = "today"
    SOON = "soon"
    OPEN = "open"


DUE_WORDS: dict[Due, str] = {Due.LATE: N_("已超期"), Due.TODAY: N_("今天到期"), Due.SOON: N_("三天内")}


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that waits: what, where, since when, until when, and where it is done."""

    kind: WorkKind
    title: Text | str
    detail: Text | str
    sign: str
    state: str
    since: datetime
    due: datetime | None
    action: str
    endpoint: str
    values: Mapping[str, str] = field(default_factory=dict)
    class_code: str = ""
    place: str = ""
    retry_id: int | None = None  # a failed background row that can be started again from here

    def due_at(self, now: datetime) -> Due:
        """How urgent it is now."""
        if self.due is None:
            return Due.OPEN
        if self.due < now:
            return Due.LATE
        if local(self.due).date() == local(now).date():
            return Due.TODAY
        return Due.SOON if self.due < now + timedelta(days=3) else Due.OPEN

    def contains(self, needle: str) -> bool:
        """Whether a search finds it."""
        words = (render(self.title), render(self.detail), self.class_code, self.place)
        return needle.casefold() in " ".join(words).casefold()


@dataclass(frozen=True, slots=True)
class WorkFilter:
    """What somebody picked out of the list."""

    kind: WorkKind | None = None
    search: str = ""
    due: Due | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the tally: how many, and how many of them are urgent."""

    kind: WorkKind | None
    count: int
    late: int
    today: int


def kinds_for(roles: Iterable[Role]) -> list[WorkKind]:
    """The kinds that concern holders of these roles."""
    held = frozenset(roles)
    return [kind for kind in WorkKind if KIND_ROLES[kind] & held]


def picked(items: Iterable[WorkItem], wanted: WorkFilter, now: datetime) -> list[WorkItem]:
    """The items that fit, the most urgent first (or the latest arrivals first)."""
    found = [
        item
        for item in items
        if (wanted.kind is None or item.kind is wanted.kind)
        and (not wanted.search or item.contains(wanted.search))
        and (wanted.due is None or _is_due(item.due_at(now), wanted.due))
    ]
    if wanted.newest_first:
        return sorted(found, key=lambda item: item.since, reverse=True)
    return sorted(found, key=lambda item: (item.due is None, item.due or item.since, item.since))


def _is_due(due: Due, wanted: Due) -> bool:
    return due is wanted or (wanted is Due.SOON and due is Due.TODAY)


def tally(items: Iterable[WorkItem], kinds: Iterable[WorkKind], now: datetime) -> list[Tile]:
    """The tiles: everything, then kind by kind."""
    known = list(items)
    return [_tile(None, known, now), *(_tile(kind, [i for i in known if i.kind is kind], now) for kind in kinds)]


def _tile(kind: WorkKind | None, items: list[WorkItem], now: datetime) -> Tile:
    dues = [item.due_at(now) for item in items]
    return Tile(kind, len(items), dues.count(Due.LATE), dues.count(Due.TODAY))
