"""All that an allocation is computed from, as data: the market, its fingerprints, and what each applicant is told."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.enrollment.rules.allocation import Bid, OfferedClass, RankedApplicant
from academy.enrollment.rules.rounds import CriterionItem, Standing, compute_priority

REST = "rest"  # the group of those whom no quota names, in a class whose seats are divided


class Quota(NamedTuple):
    """Seats of a class that are kept for a unit, a kind of people, or a unit's people of a kind; those still free."""

    organization_id: int | None
    person_type_code: str | None
    seats: int

    @property
    def group(self) -> str:
        """The quota's name in the allocation."""
        return f"{self.organization_id or ''}/{self.person_type_code or ''}"


class RoundClassInput(NamedTuple):
    """A class of the round: the seats it can give now, how they are divided, and why it takes nobody, if so."""

    id: int
    code: str
    field_code: str
    seats: int
    quotas: tuple[Quota, ...] = ()
    closed: Text | None = None


class ApplicantInput(NamedTuple):
    """An applicant: who she is, her choices (class ids, the best first) and what the criteria look at."""

    learner_id: int
    application_code: str
    organization_id: int | None
    choices: tuple[int, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Inputs:
    """A round as an allocation sees it; `unfit` says why a choice cannot be given: {(learner, class): why}."""

    criteria: tuple[CriterionItem, ...]
    seed: str
    has_line: bool
    classes: tuple[RoundClassInput, ...]
    applicants: tuple[ApplicantInput, ...]
    unfit: Mapping[tuple[int, int], Text]


PART_WORDS = {
    "rules": N_("分配规则"),
    "classes": N_("班次的席位或报名状态"),
    "choices": N_("学员的志愿"),
    "people": N_("学员的条件"),
    "fitness": N_("学员能不能报"),
}


def fingerprints(inputs: Inputs) -> dict[str, str]:
    """A SHA-256 of each part of the inputs: equal parts have equal ones, so that a refusal can say what has changed."""
    rules = [[item.as_json() for item in inputs.criteria], inputs.seed, inputs.has_line]
    classes = [[*one[:4], one.quotas, one.closed.as_json() if one.closed else None] for one in inputs.classes]
    people = [
        [one.learner_id, one.organization_id, {**one.standing._asdict(), "fields": sorted(one.standing.fields)}]
        for one in inputs.applicants
    ]
    return {
        "rules": _digest(rules),
        "classes": _digest(classes),
        "choices": _digest([[one.learner_id, one.application_code, one.choices] for one in inputs.applicants]),
        "people": _digest(people),
        "fitness": _digest([[*pair, why.as_json()] for pair, why in sorted(inputs.unfit.items(), key=lambda item: item[0])]),
    }


def _digest(part: Any) -> str:
    plain = json.dumps(part, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Which parts of the inputs differ."""
    return [part for part in PART_WORDS if before.get(part) != after.get(part)]


def market(inputs: Inputs) -> tuple[list[RankedApplicant], list[OfferedClass]]:
    """The applicants with the choices that can be given to them, and the classes with their seats."""
    by_id = {one.id: one for one in inputs.classes}
    applicants = [
        RankedApplicant(one.learner_id, tuple(_bid(inputs, one, by_id[c]) for c in fit_choices(inputs, one)))
        for one in inputs.applicants
    ]
    return applicants, [OfferedClass(one.id, one.seats, _limits(one)) for one in inputs.classes]


def fit_choices(inputs: Inputs, applicant: ApplicantInput) -> list[int]:
    """Her choices without those that cannot be given to her."""
    return [class_id for class_id in applicant.choices if (applicant.learner_id, class_id) not in inputs.unfit]


def priority(inputs: Inputs, applicant: ApplicantInput, found: RoundClassInput) -> tuple[int | str, ...]:
    """An applicant's priority in a class."""
    return compute_priority(inputs.criteria, applicant.standing, field_code=found.field_code, seed=inputs.seed)


def _bid(inputs: Inputs, applicant: ApplicantInput, found: RoundClassInput) -> Bid:
    group = quota_group(found.quotas, applicant.organization_id, applicant.standing.person_type_code)
    return Bid(found.id, priority(inputs, applicant, found), (group,) if group else ())


def quota_group(quotas: Iterable[Quota], organization_id: int | None, person_type_code: str) -> str:
    """Under which quota of a class a person counts: the one that names her most closely; "" in an undivided class.

    A unit's people of a kind come before the unit, the unit before the kind. So everybody counts once, and the groups
    of a class lie side by side.
    """
    divided = list(quotas)
    fitting = [
        one
        for one in divided
        if one.organization_id in {None, organization_id} and one.person_type_code in {None, person_type_code}
    ]
    if fitting:
        return max(fitting, key=lambda one: (one.organization_id is not None, one.person_type_code is not None)).group
    return REST if divided else ""


def _limits(found: RoundClassInput) -> dict[str, int]:
    """The seats of each group; those whom no quota names share what the quotas leave."""
    if not found.quotas:
        return {}
    kept = {one.group: one.seats for one in found.quotas}
    return {**kept, REST: max(0, found.seats - sum(kept.values()))}
