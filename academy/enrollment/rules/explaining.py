"""What an allocation gives each applicant, kept as data, and the same in words: why, and why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.enrollment.rules.allocation import WHOLE_CLASS, Outcome, compute_allocation
from academy.enrollment.rules.round_inputs import (
    ApplicantInput,
    Inputs,
    RoundClassInput,
    fit_choices,
    market,
    priority,
)
from academy.enrollment.rules.rounds import (
    MOST_CHOICES,
    RANK_WORDS,
    CriterionItem,
    RowState,
    criterion_text,
    deciding,
    figure_text,
)

Plan = list[dict[str, Any]]


def compute_plan(inputs: Inputs) -> tuple[Plan, dict[str, Any]]:
    """Allocate, and say it all: a row for each applicant (see AllocationRow) and the summary of a preview."""
    outcome = compute_allocation(*market(inputs))
    classes = {one.id: one for one in inputs.classes}
    places = {learner: place for ids in outcome.admitted.values() for place, learner in enumerate(ids, start=1)}
    rows = [_row(inputs, outcome, classes, one, places.get(one.learner_id)) for one in inputs.applicants]
    _give_turns(rows)
    return rows, _summary(inputs, rows)


def _row(
    inputs: Inputs, outcome: Outcome, classes: Mapping[int, RoundClassInput], one: ApplicantInput, place: int | None
) -> dict[str, Any]:
    got = outcome.given.get(one.learner_id)
    fit = fit_choices(inputs, one)
    waits_for = fit[0] if got is None and inputs.has_line and fit else None
    return {
        "learner_id": one.learner_id,
        "application_code": one.application_code,
        "organization_id": one.organization_id,
        "class_id": got.class_id if got else None,
        "rank": one.choices.index(got.class_id) + 1 if got else None,
        "place": place,
        "line_class_id": waits_for,
        "state": RowState.PLANNED if got or waits_for else RowState.UNPLACED,
        "bids": [_bid(inputs, outcome, one, classes[class_id]) for class_id in one.choices],
    }


def _bid(inputs: Inputs, outcome: Outcome, one: ApplicantInput, found: RoundClassInput) -> dict[str, Any]:
    """One choice as the preview keeps it: the priority, and why it was refused or could not be given."""
    unfit = inputs.unfit.get((one.learner_id, found.id))
    refusal = outcome.refusals.get((one.learner_id, found.id))
    return {
        "class_id": found.id,
        "key": list(priority(inputs, one, found)),
        "unfit": unfit.as_json() if unfit else None,
        "refusal": {**refusal._asdict(), "last": list(refusal.last) if refusal.last else None} if refusal else None,
    }


def _give_turns(rows: Plan) -> None:
    """Number what is to be done: all seats before any line, a class after the other, each in the order of the criteria."""

    def order(row: dict[str, Any]) -> tuple[bool, int, tuple[int | str, ...]]:
        class_id = row["class_id"] or row["line_class_id"]
        key = next(bid["key"] for bid in row["bids"] if bid["class_id"] == class_id)
        return row["class_id"] is None, class_id, tuple(key)

    for row in rows:
        row["turn"] = None
    for turn, row in enumerate(sorted((row for row in rows if row["state"] is RowState.PLANNED), key=order), start=1):
        row["turn"] = turn


def _summary(inputs: Inputs, rows: Plan) -> dict[str, Any]:
    """Counts in all, of each class and of each organization, and the last one admitted to each class."""
    units: dict[int | None, list[int]] = {}
    classes: dict[int, dict[str, Any]] = {
        one.id: {
            "class_id": one.id,
            "seats": one.seats,
            "closed": one.closed.as_json() if one.closed else None,
            "asked": [0] * MOST_CHOICES,
            "given": [0] * MOST_CHOICES,
            "waiting": 0,
            "last": None,
        }
        for one in inputs.classes
    }
    for row in rows:
        unit = units.setdefault(row["organization_id"], [0] * (MOST_CHOICES + 1))
        unit[row["rank"] - 1 if row["rank"] else MOST_CHOICES] += 1
        for at, bid in enumerate(row["bids"]):
            asked = classes[bid["class_id"]]
            asked["asked"][at] += 1
            if row["class_id"] == bid["class_id"]:
                asked["given"][at] += 1
                asked["last"] = max(asked["last"] or bid["key"], bid["key"])
        if row["line_class_id"]:
            classes[row["line_class_id"]]["waiting"] += 1
    total = [sum(counts[at] for counts in units.values()) for at in range(MOST_CHOICES + 1)]
    return {
        "counts": total,  # first, second, third choice, nothing
        "waiting": sum(row["line_class_id"] is not None for row in rows),
        "unfit": sum(all(bid["unfit"] for bid in row["bids"]) for row in rows),
        "classes": list(classes.values()),
        "units": [{"organization_id": unit, "counts": counts} for unit, counts in units.items()],
    }


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One applicant of a preview, with what words need: class titles and the published criteria."""

    bids: Sequence[Mapping[str, Any]]
    class_id: int | None
    line_class_id: int | None
    state: RowState
    number: int | None
    problem: Text | None
    titles: Mapping[int, str]
    criteria: Sequence[CriterionItem]


