"""Written out and read back, a question is the same question with the same marks, in every format that can carry it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import BankFormat, detect, read_bank, write_bank
from academy.exams.rules.kinds import QuestionKind
from tests.exams.formats.drafts import FIELDS, drafts

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CARRIED = {  # what each format has words for at all
    BankFormat.GIFT: frozenset(QuestionKind) - {QuestionKind.CASE},
    BankFormat.MOODLE: frozenset(QuestionKind) - {QuestionKind.CASE},
    BankFormat.QTI21: frozenset(QuestionKind) - {QuestionKind.CASE},
    BankFormat.QTI22: frozenset(QuestionKind) - {QuestionKind.CASE},
    BankFormat.QTI3: frozenset(QuestionKind) - {QuestionKind.CASE},
    BankFormat.TABLE: frozenset(QuestionKind),
    BankFormat.OPTION_ROWS: frozenset(QuestionKind),
    BankFormat.PLAIN: frozenset(QuestionKind),
}


@pytest.mark.parametrize("format_", list(BankFormat))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(bank=st.lists(drafts(), min_size=1, max_size=4, unique_by=lambda draft: draft.code))
def test_the_same_questions_come_back(format_: BankFormat, bank: list[Draft]) -> None:
    file = write_bank(bank, format_, now=NOW)
    assert {draft.code for draft in bank} == {draft.code for draft in file.written} | {
        draft.code for draft, _why in file.left_out
    }
    if not file.written:
        return
    assert detect(file.content) is format_
    read = read_bank(file.content, field_codes=FIELDS)
    assert [str(fault) for entry in read.entries for fault in entry.faults] == []
    assert [entry.draft for entry in read.entries] == list(file.written)
    assert [str(repair) for entry in read.entries for repair in entry.repairs] == []


@pytest.mark.parametrize("format_", list(BankFormat))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_format_cannot_carry_is_named(format_: BankFormat, data: st.DataObject) -> None:
    draft = data.draw(drafts())
    file = write_bank([draft], format_, now=NOW)
    if draft.kind not in CARRIED[format_]:
        assert file.written == ()
        assert "装不下" in str(file.left_out[0][1])
    elif draft.kind not in {QuestionKind.MATCHING, QuestionKind.SHORT_TEXT}:
        assert file.written == (draft,)


def test_an_edited_export_counts_as_edited_and_says_what_gave_way() -> None:
    draft = Draft(
        "W-1", QuestionKind.SINGLE, None, "", 3, "题", ("甲", "乙"), "A", Decimal(1), "", (),
        scoring={"method": "right_minus_wrong", "per_wrong": "0.25"},
    )  # fmt: skip
    content = write_bank([draft], BankFormat.PLAIN, now=NOW).content.decode()
    (same,) = read_bank(content.encode(), field_codes=FIELDS).entries
    assert same.draft == draft
    (edited,) = read_bank(content.replace("【答案】A", "【答案】B").encode(), field_codes=FIELDS).entries
    assert edited.draft is not None
    assert (edited.draft.answer, edited.draft.scoring) == ("B", None)
    assert "题目导出以后改过" in str(edited.repairs[0])
    (reworded,) = read_bank(content.replace("1. 题", "1. 改过的题干").encode(), field_codes=FIELDS).entries
    assert reworded.draft == replace(draft, stem_zh="改过的题干")  # its key stands, and with it the rule
