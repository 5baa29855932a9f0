"""Rounds of central allocation: states, windows, and the criteria that put applicants in order. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.enrollment.rules.allocation import Priority

MOST_CHOICES = 3
MOST_CLASSES = 120  # of one round
RANK_WORDS = (N_("第一志愿"), N_("第二志愿"), N_("第三志愿"))
NEVER = 100  # whole years since a class that never was: longer than any


class RoundState(StrEnum):
    """Where a round stands. PUBLISHED: its criteria and window are public and fixed; COMMITTING: people are being admitted."""

    DRAFT = "draft"
    PUBLISHED = "published"
    COMMITTING = "committing"
    RELEASED = "released"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a round is for its readers at an instant."""

    DRAFT = "draft"
    BEFORE = "before"
    OPEN = "open"
    CLOSED = "closed"
    COMMITTING = "committing"
    RELEASED = "released"
    CANCELLED = "cancelled"


RUNNING = frozenset({RoundState.PUBLISHED, RoundState.COMMITTING})  # the seats of its classes wait for the allocation
SHOWN = frozenset({RoundState.PUBLISHED, RoundState.COMMITTING, RoundState.RELEASED, RoundState.CANCELLED})

PHASE_WORDS = {
    Phase.DRAFT: N_("草稿"),
    Phase.BEFORE: N_("还没有开放"),
    Phase.OPEN: N_("正在填报"),
    Phase.CLOSED: N_("已截止，等待分配"),
    Phase.COMMITTING: N_("正在录取"),
    Phase.RELEASED: N_("结果已公布"),
    Phase.CANCELLED: N_("已取消"),
}
PHASE_SIGNS = {
    Phase.DRAFT: "draft",
    Phase.BEFORE: "wait",
    Phase.OPEN: "run",
    Phase.CLOSED: "wait",
    Phase.COMMITTING: "run",
    Phase.RELEASED: "ok",
    Phase.CANCELLED: "no",
}


class PreviewState(StrEnum):
    """Where a preview of the allocation stands."""

    PREPARED = "prepared"
    APPROVED = "approved"
    REPLACED = "replaced"


class RowState(StrEnum):
    """Where one applicant of a preview stands. PLANNED rows wait to be carried out; the others are what became of her."""

    PLANNED = "planned"
    ADMITTED = "admitted"
    WAITLISTED = "waitlisted"
    REFUSED = "refused"
    UNPLACED = "unplaced"


ROW_WORDS = {
    RowState.PLANNED: N_("待办"),
    RowState.ADMITTED: N_("已录取"),
    RowState.WAITLISTED: N_("候补"),
    RowState.REFUSED: N_("没有办成"),
    RowState.UNPLACED: N_("未分到"),
}
ROW_SIGNS = {
    RowState.PLANNED: "draft",
    RowState.ADMITTED: "ok",
    RowState.WAITLISTED: "wait",
    RowState.REFUSED: "lost",
    RowState.UNPLACED: "no",
}


def phase_of(state: RoundState, opens_at: datetime, closes_at: datetime, *, now: datetime) -> Phase:
    """What a round is at an instant: the window counts while it is published, from the opening until before the closing."""
    if state is not RoundState.PUBLISHED:
        return Phase(state.value)
    if now < opens_at:
        return Phase.BEFORE
    return Phase.OPEN if now < closes_at else Phase.CLOSED


class Criterion(StrEnum):
    """What can put one applicant ahead of another. The lottery is always the last and decides what is left."""

    PERSON_TYPE = "person_type"
    NOMINATED = "nominated"
    NEW_TO_FIELD = "new_to_field"
    LONGEST_AGO = "longest_ago"
    EARLIEST = "earliest"


CRITERION_WORDS = {
    Criterion.PERSON_TYPE: N_("人员类别，按公布的组别先后"),
    Criterion.NOMINATED: N_("单位推荐的在前"),
    Criterion.NEW_TO_FIELD: N_("没有在本领域参加过培训的在前"),
    Criterion.LONGEST_AGO: N_("距上次培训的整年数多的在前"),
    Criterion.EARLIEST: N_("填报序号小的在前"),
}
LOTTERY_WORDS = N_("抽签号小的在前")


