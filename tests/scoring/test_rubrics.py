"""The rubric, and marks as people type them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import academy
from academy.scoring.rules.rubrics import MarkIsMissing, MarkIsNoMark, dump_criteria, read_marks, read_rubric, total_of

HALF = Decimal("0.5")


def sample(code: str) -> Any:
    stored = json.loads((Path(academy.__file__).parent / "sampledata/rubrics.json").read_text(encoding="utf-8"))
    return next(one for one in stored["rubrics"] if one["item_code"] == code)


def test_every_rubric_of_the_sample_is_read_and_adds_up() -> None:
    criteria = read_rubric(sample("Q-0381")["criteria"], part=0, full=Decimal(20))
    assert {one.id: one.full for one in criteria} == dict(
        zip(("C1", "C2", "C3", "C4"), map(Decimal, (5, 5, 6, 4)), strict=True)
    )
    assert [level.name for level in criteria[0].levels] == ["优", "良", "中", "差"]
    assert (level := criteria[0].level_of(Decimal("3.5"))) is not None
    assert level.name == "良"
    assert read_rubric(dump_criteria(criteria), part=0, full=Decimal(20)) == criteria


def test_a_part_of_a_case_has_its_own_criteria() -> None:
    stored = sample("Q-0389")["criteria"]
    assert [one.id for one in read_rubric(stored, part=3, full=Decimal(8))] == ["C3", "C4"]
    assert [one.id for one in read_rubric(stored, part=1, full=Decimal(6))] == ["C1"]


@pytest.mark.parametrize("stored", [[], [{}], [{"criterion_id": "C1", "name_zh": "x", "max_marks": 9}], ["x"], [{"levels": 1}]])
def test_a_rubric_that_does_not_fit_is_marked_as_a_whole(stored: Any) -> None:
    criteria = read_rubric(stored, part=0, full=Decimal(20))
    assert [(one.full, one.levels) for one in criteria] == [(Decimal(20), ())]


def test_the_sums_of_the_sample_answers_are_their_totals() -> None:
    rubric = sample("Q-0381")
    criteria = read_rubric(rubric["criteria"], part=0, full=Decimal(20))
    for answer in rubric["sample_answers"]:
        written = {key: str(mark) for key, mark in answer["marks_by_criterion"].items()}
        assert total_of(read_marks(criteria, written, {}, step=HALF)) == Decimal(str(answer["total"]))


def test_a_picked_level_counts_as_its_top_and_a_typed_mark_goes_before() -> None:
    criteria = read_rubric(sample("Q-0381")["criteria"], part=0, full=Decimal(20))
    levels = {"C1": "1", "C2": "2", "C3": "3", "C4": "4"}
    assert read_marks(criteria, {"C1": "4.5", "C2": "３．５"}, levels, step=HALF) == {
        "C1": Decimal("4.5"), "C2": Decimal("3.5"), "C3": Decimal("3.5"), "C4": Decimal(1),
    }  # fmt: skip


@pytest.mark.parametrize("written", ["5.5", "-1", "0.3", "1e0", "NaN", "Infinity", "２٣", "3,5", "0x1", "3.50001", "9" * 400])
def test_what_is_no_mark_is_refused(written: str) -> None:
    criteria = read_rubric(sample("Q-0381")["criteria"], part=0, full=Decimal(20))[:1]
    with pytest.raises(MarkIsNoMark):
        read_marks(criteria, {"C1": written}, {}, step=HALF)


@pytest.mark.parametrize(("written", "level"), [("", ""), (" ", "9"), ("", "x")])
def test_a_missing_mark_is_never_taken_for_zero(written: str, level: str) -> None:
    criteria = read_rubric(sample("Q-0381")["criteria"], part=0, full=Decimal(20))[:1]
    with pytest.raises(MarkIsMissing):
        read_marks(criteria, {"C1": written}, {"C1": level}, step=HALF)
