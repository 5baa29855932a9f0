"""Subjects within a window of examination years, resits, and corrected keys as they are typed."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from academy.exams.rules.keys import load_blanks, load_numbers
from academy.exams.rules.kinds import QuestionKind
from academy.scoring.rules import Counts, Treatment, counting, level_outcome
from academy.scoring.rules.new_key import KeyIsUnreadable, read_key

THREE = ("CAP_INT", "LAW_INT", "PRA_INT")
TWO = ("CAP_JUN", "PRA_JUN")


def test_junior_passes_both_subjects_in_one_year_or_begins_again() -> None:
    assert level_outcome(TWO, 1, [("CAP_JUN", 2026), ("PRA_JUN", 2026)], this_year=2026).passed_year == 2026
    found = level_outcome(TWO, 1, [("CAP_JUN", 2025), ("PRA_JUN", 2026)], this_year=2026)
    assert (found.passed_year, found.standing, found.missing) == (None, (("PRA_JUN", 2026),), ("CAP_JUN",))
    assert (found.lapsed, found.until_year) == ((("CAP_JUN", 2025),), 2026)


def test_intermediate_has_two_consecutive_years() -> None:
    two = [("CAP_INT", 2025), ("LAW_INT", 2025), ("PRA_INT", 2026)]
    assert level_outcome(THREE, 2, two, this_year=2026).passed_year == 2026
    gap = [("CAP_INT", 2024), ("LAW_INT", 2025), ("PRA_INT", 2026)]
    found = level_outcome(THREE, 2, gap, this_year=2026)
    assert (found.passed_year, found.missing, found.until_year) == (None, ("CAP_INT",), 2026)


def test_who_has_passed_stays_passed_whatever_comes_later() -> None:
    passes = [("CAP_JUN", 2020), ("PRA_JUN", 2020), ("CAP_JUN", 2026)]
    assert level_outcome(TWO, 1, passes, this_year=2026).passed_year == 2020


def test_a_subject_passed_again_opens_the_window_again() -> None:
    passes = [("CAP_INT", 2023), ("CAP_INT", 2026), ("LAW_INT", 2026)]
    found = level_outcome(THREE, 2, passes, this_year=2026)
    assert (found.standing, found.missing, found.until_year) == ((("CAP_INT", 2026), ("LAW_INT", 2026)), ("PRA_INT",), 2027)


def test_nothing_passed_is_all_missing() -> None:
    found = level_outcome(THREE, 2, [], this_year=2026)
    assert (found.standing, found.lapsed, found.missing, found.until_year) == ((), (), THREE, None)


@dataclass(frozen=True)
class Had:
    total: Decimal


def test_the_best_or_the_newest_counts_and_resits_have_an_end() -> None:
    results = [Had(Decimal(n)) for n in (50, 70, 60)]
    assert counting(results, counts=Counts.BEST, most_resits=None) == results[1]
    assert counting(results, counts=Counts.NEWEST, most_resits=None) == results[2]
    assert counting(results, counts=Counts.BEST, most_resits=0) == results[0]
    assert counting(results[:0], counts=Counts.BEST, most_resits=None) is None


def key(written: str, kind: QuestionKind, treatment: Treatment = Treatment.KEY, options: int = 5, prompts: int = 0) -> str:
    return read_key(written, kind=kind, treatment=treatment, options=options, prompts=prompts)


def test_a_corrected_key_is_read_as_it_is_typed() -> None:
    assert key(" b ", QuestionKind.SINGLE) == "B"
    assert key("ｃ、a", QuestionKind.MULTIPLE) == "AC"
    assert key("AC", QuestionKind.SINGLE, Treatment.ANY) == "AC"
    assert key("对", QuestionKind.TRUE_FALSE) == "T"
    assert key("CABDE", QuestionKind.ORDERING) == "CABDE"
    assert key("baac", QuestionKind.MATCHING, prompts=4) == "BAAC"
    assert [
        [one.text for one in blank] for blank in load_blanks(key("社工；社会工作者\n2024", QuestionKind.SHORT_TEXT, prompts=2))
    ] == [
        ["社工", "社会工作者"],
        ["2024"],
    ]
    (number,) = load_numbers(key("-11.7 ± 0.02", QuestionKind.NUMERIC))
    assert (number.value, number.tolerance) == (Decimal("-11.7"), Decimal("0.02"))
    assert load_numbers(key("200±2%", QuestionKind.NUMERIC))[0].tolerance == Decimal("0.02")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("", QuestionKind.SINGLE),
        ("AB", QuestionKind.SINGLE),
        ("Z", QuestionKind.MULTIPLE),
        ("CAB", QuestionKind.ORDERING),
        ("BA-C", QuestionKind.MATCHING),
        ("一行", QuestionKind.SHORT_TEXT),
        ("x±1", QuestionKind.NUMERIC),
        ("1±-1", QuestionKind.NUMERIC),
        ("NaN", QuestionKind.NUMERIC),
        ("任何", QuestionKind.ESSAY),
    ],
)
def test_what_is_no_key_is_refused(written: str, kind: QuestionKind) -> None:
    with pytest.raises(KeyIsUnreadable):
        key(written, kind, prompts=4 if kind is QuestionKind.MATCHING else 2)
