"""Any question that the bank can hold, for tests of the formats."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from academy.exams.rules.bank import Draft, clean
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, ToleranceKind, dump_blanks, dump_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

FIELDS = frozenset({"PD-01", "SG-02"})
NASTY = [
    "【答案】A", "A、甲", "1. 又一题", "一、单选题", "::x::", "{=a ~b}", "// 注", "a->b", "（1）问", "50%", "\\n", "C:\\temp\\{x}", "a|b；c",
    "p < α & q > β", "<b>粗</b>", "]]>", "-- ", "＝1+1", "=1+1", "____", "（ ）", "答案：B", "$CATEGORY: x", "\\【", "%50%x", "#1", "x²①", "𠮷",
    "“全角”　引号", '"，\'', "&amp;", "A.甲 B.乙", "2、", "...", "解析：", "_x0041_",
]  # fmt: skip
_letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"))
_free = st.text(_letters, min_size=1, max_size=12)


def texts(most: int = 4) -> st.SearchStrategy[str]:
    """A text with line ends and everything that looks like a sign of some format."""
    pieces = st.lists(
        st.one_of(st.sampled_from(NASTY), st.sampled_from(["社会工作", "服务", "\n", " "]), _free), min_size=1, max_size=most
    )
    return pieces.map("".join).map(clean).filter(lambda text: 0 < len(text) <= 400 and "<script" not in text.lower())


one_line = texts(2).map(lambda text: " ".join(text.split())).filter(bool)
marks = st.sampled_from(["0.5", "1", "2", "3", "10", "0.01", "100", "2.25"]).map(Decimal)
shares = st.sampled_from(["1", "0.5", "0.25", "0.3333333"]).map(Decimal)
weights = st.sampled_from(["0.5", "-1", "-0.5", "0.25", "0.3333333", "1"])
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=4)


def several(least: int, most: int) -> st.SearchStrategy[list[str]]:
    """Texts that differ."""
    return st.lists(texts(2), min_size=least, max_size=most, unique=True)


@st.composite
def blanks(draw: st.DrawFn) -> str:
    """A key of texts; each blank has one that earns all."""
    found = []
    for _n in range(draw(st.integers(1, 3))):
        first = AcceptedText(draw(one_line), Decimal(1), draw(st.sampled_from(["", "a"])))
        more = draw(st.lists(st.builds(AcceptedText, one_line, shares), max_size=2))
        found.append((first, *more))
    return dump_blanks(tuple(found))


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A key of numbers."""
    value = st.one_of(decimals, st.sampled_from([Decimal("1e-20"), Decimal("-11.7"), Decimal("0")]))
    tolerance = st.sampled_from(["0", "0.02", "0.1", "0.05"]).map(Decimal)
    unit = st.sampled_from(["", "元"])
    first = draw(st.builds(AcceptedNumber, value, tolerance, st.sampled_from(list(ToleranceKind)), st.just(Decimal(1)), unit))
    more = draw(st.lists(st.builds(AcceptedNumber, value, tolerance, share=shares), max_size=1))
    return dump_numbers((first, *more))


@st.composite
def scorings(draw: st.DrawFn, kind: QuestionKind, options: int) -> dict[str, Any] | None:
    """A marking rule of the question's own, or none."""
    if draw(st.booleans()):
        return None
    if kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}:
        return draw(st.one_of(
            st.just({"method": "exact"}), st.just({"method": "no_wrong_option", "per_right": "1/k"}),
            st.just({"method": "right_minus_wrong", "per_right": "0.5", "per_wrong": "0.25"}), st.just({"method": "right_minus_wrong"}),
            st.dictionaries(st.sampled_from(LETTERS[:options]), weights, min_size=1).map(lambda w: {"method": "weights", "weights": w}),
        ))  # fmt: skip
    method = {QuestionKind.MATCHING: ["exact", "right_minus_wrong"], QuestionKind.ORDERING: ["exact", "neighbors"],
              QuestionKind.SHORT_TEXT: ["exact", "blanks"], QuestionKind.NUMERIC: ["exact"], QuestionKind.TRUE_FALSE: ["exact"]}  # fmt: skip
    return {"method": draw(st.sampled_from(method[kind]))} if kind in method else None


