"""A question of any kind, typed into the form: read back as it was, refused with the reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.exams.rules.keys import (
    AcceptedNumber,
    AcceptedText,
    ToleranceKind,
    dump_blanks,
    dump_numbers,
    load_blanks,
    load_numbers,
)
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.typed import read_typed, typed_of
from academy.exams.rules.wording import Wording, find_faults, find_gaps, part_as_json, part_from_json

TWO = Decimal(2)
RUBRIC = (
    {"criterion_id": "C1", "name_zh": "含义", "max_marks": 1.5, "sub_question_no": None,
     "levels": [{"level_zh": "优", "marks": 1.5, "marks_min": 1, "marks_max": 1.5, "descriptor_zh": "准确"}]},
    {"criterion_id": "C2", "name_zh": "限度", "max_marks": 0.5, "sub_question_no": None, "levels": []},
)  # fmt: skip
WHOLE = [
    Wording(QuestionKind.SINGLE, "题干", TWO, options=("甲", "乙"), answer="B"),
    Wording(QuestionKind.MULTIPLE, "题干", TWO, options=tuple("甲乙丙丁戊己庚辛壬癸子丑"), answer="AL",
            scoring={"method": "exact"}),
    Wording(QuestionKind.TRUE_FALSE, "题干", TWO, answer="F", explanation_zh="解析"),
    Wording(QuestionKind.SHORT_TEXT, "____和____", TWO, answer=dump_blanks((
        (AcceptedText("同理心", group="同理"), AcceptedText("共情", group="同理"), AcceptedText("同情", Decimal("0.5"))),
        (AcceptedText("尊重"),)))),
    Wording(QuestionKind.NUMERIC, "题干", TWO, answer=dump_numbers((
        AcceptedNumber(Decimal("-11.7"), Decimal("0.02"), unit="万元"),
        AcceptedNumber(Decimal("1E-20"), Decimal("0.1"), ToleranceKind.GEOMETRIC, Decimal("0.5"))))),
    Wording(QuestionKind.MATCHING, "题干", TWO, options=("甲", "乙", "丙"), prompts=("一", "二"), answer="CA"),
    Wording(QuestionKind.ORDERING, "题干", TWO, options=("甲", "乙", "丙"), answer="CAB"),
    Wording(QuestionKind.ESSAY, "题干\n第二段", TWO, rubric=RUBRIC),
]  # fmt: skip


@pytest.mark.parametrize("wording", WHOLE, ids=lambda one: one.kind.value)
def test_what_the_form_shows_is_read_back_as_it_was(wording: Wording) -> None:
    assert find_faults(wording) == []
    assert read_typed(wording.kind, typed_of(wording), known=wording) == wording


def test_a_part_of_a_case_is_kept_and_read_back() -> None:
    for no, wording in enumerate(WHOLE, 1):
        part = Wording(wording.kind, wording.stem_zh, TWO, wording.options, wording.prompts, wording.answer, "参考",
                       wording.scoring, (), (), no)  # fmt: skip
        assert part_from_json(part_as_json(part)) == part


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        (QuestionKind.SINGLE, {"option_1": ["甲"], "right": ["A"]}, "options"),
        (QuestionKind.SINGLE, {"option_1": ["甲"], "option_2": ["甲"], "right": ["A"]}, "options"),
        (QuestionKind.SINGLE, {"option_1": ["甲"], "option_3": ["乙"], "right": ["A"]}, "options"),
        (QuestionKind.SINGLE, {"option_1": ["甲"], "option_2": ["乙"], "right": ["A", "B"]}, "answer"),
        (QuestionKind.SINGLE, {"option_1": ["甲"], "option_2": ["乙"], "right": ["C"]}, "answer"),
        (QuestionKind.MULTIPLE, {"option_1": ["甲"], "option_2": ["乙"], "right": ["A"]}, "answer"),
        (QuestionKind.TRUE_FALSE, {"truth": ["也许"]}, "answer"),
        (QuestionKind.SHORT_TEXT, {}, "answer"),
        (QuestionKind.SHORT_TEXT, {"blank_2": ["只有第二空"]}, "answer"),
        (QuestionKind.SHORT_TEXT, {"blank_1": ["同情 | 0.5"]}, "answer"),
        (QuestionKind.SHORT_TEXT, {"blank_1": ["同情 | 2"]}, "answer"),
        (QuestionKind.NUMERIC, {"number_1": ["十二"]}, "answer"),
        (QuestionKind.NUMERIC, {"number_1": ["NaN"]}, "answer"),
        (QuestionKind.NUMERIC, {"number_1": ["sNaN"], "share_1": ["sNaN"]}, "answer"),
        (QuestionKind.NUMERIC, {"number_1": ["12"], "tolerance_1": ["-1"]}, "answer"),
        (QuestionKind.NUMERIC, {"number_1": ["12"], "share_1": ["0"]}, "answer"),
        (QuestionKind.MATCHING, {"prompt_1": ["一"], "option_1": ["甲"], "option_2": ["乙"]}, "prompts"),
        (QuestionKind.MATCHING, {"prompt_1": ["一"], "prompt_2": ["二"], "option_1": ["甲"], "option_2": ["乙"],
                                 "match_1": ["A"]}, "answer"),
        (QuestionKind.ORDERING, {"option_1": ["甲"], "option_2": ["乙"], "order": ["AA"]}, "answer"),
        (QuestionKind.ESSAY, {"criterion_1": ["含义"], "criterion_marks_1": ["3"]}, "rubric"),
        (QuestionKind.ESSAY, {"marks": ["0"]}, "marks"),
        (QuestionKind.ESSAY, {"marks": ["1e-999999"]}, "marks"),
        (QuestionKind.ESSAY, {"marks": ["Infinity"]}, "marks"),
        (QuestionKind.ESSAY, {"stem": ["长" * 20_001]}, "stem"),
    ],
)  # fmt: skip
def test_what_cannot_be_marked_is_named(kind: QuestionKind, typed: dict[str, list[str]], field: str) -> None:
    faults = find_faults(read_typed(kind, {"stem": ["题干"], "marks": ["2"], **typed}))
    assert field in {fault.field for fault in faults}


def test_a_case_is_whole_when_its_parts_make_up_its_marks() -> None:
    part = Wording(QuestionKind.SINGLE, "小题", TWO, ("甲", "乙"), answer="A", no=1)
    assert find_gaps(Wording(QuestionKind.CASE, "案例", TWO)) != []
    assert find_gaps(Wording(QuestionKind.CASE, "案例", Decimal(3), parts=(part,))) != []
    assert find_gaps(Wording(QuestionKind.CASE, "案例", TWO, parts=(part,))) == []


TEXT = st.text("0129.eE+-±|｜ \nABLab甲乙\x00\u202e\ud800", max_size=12)
NAMES = (
    "stem marks option_1 option_2 right truth blank_1 number_1 tolerance_1 share_1 prompt_1 prompt_2 match_1 order "
    "criterion_1 criterion_marks_1 criterion_levels_1"
)
ODD = ["1e999999", "-1", "sNaN", "A", "优 | 9-1e99 | x", "a|b|c|d"]


@given(
    st.sampled_from(list(QuestionKind)),
    st.dictionaries(st.sampled_from(NAMES.split()), st.lists(st.one_of(TEXT, st.sampled_from(ODD)), max_size=3)),
)
def test_nothing_typed_breaks_the_reader(kind: QuestionKind, typed: dict[str, list[str]]) -> None:
    wording = read_typed(kind, typed)
    if not find_faults(wording):
        assert find_faults(read_typed(kind, typed_of(wording), known=wording)) == []
    assert load_blanks(wording.answer) if kind is QuestionKind.SHORT_TEXT and wording.answer else True
    assert load_numbers(wording.answer) if kind is QuestionKind.NUMERIC and wording.answer else True
