"""How the marking of a sitting goes: progress, agreement and each marker's own spread, live."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.core.db import db
from academy.scoring.models import MarkingItem, MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.queries.marking import items_of_plan, members_of
from academy.scoring.rules.agreement import icc, krippendorff_alpha, weighted_kappa
from academy.scoring.rules.marking import How, Round, ScriptState, TaskState

TURNS = (Round.FIRST, Round.SECOND, Round.THIRD)


@dataclass(frozen=True, slots=True)
class Look:
    """One row of the marking: a look and the script that it was at."""

    mark: ScriptMark
    script: Script


@dataclass(frozen=True, slots=True)
class AgreementFigures:
    """How far first and second marks agree. `within`: how many pairs lie within tolerance; None where a figure is undefined."""

    pairs: int
    within: int
    mean_gap: Decimal | None
    icc: float | None
    kappa: float | None
    alpha: float | None


@dataclass(frozen=True, slots=True)
class QuestionProgress:
    """How far the marking of one question is."""

    item: MarkingItem
    total: int
    settled: int
    blank: int
    third: int
    arbitration: int
    unheld: int  # scripts that wait and that nobody has
    mean: Decimal | None
    agreement: AgreementFigures


@dataclass(frozen=True, slots=True)
class MarkerProgress:
    """One marker: her work, how far she lies from the final marks, and from herself when she met a script again."""

    user_id: int
    name: str
    is_arbiter: bool
    is_member: bool
    open: int
    given: int
    overdue: int
    doubtful: int
    severity: Decimal | None  # mean of (her mark − final mark), positive: milder than the final marks
    controls: int
    own_gap: Decimal | None  # mean distance between her two marks of the same script
    own_widest: Decimal | None


def looks_of(sitting_id: int) -> list[Look]:
    """Every look at every script of a sitting, in one statement."""
    query = select(ScriptMark, Script).join(Script, Script.id == ScriptMark.script_id).where(Script.sitting_id == sitting_id)
    return [Look(*row) for row in db.session.execute(query.order_by(Script.position, Script.id, ScriptMark.round))]


def question_progress(plan: MarkingPlan, looks: Sequence[Look]) -> list[QuestionProgress]:
    """Each question of a plan."""
    scripts = list(db.session.scalars(select(Script).where(Script.sitting_id == plan.sitting_id)))
    found = []
    for position, item in items_of_plan(plan.id).items():
        some = [one for one in looks if one.script.position == position]
        found.append(_progress(item, [script for script in scripts if script.position == position], some))
    return found


def _progress(item: MarkingItem, scripts: Sequence[Script], looks: Sequence[Look]) -> QuestionProgress:
    states = [script.state for script in scripts]
    marks = [script.mark for script in scripts if script.mark is not None and script.how is not How.BLANK]
    held = {one.script.id for one in looks if one.mark.state is TaskState.OPEN and one.mark.round is not Round.CONTROL}
    return QuestionProgress(
        item=item,
        total=len(scripts),
        settled=states.count(ScriptState.SETTLED),
        blank=sum(script.how is How.BLANK for script in scripts),
        third=states.count(ScriptState.THIRD),
        arbitration=states.count(ScriptState.ARBITRATION),
        unheld=sum(script.state is not ScriptState.SETTLED and script.id not in held for script in scripts),
        mean=mean(marks),
        agreement=agreement_of(item, looks),
    )


def agreement_of(item: MarkingItem, looks: Iterable[Look]) -> AgreementFigures:
    """How far the independent marks of a question agree; arbiters, appeals and controls are none."""
    by_script: defaultdict[int, dict[Round, Decimal]] = defaultdict(dict)
    for one in looks:
        if one.mark.round in TURNS and one.mark.total is not None:
            by_script[one.script.id][one.mark.round] = one.mark.total
    pairs = [(m[Round.FIRST], m[Round.SECOND]) for m in by_script.values() if Round.FIRST in m and Round.SECOND in m]
    firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
    gaps = [abs(first - second) for first, second in pairs]
    return AgreementFigures(
        pairs=len(pairs),
        within=sum(gap <= item.tolerance for gap in gaps),
        mean_gap=mean(gaps),
        icc=icc(pairs).icc1,  # each script has its own two markers
        kappa=weighted_kappa(firsts, seconds),
        alpha=krippendorff_alpha([[m.get(one) for one in TURNS] for m in by_script.values()]),
    )


def marker_progress(plan: MarkingPlan, looks: Sequence[Look], now: datetime) -> list[MarkerProgress]:
    """Each marker of a plan, also those who have left and have marked."""
    members = {member.user_id: member for member in members_of(plan.id)}
    by_user: defaultdict[int, list[Look]] = defaultdict(list)
    for one in looks:
        if one.mark.round is not Round.APPEAL:
            by_user[one.mark.user_id].append(one)
    users = accounts.users_by_ids({*members, *by_user})
    found = [
        _marker(users[user_id].name_zh, user_id, by_user[user_id], now, is_arbiter=_arbiter(members, user_id, by_user[user_id]),
                is_member=user_id in members)
        for user_id in users
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.is_arbiter, not one.is_member, -one.open, one.user_id))


def _arbiter(members: Mapping[int, MarkingMember], user_id: int, looks: Sequence[Look]) -> bool:
    if user_id in members:
        return members[user_id].is_arbiter
    return bool(looks) and all(one.mark.round is Round.ARBITER for one in looks)


def _marker(
    name: str, user_id: int, looks: Sequence[Look], now: datetime, *, is_arbiter: bool, is_member: bool
) -> MarkerProgress:
    open_ = [one.mark for one in looks if one.mark.state is TaskState.OPEN]
    given = [one for one in looks if one.mark.state is TaskState.GIVEN]
    turns = [one for one in given if one.mark.round in TURNS]
    away = [o.mark.total - o.script.mark for o in turns if o.mark.total is not None and o.script.mark is not None]
    first = {one.script.id: one.mark.total for one in turns}
    again = [o for o in given if o.mark.round is Round.CONTROL and first.get(o.script.id) is not None]
    gaps = [abs((one.mark.total or Decimal(0)) - (first[one.script.id] or Decimal(0))) for one in again]
    return MarkerProgress(
        user_id=user_id,
        name=name,
        is_arbiter=is_arbiter,
        is_member=is_member,
        open=len(open_),
        given=len(given),
        overdue=sum(mark.due_at < now for mark in open_),
        doubtful=sum(bool(mark.doubt) for mark in open_),
        severity=mean(away),
        controls=len(gaps),
        own_gap=mean(gaps),
        own_widest=max(gaps, default=None),
    )


def mean(figures: Sequence[Decimal]) -> Decimal | None:
    """The mean to two decimals, for the eye alone; None of nothing."""
    return (sum(figures, Decimal(0)) / len(figures)).quantize(Decimal("0.01")) if figures else None