class CriterionItem(NamedTuple):
    """One criterion of a round's list; `groups` are person type codes, the first group goes first, the unnamed last."""

    kind: Criterion
    groups: tuple[tuple[str, ...], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The item as a round keeps it."""
        return {"kind": self.kind.value, "groups": [list(group) for group in self.groups]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "CriterionItem":
        """The item that `as_json` kept."""
        return cls(Criterion(kept["kind"]), tuple(tuple(group) for group in kept["groups"]))


class Standing(NamedTuple):
    """What the criteria look at. `years` None: never trained; `fields`: those in which she was."""

    learner_code: str
    person_type_code: str
    is_nominated: bool
    fields: frozenset[str]
    years: int | None
    number: int


def compute_priority(criteria: Sequence[CriterionItem], standing: Standing, *, field_code: str, seed: str) -> Priority:
    """An applicant's priority in a class of a field: one figure for each criterion, the smaller first; last the lottery."""
    figures = [_figure(item, standing, field_code) for item in criteria]
    return (*figures, lottery_number(seed, standing.learner_code))


def _figure(item: CriterionItem, standing: Standing, field_code: str) -> int:
    match item.kind:
        case Criterion.PERSON_TYPE:
            return next((n for n, codes in enumerate(item.groups) if standing.person_type_code in codes), len(item.groups))
        case Criterion.NOMINATED:
            return 0 if standing.is_nominated else 1
        case Criterion.NEW_TO_FIELD:
            return 1 if field_code in standing.fields else 0
        case Criterion.LONGEST_AGO:
            return -min(standing.years, NEVER - 1) if standing.years is not None else -NEVER
        case Criterion.EARLIEST:
            return standing.number


def lottery_number(seed: str, learner_code: str) -> str:
    """The SHA-256 of "seed:learner code" in hexadecimal. Whoever knows both can compute it again."""
    return hashlib.sha256(f"{seed}:{learner_code}".encode()).hexdigest()


def seal_of(seed: str) -> str:
    """The SHA-256 of a seed, shown before the seed is: it proves afterwards that nobody chose another one."""
    return hashlib.sha256(seed.encode()).hexdigest()


def whole_years(since: date | None, until: date) -> int | None:
    """Whole years between two days; None: there was no first one.

    >>> whole_years(date(2024, 11, 24), date(2026, 11, 23))
    1
    """
    if since is None:
        return None
    return max(0, until.year - since.year - ((until.month, until.day) < (since.month, since.day)))


def deciding(mine: Priority, theirs: Priority) -> int:
    """The place of the first criterion in which two priorities differ."""
    return next(place for place, (a, b) in enumerate(zip(mine, theirs, strict=True)) if a != b)


def criterion_text(criteria: Sequence[CriterionItem], place: int) -> Text:
    """What the criterion at a place is called; past the list it is the lottery."""
    return Text(CRITERION_WORDS[criteria[place].kind] if place < len(criteria) else LOTTERY_WORDS)


def figure_text(criteria: Sequence[CriterionItem], place: int, figure: int | str) -> Text:
    """A priority's figure in words."""
    if place >= len(criteria):
        return Text(N_("抽签号 %(number)s"), number=str(figure)[:12].upper())
    value = int(figure)
    match criteria[place].kind:
        case Criterion.PERSON_TYPE:
            named = value < len(criteria[place].groups)
            return Text(N_("第 %(number)s 组"), number=value + 1) if named else Text(N_("不在所列组别"))
        case Criterion.NOMINATED:
            return Text(N_("没有单位推荐")) if value else Text(N_("单位推荐"))
        case Criterion.NEW_TO_FIELD:
            return Text(N_("在本领域参加过培训")) if value else Text(N_("没有在本领域参加过培训"))
        case Criterion.LONGEST_AGO:
            return Text(N_("从未参加培训")) if value == -NEVER else Text(N_("距上次培训满 %(years)s 年"), years=-value)
        case Criterion.EARLIEST:
            return Text(N_("填报序号 %(number)s"), number=value)
