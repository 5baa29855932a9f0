"""The list of a class's file: each paper's state follows from what is counted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from academy.reports.prints.archive import EntryState, Evidence, compute_entries, count_states
from academy.timetable.rules import ClassState

STATES = {"有": EntryState.PRESENT, "缺": EntryState.MISSING, "未到": EntryState.LATER, "不需要": EntryState.NOT_NEEDED}


def make_evidence(**given: Any) -> Evidence:
    """A class that has ended with everything in order."""
    values: dict[str, Any] = {
        "class_code": "XA-2026-015-03", "state": ClassState.CLOSED, "approved_by": "孔延玲", "approved_on": date(2026, 11, 1),
        "applications": 32, "undecided": 0, "people": 30, "room_fits": True, "sessions": 6, "over": 6, "marked": 6,
        "first_marks": 30, "leave": 2, "sittings": 1, "candidates": 30, "confirmed": 1, "passed": 28, "certified": 28,
        "credited": 30, "teachers": 3, "unstaffed": 0, "held_minutes": 1080, "summary_code": "ABC", **given,
    }  # fmt: skip
    return Evidence(**values)


def state_of(code: str, **given: Any) -> EntryState:
    """The state of one paper."""
    return next(entry.state for entry in compute_entries(make_evidence(**given)) if entry.code == code)


def test_the_list_has_the_approval_and_all_22_forms_once() -> None:
    entries = compute_entries(make_evidence())
    assert [entry.code for entry in entries] == ["—", *[f"PF{number:02}" for number in range(1, 23)]]


def test_a_class_that_has_ended_well_lacks_only_what_the_system_does_not_hold() -> None:
    entries = compute_entries(make_evidence())
    assert [entry.code for entry in entries if entry.state is EntryState.MISSING] == ["PF19"]
    assert [entry.code for entry in entries if entry.state is EntryState.NOT_NEEDED] == ["PF06", "PF12"]


@pytest.mark.parametrize(
    ("code", "given", "state"),
    [
        ("—", {"approved_on": None}, "缺"),
        ("PF01", {"sessions": 0}, "缺"),
        ("PF03", {"undecided": 1}, "缺"),
        ("PF08", {"room_fits": False}, "缺"),
        ("PF10", {"marked": 5}, "缺"),
        ("PF10", {"marked": 2, "over": 3, "state": ClassState.RUNNING}, "缺"),
        ("PF10", {"marked": 3, "over": 3, "state": ClassState.RUNNING}, "有"),
        ("PF10", {"over": 0, "marked": 0, "state": ClassState.RUNNING}, "未到"),
        ("PF11", {"leave": 0}, "不需要"),
        ("PF11", {"leave": 0, "over": 0, "state": ClassState.OPEN}, "未到"),
        ("PF13", {"sittings": 0, "candidates": 0, "confirmed": 0}, "不需要"),
        ("PF14", {"sittings": 0, "candidates": 0, "confirmed": 0}, "不需要"),
        ("PF15", {"sittings": 0, "candidates": 0, "confirmed": 0}, "不需要"),
        ("PF15", {"sittings": 2}, "缺"),
        ("PF16", {"certified": 27}, "缺"),
        ("PF16", {"certified": 0, "state": ClassState.RUNNING}, "未到"),
        ("PF18", {"credited": 0}, "缺"),
        ("PF20", {"summary_code": ""}, "缺"),
        ("PF21", {"unstaffed": 1}, "缺"),
        ("PF22", {"summary_code": ""}, "未到"),
    ],
)
def test_a_paper_is_there_missing_not_due_or_not_needed(code: str, given: dict[str, Any], state: str) -> None:
    assert state_of(code, **given) is STATES[state]


def test_before_it_begins_a_class_misses_nothing_yet() -> None:
    empty: dict[str, Any] = dict.fromkeys(
        ("applications", "people", "sessions", "over", "marked", "first_marks", "leave", "sittings", "candidates",
         "confirmed", "passed", "certified", "credited", "teachers", "held_minutes"), 0
    )  # fmt: skip
    held = replace(make_evidence(), **empty, state=ClassState.DRAFT, approved_on=None, room_fits=False, summary_code="")
    counts = count_states(compute_entries(held))
    assert counts[EntryState.MISSING] == 0
    assert counts[EntryState.PRESENT] == 0


def test_a_cancelled_class_needs_no_file() -> None:
    entries = compute_entries(make_evidence(state=ClassState.CANCELLED))
    assert {entry.state for entry in entries} == {EntryState.NOT_NEEDED}


def test_the_summary_leads_to_its_file() -> None:
    place = next(entry.place for entry in compute_entries(make_evidence()) if entry.code == "PF20")
    assert (place.endpoint, place.values) == ("reports.run", {"code": "ABC"})


def test_figures_stand_behind_each_state() -> None:
    said = {entry.code: str(entry.evidence) for entry in compute_entries(make_evidence(marked=4))}
    assert said["—"] == "孔延玲 2026-11-01 批准"
    assert said["PF10"] == "已上 6 次课，点名点齐 4 次"
    assert said["PF21"] == "已上 6 次课、24 学时，讲师 3 人；课酬按此核算"