@st.composite
def answers(draw: st.DrawFn, kind: QuestionKind) -> tuple[list[str], list[str], str]:
    """Options, prompts and key."""
    match kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            options = draw(several(2, 6))
            least, most = (1, 1) if kind is QuestionKind.SINGLE else (2, len(options))
            chosen = draw(st.lists(st.sampled_from(LETTERS[: len(options)]), min_size=least, max_size=most, unique=True))
            return options, [], "".join(sorted(chosen))
        case QuestionKind.TRUE_FALSE:
            return [], [], draw(st.sampled_from("TF"))
        case QuestionKind.SHORT_TEXT:
            return [], [], draw(blanks())
        case QuestionKind.NUMERIC:
            return [], [], draw(numbers())
        case QuestionKind.ORDERING:
            options = draw(several(2, 5))
            return options, [], "".join(draw(st.permutations(LETTERS[: len(options)])))
        case QuestionKind.MATCHING:
            options, prompts = draw(several(2, 5)), draw(several(1, 4))
            allowed = LETTERS[: len(options)] + draw(st.sampled_from(["", "-"]))
            key = "".join(draw(st.lists(st.sampled_from(allowed), min_size=len(prompts), max_size=len(prompts))))
            return options, prompts, key if key.strip("-") else "A" * len(prompts)
    return [], [], ""


@st.composite
def parts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The parts of a case."""
    found = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        kind = draw(
            st.sampled_from([QuestionKind.ESSAY, QuestionKind.SINGLE, QuestionKind.SHORT_TEXT, QuestionKind.TRUE_FALSE])
        )
        options, prompts, answer = draw(answers(kind))
        part: dict[str, Any] = {"no": number, "stem_zh": draw(texts(2)), "marks": str(draw(marks.filter(lambda m: m <= 10))),
                                "kind": kind.value, "reference_zh": draw(st.one_of(st.just(""), texts(2)))}  # fmt: skip
        found.append(part | {k: v for k, v in (("options", options), ("prompts", prompts), ("answer", answer)) if v})
    return found


RUBRIC = [{"criterion_id": "C1", "name_zh": "含义", "max_marks": 5, "sub_question_no": None,
           "levels": [{"level_zh": "优", "marks": 5, "marks_min": 4.5, "marks_max": 5, "descriptor_zh": "准确"}]}]  # fmt: skip


@st.composite
def drafts(draw: st.DrawFn, kinds: tuple[QuestionKind, ...] = tuple(QuestionKind)) -> Draft:
    """A question of any of these kinds."""
    kind = draw(st.sampled_from(kinds))
    options, prompts, answer = draw(answers(kind))
    cases = draw(parts()) if kind is QuestionKind.CASE else []
    total = sum((Decimal(part["marks"]) for part in cases), Decimal(0))
    return Draft(
        code=draw(st.from_regex(r"[A-Z][A-Z0-9_.\-]{0,10}", fullmatch=True)), kind=kind,
        field_code=draw(st.sampled_from([None, "PD-01", "SG-02"])), topic_zh=draw(st.one_of(st.just(""), one_line))[:80].strip(),
        difficulty=draw(st.integers(1, 5)), stem_zh=draw(texts()), options=tuple(options), answer=answer,
        marks=total or draw(marks), explanation_zh=draw(st.one_of(st.just(""), texts())), sub_questions=tuple(cases),
        prompts=tuple(prompts), scoring=draw(scorings(kind, len(options))),
        rubric=tuple(draw(st.sampled_from([[], RUBRIC]))) if kind is QuestionKind.ESSAY else (),
    )  # fmt: skip