def explain_row(facts: RowFacts, *, at: datetime) -> Verdict:
    """Why an applicant got what she got: a check for each of her choices, the last one admitted shown without a name."""
    checks = [_choice_check(facts, place, bid) for place, bid in enumerate(facts.bids)]
    if facts.line_class_id is not None:
        checks.append(_line_check(facts))
    if facts.problem is not None:
        say = Text(N_("办理时情况有变，没有按分配结果办成"))
        checks.append(Check("carried_out", "no", say, record=facts.problem, fix=Text(N_("有疑问请联系教务。"))))
    return Verdict(tuple(checks), at=at)


def _choice_check(facts: RowFacts, place: int, bid: Mapping[str, Any]) -> Check:
    code = f"choice_{place + 1}"
    named: dict[str, Text | str] = {"rank": Text(RANK_WORDS[place]), "title": facts.titles[bid["class_id"]]}
    if bid["class_id"] == facts.class_id:
        return Check(code, "ok", Text(N_("%(rank)s“%(title)s”：分到了"), **named), record=_own(facts.criteria, bid["key"]))
    if bid["unfit"]:
        say = Text(N_("%(rank)s“%(title)s”：不合条件，没有参加分配"), **named)
        return Check(code, "no", say, record=Text.from_json(bid["unfit"]))
    if bid["refusal"]:
        say = Text(N_("%(rank)s“%(title)s”：没有分到"), **named)
        return Check(code, "no", say, record=_refused(facts.criteria, bid["key"], bid["refusal"]))
    return Check(code, "ok", Text(N_("%(rank)s“%(title)s”：没有用到，前面的志愿已经满足"), **named))


def _own(criteria: Sequence[CriterionItem], key: Sequence[int | str]) -> Text:
    figures = [figure_text(criteria, place, figure) for place, figure in enumerate(key)]
    listed = figures[0]
    for one in figures[1:]:
        listed = Text(N_("%(before)s；%(next)s"), before=listed, next=one)
    return Text(N_("本人次序：%(figures)s"), figures=listed)


def _refused(criteria: Sequence[CriterionItem], key: Sequence[int | str], refusal: Mapping[str, Any]) -> Text:
    if refusal["last"] is None:
        return Text(N_("这个班这次没有可以分的席位")) if refusal["group"] == WHOLE_CLASS else Text(N_("所在的名额组没有席位"))
    place = deciding(tuple(key), tuple(refusal["last"]))
    params = {
        "seats": refusal["seats"],
        "place": place + 1,
        "criterion": criterion_text(criteria, place),
        "last": figure_text(criteria, place, refusal["last"][place]),
        "own": figure_text(criteria, place, key[place]),
    }
    if refusal["group"] == WHOLE_CLASS:
        return Text(
            N_(
                "%(seats)s 席都给了次序在前的人。与最后一位录取者比，分出先后的是第 %(place)s 条“%(criterion)s”："
                "最后一位：%(last)s；本人：%(own)s。"
            ),
            **params,
        )
    return Text(
        N_(
            "所在名额组的 %(seats)s 席都给了次序在前的人。与组里最后一位录取者比，"
            "分出先后的是第 %(place)s 条“%(criterion)s”：最后一位：%(last)s；本人：%(own)s。"
        ),
        **params,
    )


def _line_check(facts: RowFacts) -> Check:
    title = facts.titles[facts.line_class_id or 0]
    if facts.state is RowState.ADMITTED:
        return Check("line", "ok", Text(N_("候补“%(title)s”：有席位，已录取"), title=title))
    if facts.number is not None:
        say = Text(N_("候补“%(title)s”：候补号 %(number)s"), title=title, number=facts.number)
        return Check("line", "wait", say, record=Text(N_("没有分到的人按同一次序加入第一志愿的候补，有席位时按号征询。")))
    return Check("line", "wait", Text(N_("按次序加入“%(title)s”的候补"), title=title))


@dataclass(frozen=True, slots=True)
class Changes:
    """How a preview differs from the one before it, by learner: (class before, class now)."""

    changed: Mapping[int, tuple[int | None, int | None]]
    joined: tuple[int, ...]
    left: tuple[int, ...]

    @property
    def is_none(self) -> bool:
        """Whether nobody's allocation differs."""
        return not (self.changed or self.joined or self.left)


def compare(before: Mapping[int, int | None], after: Mapping[int, int | None]) -> Changes:
    """Compare two allocations {learner: class or None}."""
    both = before.keys() & after.keys()
    return Changes(
        changed={one: (before[one], after[one]) for one in sorted(both) if before[one] != after[one]},
        joined=tuple(sorted(after.keys() - before.keys())),
        left=tuple(sorted(before.keys() - after.keys())),
    )
