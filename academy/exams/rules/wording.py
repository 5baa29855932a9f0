"""What a question of any kind says, and whether it is whole. Pure.

A part of a case is kept as a dict: no, kind, stem_zh, options, prompts, answer, marks (text), scoring, reference_zh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from academy.core.text import N_, Text
from academy.exams.rules.keys import ONE, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, OBJECTIVE, QuestionKind

LONGEST_STEM, LONGEST_OPTION, LONGEST_EXPLANATION, LONGEST_KEY = 20_000, 500, 4_000, 8_000
MOST_MARKS, MOST_PARTS = Decimal(100), 20
PART_KINDS = tuple(kind for kind in QuestionKind if kind is not QuestionKind.CASE)
WITH_OPTIONS = (*OBJECTIVE, QuestionKind.MATCHING, QuestionKind.ORDERING)


class Fault(NamedTuple):
    """Where something is wrong, and what."""

    field: str
    say: Text


@dataclass(frozen=True, slots=True)
class Wording:
    """All that a version of a question, or a part of a case, says. `no` is the number of a part, 0 for a whole question."""

    kind: QuestionKind
    stem_zh: str
    marks: Decimal
    options: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    answer: str = ""
    explanation_zh: str = ""
    scoring: Mapping[str, Any] | None = None
    rubric: tuple[Mapping[str, Any], ...] = ()
    parts: tuple["Wording", ...] = ()
    no: int = 0

    @property
    def prompt_count(self) -> int:
        """Prompts of a matching question, blanks of a text."""
        return count_prompts(self.kind, self.prompts, self.answer)


def count_prompts(kind: QuestionKind, prompts: tuple[str, ...] | list[str], answer: str) -> int:
    """How many places an answer has: prompts of a matching question, blanks of a text, 0 for other kinds."""
    if kind is QuestionKind.MATCHING:
        return len(prompts)
    if kind is QuestionKind.SHORT_TEXT:
        return len(load_blanks(answer))
    return 0


def part_as_json(part: Wording) -> dict[str, Any]:
    """A part as a case keeps it; its criteria are kept with the case's."""
    return {
        "no": part.no,
        "kind": part.kind.value,
        "stem_zh": part.stem_zh,
        "options": list(part.options),
        "prompts": list(part.prompts),
        "answer": part.answer,
        "marks": str(part.marks),
        "scoring": dict(part.scoring) if part.scoring else None,
        "reference_zh": part.explanation_zh,
    }


def part_from_json(given: Mapping[str, Any], rubric: tuple[Mapping[str, Any], ...] = ()) -> Wording:
    """A part as a case keeps it, with the criteria of the case that are its own."""
    return Wording(
        kind=QuestionKind(given["kind"]),
        stem_zh=given["stem_zh"],
        marks=Decimal(str(given["marks"])),
        options=tuple(given.get("options") or ()),
        prompts=tuple(given.get("prompts") or ()),
        answer=given.get("answer") or "",
        explanation_zh=given.get("reference_zh") or "",
        scoring=given.get("scoring"),
        rubric=tuple(one for one in rubric if one.get("sub_question_no") == given["no"]),
        no=int(given["no"]),
    )


def find_faults(wording: Wording) -> list[Fault]:
    """What is wrong with a wording: empty when it can be answered and marked. A case may still be without parts."""
    faults = _common_faults(wording)
    match wording.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            faults += _choice_faults(wording)
        case QuestionKind.TRUE_FALSE if wording.answer not in {"T", "F"}:
            faults.append(Fault("answer", Text(N_("请选对或错。"))))
        case QuestionKind.SHORT_TEXT:
            faults += _text_faults(wording)
        case QuestionKind.NUMERIC:
            faults += _number_faults(wording)
        case QuestionKind.MATCHING:
            faults += _matching_faults(wording)
        case QuestionKind.ORDERING if sorted(wording.answer) != sorted(LETTERS[: len(wording.options)]):
            faults.append(Fault("answer", Text(N_("正确顺序要把每个选项的字母写一遍，如 CABD。"))))
        case QuestionKind.ESSAY | QuestionKind.CASE:
            faults += _rubric_faults(wording)
    for part in wording.parts:
        faults += [
            Fault("parts", Text(N_("第 %(no)s 小题：%(say)s"), no=part.no, say=fault.say)) for fault in find_faults(part)
        ]
    return faults


def find_gaps(wording: Wording) -> list[Text]:
    """What a draft lacks before it can be reviewed: what `find_faults` says, and the parts of a case."""
    gaps = [fault.say for fault in find_faults(wording)]
    if wording.kind is QuestionKind.CASE:
        if not wording.parts:
            gaps.append(Text(N_("案例还没有小题。")))
        elif sum(part.marks for part in wording.parts) != wording.marks:
            gaps.append(Text(N_("小题的分值加起来不等于案例的分值。")))
    return gaps


