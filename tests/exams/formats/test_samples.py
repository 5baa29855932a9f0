"""The four example files read exactly: every word, every key, every verdict."""

import csv
from pathlib import Path
from typing import Any

import pytest

from academy.core.sheets import packaged_rows
from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import BankFile, BankFormat, read_bank, read_question
from academy.exams.rules.kinds import QuestionKind

FILES = Path(__file__).parent / "files"
FIELDS = frozenset(row["field_code"] for row in packaged_rows("questions.csv"))
TITLES = {"item_code": "code", "topic_zh": "topic", "stem_zh": "stem", "explanation_zh": "explanation"}


def load(name: str) -> BankFile:
    return read_bank((FILES / name).read_bytes(), field_codes=FIELDS)


def bank() -> dict[str, Draft]:
    """The questions as the sample's own table has them."""
    found = {}
    for row in packaged_rows("questions.csv"):
        draft = read_question({TITLES.get(title, title): value for title, value in row.items()}, field_codes=FIELDS)
        assert isinstance(draft, Draft), [str(fault) for fault in draft]
        found[draft.code] = draft
    return found


@pytest.mark.parametrize(
    ("name", "format_"), [("sample_bank.gift", BankFormat.GIFT), ("sample_bank_moodle.xml", BankFormat.MOODLE)]
)
def test_the_moodle_samples_are_the_same_questions_as_the_table(name: str, format_: BankFormat) -> None:
    file, known = load(name), bank()
    assert file.format is format_
    assert len(file.entries) == 40
    for entry in file.entries:
        draft, same = entry.draft, known[entry.code]
        assert draft is not None
        for part in ("kind", "stem_zh", "options", "marks", "topic_zh", "difficulty", "explanation_zh"):
            assert getattr(draft, part) == getattr(same, part), (entry.code, part)
        if draft.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.TRUE_FALSE}:
            assert (draft.answer, draft.scoring) == (same.answer, None)  # even shares: the dated rule of the kind


def test_both_moodle_samples_say_the_same() -> None:
    gift, xml = (
        {entry.code: entry.draft for entry in load(name).entries} for name in ("sample_bank.gift", "sample_bank_moodle.xml")
    )
    for code, draft in gift.items():
        other = xml[code]
        assert draft is not None
        assert other is not None
        assert draft.wording() == other.wording()
    assert xml["Q-0021"] is not None
    assert xml["Q-0021"].field_code == "PD-01"


def test_shares_of_texts_and_numbers_are_kept() -> None:
    drafts = {entry.code: entry.draft for entry in load("sample_bank.gift").entries}
    answers = [drafts[code].answer for code in ("Q-0368", "Q-0379")]  # type: ignore[union-attr]
    assert answers == [
        '[[["喘息","1",""],["喘息照护","1",""],["喘息照料","1",""],["暂托","1",""],["替代照料","0.5",""]]]',
        '[["6.67","0.01","nominal","1",""],["5","0.01","nominal","0.5",""]]',
    ]


def test_what_is_left_out_of_the_samples_is_said() -> None:
    noted = {
        entry.code: [str(note) for note in entry.repairs] for entry in load("sample_bank_moodle.xml").entries if entry.repairs
    }
    assert noted == {
        "Q-0379": ["各选项的反馈没有收：用了n作分母"],
        "Q-0376": ["各选项的反馈没有收：这是回收率,不是有效回收率"],
    }


def test_the_table_without_numbers_reads_exactly() -> None:
    file, known = load("sample_bank.xlsx"), {draft.stem_zh: draft for draft in bank().values()}
    assert file.format is BankFormat.TABLE
    assert len(file.entries) == 60
    for entry in file.entries:
        assert entry.draft is not None, [str(fault) for fault in entry.faults]
        assert not entry.repairs
        same = known[entry.draft.stem_zh]
        for part in ("kind", "options", "answer", "marks", "topic_zh", "difficulty", "explanation_zh"):
            assert getattr(entry.draft, part) == getattr(same, part), (entry.line, part)
    again = load("sample_bank.xlsx")
    assert [entry.code for entry in again.entries] == [entry.code for entry in file.entries]


REASONS = {
    "answer_out_of_range": "超出选项 A—D",
    "stem_missing": "题干为空",
    "duplicate_option": "一模一样",
    "marks_negative": "分值“-1”",
    "marks_not_number": "分值“两分”",
    "single_multiple_answers": "单选题填了“BD”",
    "multiple_one_answer": "只有一个选项",
    "unknown_kind": "连线题",
    "stem_too_long": "超过 10000 字",
    "html_script": "<script>",
    "duplicate_stem": "题干与第 %s 行重复",
    "formula_cell": "是公式",
}


def expected() -> list[dict[str, Any]]:
    with (FILES / "sample_bank_with_errors_expected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", expected(), ids=lambda row: f"row {row['row']} {row['reason']}")
def test_the_table_with_errors_gets_every_verdict_with_its_reason(row: dict[str, Any]) -> None:
    found = {entry.line: entry for entry in load("sample_bank_with_errors.xlsx").entries}
    if row["verdict"] == "skip":
        assert int(row["row"]) not in found
        return
    entry = found[int(row["row"])]
    assert (entry.draft is not None) == (row["verdict"] == "accept"), [str(fault) for fault in entry.faults]
    if row["reason"]:
        reason = REASONS[row["reason"]].replace("%s", {"24": "2", "30": "8"}.get(row["row"], ""))
        assert any(reason in str(fault) for fault in entry.faults), [str(fault) for fault in entry.faults]


def test_the_script_stays_visible_in_the_report_as_text() -> None:
    entry = next(entry for entry in load("sample_bank_with_errors.xlsx").entries if entry.line == 22)
    assert entry.removed == ('<script>alert("x")</script>',)
