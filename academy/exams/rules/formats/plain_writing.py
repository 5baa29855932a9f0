"""The text form used in China: writing."""

import re
from collections.abc import Iterable

from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import extra
from academy.exams.rules.formats.notation import escape, write_key
from academy.exams.rules.formats.plain import read_plain
from academy.exams.rules.formats.table import kind_word, to_written
from academy.exams.rules.kinds import LETTERS, QuestionKind

_LINE = re.compile(r"^(?=[\d（(\[A-LＡ-Ｌ一二三四五六七八九十第问答参正标解难知考分])", re.MULTILINE)


def write_plain(drafts: Iterable[Draft]) -> bytes:
    """The questions as a text; every kind can be carried."""
    return "\n\n".join(_block(number, draft) for number, draft in enumerate(drafts, 1)).encode()


def _block(number: int, draft: Draft) -> str:
    is_flat = len(read_plain(_native(number, draft))[0]) != 1  # something in the text looks like another question
    read = read_plain(_native(number, draft, is_flat=is_flat))[0]
    more = extra.differences(to_written(draft), read[0]).replace("【", "\\u3010")
    return _native(number, draft, is_flat=is_flat, more=more)


def _safe(text: str, *, is_flat: bool = False) -> str:
    if is_flat:
        return re.sub(r"\s+", " ", text).translate({ord("【"): "〔", ord("】"): "〕"})
    text = text.replace("【", "\\【")
    first, *rest = text.split("\n")
    return "\n".join([first, *(_LINE.sub(r"\\", line) for line in rest)])


def _native(number: int, draft: Draft, *, is_flat: bool = False, more: str = "") -> str:
    def safe(text: str) -> str:
        return _safe(text, is_flat=is_flat)

    lines = [f"{number}. {safe(draft.stem_zh)}"]
    lines += [f"{letter}、{safe(option)}" for letter, option in zip(LETTERS, draft.options, strict=False)]
    tags = [
        ("题号", safe(draft.code)),
        ("题型", kind_word(draft.kind)),
        ("左项", safe("|".join(escape(prompt) for prompt in draft.prompts))),
        ("答案", safe(write_key(draft.kind, draft.answer))),
        ("解析", safe(draft.explanation_zh)),
        ("难度", str(draft.difficulty)),
        ("知识点", safe(draft.topic_zh)),
        ("领域", draft.field_code or ""),
        ("分值", f"{draft.marks.normalize():f}"),
        ("附加", more),
    ]
    if draft.kind is QuestionKind.CASE:
        tags = [tag for tag in tags if tag[0] != "答案"]
    lines += [f"【{name}】{text}" for name, text in tags if text]
    for part in draft.sub_questions:
        lines += _part_lines(part, is_flat=is_flat)
    return "\n".join(lines) + "\n"


def _part_lines(part: dict[str, object], *, is_flat: bool) -> list[str]:
    kind = QuestionKind(str(part["kind"]))
    options = part.get("options") or []
    stem = _safe(str(part["stem_zh"]), is_flat=is_flat)
    lines = [
        f"（{part['no']}）" + ("\\" if stem[0] in ".．、。" else "") + stem
    ]  # a number in brackets and a stop begin a question
    lines += [f"{x}、{_safe(o, is_flat=is_flat)}" for x, o in zip(LETTERS, options, strict=False)]  # type: ignore[call-overload]
    reference = _safe(str(part.get("reference_zh", "")), is_flat=is_flat)
    answer = write_key(kind, str(part.get("answer", "")))
    tags = [("题型", kind_word(kind)), ("分值", str(part["marks"])), ("答案", answer), ("解析", reference)]
    return lines + [f"【{name}】{text}" for name, text in tags if text]