def _common_faults(wording: Wording) -> list[Fault]:
    faults = []
    if not wording.stem_zh or len(wording.stem_zh) > LONGEST_STEM:
        faults.append(Fault("stem", Text(N_("题干为空或超过 %(most)s 字"), most=LONGEST_STEM)))
    if not wording.marks.is_finite() or not 0 < wording.marks <= MOST_MARKS or wording.marks != round(wording.marks, 2):
        faults.append(Fault("marks", Text(N_("分值要在 0 到 100 之间，最多两位小数。"))))
    if len(wording.explanation_zh) > LONGEST_EXPLANATION:
        faults.append(Fault("explanation", Text(N_("解析超过 %(most)s 字。"), most=LONGEST_EXPLANATION)))
    if len(wording.answer) > LONGEST_KEY:
        faults.append(Fault("answer", Text(N_("答案太长。"))))
    if wording.kind in WITH_OPTIONS:
        faults += _option_faults(wording.options)
    if len(wording.parts) > MOST_PARTS:
        faults.append(Fault("parts", Text(N_("一个案例最多 %(most)s 个小题。"), most=MOST_PARTS)))
    return faults


def _option_faults(options: tuple[str, ...]) -> list[Fault]:
    if not 2 <= len(options) <= len(LETTERS):
        return [Fault("options", Text(N_("选项要有 2 到 %(most)s 个。"), most=len(LETTERS)))]
    if "" in options:
        letter = LETTERS[options.index("")]
        return [Fault("options", Text(N_("选项 %(letter)s 为空，后面却还有选项"), letter=letter))]
    if any(len(option) > LONGEST_OPTION for option in options):
        return [Fault("options", Text(N_("有选项超过 %(most)s 字"), most=LONGEST_OPTION))]
    if len(set(options)) != len(options):
        return [Fault("options", Text(N_("有两个选项一模一样")))]
    return []


def _choice_faults(wording: Wording) -> list[Fault]:
    letters = wording.answer
    if not letters or not set(letters) <= set(LETTERS[: len(wording.options)]):
        return [Fault("answer", Text(N_("请勾出正确选项。")))]
    if wording.kind is QuestionKind.SINGLE and len(letters) > 1:
        return [Fault("answer", Text(N_("单选题只能有一个正确选项。")))]
    if wording.kind is QuestionKind.MULTIPLE and len(letters) < 2:
        return [Fault("answer", Text(N_("多选题的答案只有一个选项")))]
    return []


def _text_faults(wording: Wording) -> list[Fault]:
    try:
        blanks = load_blanks(wording.answer)
    except (ValueError, TypeError, ArithmeticError):
        return [Fault("answer", Text(N_("答案读不出来。")))]
    if not blanks or not all(blanks):
        return [Fault("answer", Text(N_("每个空至少要有一个可接受的答案。")))]
    if any(not 0 < accepted.share <= 1 for blank in blanks for accepted in blank):
        return [Fault("answer", Text(N_("给分比例要大于 0，不超过 1。")))]
    if any(max(accepted.share for accepted in blank) != ONE for blank in blanks):
        return [Fault("answer", Text(N_("每个空至少要有一个得满分的答案。")))]
    return []


def _number_faults(wording: Wording) -> list[Fault]:
    try:
        numbers = load_numbers(wording.answer)
    except (ValueError, TypeError, ArithmeticError):
        return [Fault("answer", Text(N_("答案读不出来。")))]
    if not numbers:
        return [Fault("answer", Text(N_("请写正确的数值。")))]
    if any(not n.value.is_finite() or not n.tolerance.is_finite() or n.tolerance < 0 for n in numbers):
        return [Fault("answer", Text(N_("数值和误差都要是数，误差不能小于 0。")))]
    if any(not 0 < n.share <= 1 for n in numbers) or max(n.share for n in numbers) != ONE:
        return [Fault("answer", Text(N_("给分比例要大于 0，不超过 1，并且有一个数值得满分。")))]
    return []


def _matching_faults(wording: Wording) -> list[Fault]:
    if not 2 <= len(wording.prompts) <= len(LETTERS) or any(
        not 0 < len(prompt) <= LONGEST_OPTION for prompt in wording.prompts
    ):
        return [Fault("prompts", Text(N_("左边要有 2 到 %(most)s 项，中间不能空。"), most=len(LETTERS)))]
    if len(wording.answer) != len(wording.prompts) or not set(wording.answer) <= set(LETTERS[: len(wording.options)]):
        return [Fault("answer", Text(N_("左边每一项都要选出右边对应的字母。")))]
    return []


def _rubric_faults(wording: Wording) -> list[Fault]:
    own = [one for one in wording.rubric if wording.no or not one.get("sub_question_no")]
    if own and wording.kind is QuestionKind.ESSAY and sum(Decimal(str(one["max_marks"])) for one in own) != wording.marks:
        return [Fault("rubric", Text(N_("评分标准各项的分值加起来不等于这题的分值。")))]
    return []
