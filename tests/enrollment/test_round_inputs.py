"""What an allocation is computed from: quotas, fingerprints, whole years."""

from dataclasses import replace
from datetime import date

import pytest

from academy.core.text import Text
from academy.enrollment.rules.allocation import Given, compute_allocation
from academy.enrollment.rules.explaining import RowFacts, compute_plan, explain_row
from academy.enrollment.rules.round_inputs import (
    REST,
    ApplicantInput,
    Inputs,
    Quota,
    RoundClassInput,
    changed_parts,
    fingerprints,
    market,
    quota_group,
)
from academy.enrollment.rules.rounds import Criterion, CriterionItem, RowState, Standing, figure_text, whole_years
from tests.conftest import NOW

EARLIEST = (CriterionItem(Criterion.EARLIEST),)
QUOTAS = (Quota(7, None, 1), Quota(None, "P10", 1), Quota(7, "P10", 1))


def applicant(number: int, unit: int | None, kind: str = "P12") -> ApplicantInput:
    standing = Standing(f"L-{number}", kind, is_nominated=False, fields=frozenset(), years=None, number=number)
    return ApplicantInput(number, f"A{number}", unit, (1,), standing)


def inputs(*people: ApplicantInput, seats: int = 4, quotas: tuple[Quota, ...] = QUOTAS) -> Inputs:
    classes = (RoundClassInput(1, "XA-1", "SG-03", seats, quotas),)
    return Inputs(EARLIEST, "ab", has_line=True, classes=classes, applicants=people, unfit={})


@pytest.mark.parametrize(
    ("unit", "kind", "group"),
    [(7, "P10", "7/P10"), (7, "P12", "7/"), (8, "P10", "/P10"), (None, "P10", "/P10"), (8, "P12", REST), (None, "P01", REST)],
)
def test_everybody_counts_under_the_quota_that_names_her_most_closely(unit: int | None, kind: str, group: str) -> None:
    assert quota_group(QUOTAS, unit, kind) == group
    assert quota_group((), unit, kind) == ""


def test_divided_seats_go_to_those_for_whom_they_are_kept() -> None:
    people = [
        applicant(1, 8),
        applicant(2, 8),
        applicant(3, 7),
        applicant(4, 7),
        applicant(5, 8, "P10"),
        applicant(6, 7, "P10"),
    ]
    outcome = compute_allocation(*market(inputs(*people)))
    assert outcome.given == {1: Given(1, 1), 3: Given(1, 1), 5: Given(1, 1), 6: Given(1, 1)}
    assert outcome.refusals[4, 1].group == "7/"
    assert outcome.refusals[2, 1].group == REST
    assert compute_allocation(*market(inputs(*people, quotas=()))).given.keys() == {1, 2, 3, 4}


def test_quotas_above_the_seats_never_oversell() -> None:
    people = [applicant(n, 7) for n in range(1, 9)]
    outcome = compute_allocation(*market(inputs(*people, seats=2, quotas=(Quota(7, None, 50),))))
    assert outcome.given.keys() == {1, 2}


def test_whoever_missed_her_group_reads_that_it_was_the_groups_seats() -> None:
    rows, _ = compute_plan(inputs(applicant(1, 7), applicant(2, 7)))
    row = next(row for row in rows if row["learner_id"] == 2)
    facts = RowFacts(row["bids"], None, row["line_class_id"], RowState.PLANNED, None, None, {1: "一班"}, EARLIEST)
    refused, line = explain_row(facts, at=NOW).checks
    assert "所在名额组的 1 席都给了次序在前的人" in str(refused.record)
    assert str(line.say) == "按次序加入“一班”的候补"


def test_each_part_of_the_inputs_has_its_own_fingerprint() -> None:
    base = inputs(applicant(1, 7))
    changed = {
        "rules": replace(base, seed="cd"),
        "classes": inputs(applicant(1, 7), seats=5),
        "choices": replace(base, applicants=(base.applicants[0]._replace(application_code="B"),)),
        "people": inputs(applicant(1, 8)),
        "fitness": replace(base, unfit={(1, 1): Text("不合")}),
    }
    assert changed_parts(fingerprints(base), fingerprints(inputs(applicant(1, 7)))) == []
    for part, other in changed.items():
        assert changed_parts(fingerprints(base), fingerprints(other)) == [part]


@pytest.mark.parametrize(
    ("since", "years"),
    [(None, None), (date(2025, 11, 23), 1), (date(2025, 11, 24), 0), (date(2024, 2, 29), 2), (date(2027, 1, 1), 0)],
)
def test_whole_years_count_to_the_day(since: date | None, years: int | None) -> None:
    assert whole_years(since, date(2026, 11, 23)) == years


def test_every_figure_has_words() -> None:
    criteria = (CriterionItem(Criterion.PERSON_TYPE, (("P10",),)), CriterionItem(Criterion.LONGEST_AGO))
    assert str(figure_text(criteria, 0, 0)) == "第 1 组"
    assert str(figure_text(criteria, 0, 1)) == "不在所列组别"
    assert str(figure_text(criteria, 1, -100)) == "从未参加培训"
    assert str(figure_text(criteria, 1, -3)) == "距上次培训满 3 年"
    assert str(figure_text(criteria, 2, "0a" * 32)) == "抽签号 0A0A0A0A0A0A"
