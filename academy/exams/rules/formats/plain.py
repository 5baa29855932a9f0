"""The text form used in China: `1. 题干 A、甲 B、乙 【答案】AB 【解析】…`. Reading."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from academy.core.text import N_, Text
from academy.exams.rules.bank import KIND_NAMES, Written
from academy.exams.rules.formats import extra
from academy.exams.rules.formats.markup import refuse_script
from academy.exams.rules.formats.notation import (
    FALSE_WORDS,
    TRUE_WORDS,
    count_blanks,
    read_decimal,
    read_key,
    split_unescaped,
    unescape,
)
from academy.exams.rules.formats.table import default_marks, read_difficulty, read_marks
from academy.exams.rules.kinds import LETTERS, QuestionKind

_TAGS = {
    "答案": "answer", "参考答案": "answer", "正确答案": "answer", "标准答案": "answer", "参考": "answer", "正答": "answer",
    "解析": "explanation", "答案解析": "explanation", "试题解析": "explanation", "解答": "explanation", "分析": "explanation",
    "难度": "difficulty", "难易度": "difficulty", "难易程度": "difficulty", "知识点": "topic", "考点": "topic",
    "分值": "marks", "分数": "marks", "题型": "kind", "题号": "code", "编号": "code", "领域": "field", "左项": "prompts",
    "附加": "extra",
}  # fmt: skip
_TAG = re.compile(
    rf"(?<!\\)【\s*({'|'.join(sorted(_TAGS, key=len, reverse=True))})\s*】\s*[:：]?"
    r"|^[ \t\u3000]*(参考答案|正确答案|标准答案|答案|解析|难度|知识点|考点|分值)\s*[:：]",
    re.MULTILINE,
)
_NUMBER = re.compile(r"[ \t\u3000]*[\[（(]?(\d{1,4})[\]）)]?[ \t]*[.．、。](?!\d)[ \t\u3000]*")
_HEADING = re.compile(
    r"[ \t\u3000]*(?:第?[一二三四五六七八九十]{1,3}(?:部分|大题)?[、.．：: ]"
    r"|【?[（(]?[一二三四五六七八九十][）)])[ \t\u3000]*(.*)"
)
_OPTION = re.compile(
    r"[ \t\u3000]*[（(\[]?([A-LＡ-Ｌ])[)）\]]?[ \t]*[、.．:：,，)）][ \t\u3000]*"
    r"|[ \t\u3000]*[（(]([A-LＡ-Ｌ])[)）][ \t\u3000]*"
)
_PART = re.compile(r"[ \t\u3000]*(?:[（(](\d{1,2})[）)]|问题\s*(\d{1,2})\s*[:：.、])[ \t\u3000]*")
_EACH = re.compile(r"每(?:小)?(?:题|空)\s*(\d+(?:\.\d+)?)\s*分")
_MARKS_AT_END = re.compile(r"[（(]\s*(?:本题)?(?:共)?\s*(\d+(?:\.\d+)?)\s*分\s*[）)]\s*$")
_KIND_MARK = re.compile(
    r"^\s*[（(\[【]\s*(单选题?|多选题?|判断题?|填空题?|计算题?|论述题|简答题|案例题|案例分析题|排序题|连线题)\s*[）)\]】]\s*"
)
_IN_STEM = re.compile(r"[（(]\s*([A-LＡ-Ｌ]{1,12}|[√×✓✗对错])\s*[）)]")
_ESCAPED = re.compile(r"\\(?=【)|^\\(?=[\d（(\[A-LＡ-Ｌ一二三四五六七八九十第问答参正标解难知考分.．、。])", re.MULTILINE)
_WORDS = {
    "单项选择": QuestionKind.SINGLE, "单选": QuestionKind.SINGLE, "多项选择": QuestionKind.MULTIPLE,
    "多选": QuestionKind.MULTIPLE, "不定项": QuestionKind.MULTIPLE, "判断": QuestionKind.TRUE_FALSE,
    "是非": QuestionKind.TRUE_FALSE,
    "填空": QuestionKind.SHORT_TEXT, "计算": QuestionKind.NUMERIC, "连线": QuestionKind.MATCHING, "匹配": QuestionKind.MATCHING,
    "排序": QuestionKind.ORDERING, "案例": QuestionKind.CASE, "论述": QuestionKind.ESSAY, "简答": QuestionKind.ESSAY,
    "问答": QuestionKind.ESSAY,
}  # fmt: skip


@dataclass(slots=True)
class _Section:
    """What a heading says about the questions below it."""

    kind: QuestionKind | None = None
    marks: str = ""


@dataclass(slots=True)
class _Block:
    """The lines of one question."""

    line: int
    section: _Section
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def looks_plain(text: str) -> bool:
    """Whether a text holds numbered questions with answers or options."""
    head = text[:200_000]
    numbered = any(_NUMBER.match(line) for line in head.split("\n")[:2_000])
    return numbered and (_TAG.search(head) is not None or any(_OPTION.match(line) for line in head.split("\n")[:2_000]))


def read_plain(text: str) -> tuple[list[Written], list[Text]]:
    """Every question of a text, good or not, and notes about the whole."""
    notes: list[Text] = []
    found = [_read_block(block) for block in _blocks(text, notes)]
    return found, notes


def _blocks(text: str, notes: list[Text]) -> Iterator[_Block]:
    section, block, last, skipped = _Section(), None, 0, 0
    for number, line in enumerate(text.split("\n"), start=1):
        begins = _NUMBER.match(line)
        if begins and (block is None or _is_next(int(begins.group(1)), last, block)):
            if block is not None:
                yield block
            last = int(begins.group(1))
            block = _Block(number, section, [line[begins.end() :]])
        elif (heading := _heading(line)) and (heading.kind or heading.marks or block is None or _is_complete(block)):
            if block is not None:
                yield block
            block, section, last = None, heading, 0
        elif block is not None:
            block.lines.append(line)
        elif line.strip():
            skipped += 1
    if block is not None:
        yield block
    if skipped:
        notes.append(Text(N_("有 %(n)s 行不属于任何一题（标题、说明），没有读"), n=skipped))


def _is_next(number: int, last: int, block: _Block) -> bool:
    """Whether a numbered line begins a question: it follows on, or the one before has its answer already."""
    return number == last + 1 or _is_complete(block)


def _is_complete(block: _Block) -> bool:
    return _TAG.search(block.text) is not None or sum(bool(_OPTION.match(line)) for line in block.lines) > 1


def _heading(line: str) -> _Section | None:
    found = _HEADING.match(line)
    if not found:
        return None
    each = _EACH.search(line)
    kind = next((kind for word, kind in _WORDS.items() if word in found.group(1)), None)
    return _Section(kind, each.group(1) if each else "") if kind or each or len(line.strip()) <= 30 else None


def _read_block(block: _Block) -> Written:
    written = Written(block.line, source=block.text.strip())
    head, parts = _split_parts(block.text)
    body, tags = _split_tags(head)
    body, written.kind = _kind_of(body, tags, block.section)
    is_case = bool(parts) and (written.kind is QuestionKind.CASE or (written.kind is None and _each_has_answer(parts)))
    if not is_case and parts:
        body, tags = _split_tags(block.text)
        body, written.kind = _kind_of(body, tags, block.section)
    _read_filing(written, tags, block.section)
    if is_case:
        written.kind, written.stem = QuestionKind.CASE, _plain(body)
        _read_case(written, parts)
    else:
        _read_one(written, body, tags)
    default_marks(written)
    extra.apply(written, " ".join(tags.get("extra", [])))
    refuse_script(written)
    return written


def _split_tags(text: str) -> tuple[str, dict[str, list[str]]]:
    """What stands before the first tag, and what follows each; option lines below an answer go back to the body."""
    places = list(_TAG.finditer(text))
    body = text[: places[0].start()] if places else text
    tags: dict[str, list[str]] = {}
    for at, place in enumerate(places):
        end = places[at + 1].start() if at + 1 < len(places) else len(text)
        name = _TAGS[place.group(1) or place.group(2)]
        content = text[place.end() : end]
        if name != "extra" and sum(bool(_OPTION.match(line)) for line in body.split("\n")) < 2:
            lines = content.split("\n")
            first = next((n for n, line in enumerate(lines) if n and _OPTION.match(line)), len(lines))
            body = "\n".join([body.rstrip(), *lines[first:]])
            content = "\n".join(lines[:first])
        tags.setdefault(name, []).append(content.strip() if name == "extra" else _plain(content))
    return body, tags


def _plain(text: str) -> str:
    return _ESCAPED.sub("", "\n".join(line.strip(" \t\u3000") for line in text.strip().split("\n"))).strip()


def _kind_of(body: str, tags: dict[str, list[str]], section: _Section) -> tuple[str, QuestionKind | None]:
    mark = _KIND_MARK.match(body)
    if mark:
        body = body[mark.end() :]
    named = (tags.get("kind") or [""])[0]
    word = named or (mark.group(1) if mark else "")
    kind = KIND_NAMES.get(word) or next((kind for one, kind in _WORDS.items() if one in word), None) if word else None
    return body, kind or section.kind


def _read_filing(written: Written, tags: dict[str, list[str]], section: _Section) -> None:
    def first(name: str) -> str:
        return (tags.get(name) or [""])[0]

    written.code, written.topic, written.field_code = first("code"), first("topic"), first("field")
    written.explanation = "\n".join(tags.get("explanation", []))
    read_difficulty(written, first("difficulty"))
    marks = first("marks") or section.marks
    if marks:
        read_marks(written, marks)
    if first("prompts"):
        written.prompts = [unescape(one.strip()) for one in split_unescaped(first("prompts"), "|｜")]


def _read_one(written: Written, body: str, tags: dict[str, list[str]]) -> None:
    """A question that is no case."""
    stem, written.options = _split_options(body)
    written.stem = _plain(stem)
    answers = [answer for answer in tags.get("answer", []) if answer]
    if len(set(answers)) > 1:
        written.refuse(N_("写了两个不同的答案"))
        return
    answer = answers[0] if answers else _answer_in_stem(written)
    if not written.marks_text and (found := _MARKS_AT_END.search(written.stem)):
        written.marks_text, written.marks = found.group(1), read_decimal(found.group(1))
    written.kind = _settled(written, answer)
    if written.kind in {QuestionKind.ESSAY, QuestionKind.CASE}:
        written.explanation = "\n".join(filter(None, (answer, written.explanation)))
        return
    if written.kind is QuestionKind.TRUE_FALSE:
        written.options = []
    written.answer = read_key(written, answer)


def _answer_in_stem(written: Written) -> str:
    """An answer that stands in the stem's brackets is taken out of them."""
    found = list(_IN_STEM.finditer(written.stem))
    if not found or (not written.options and found[-1].group(1).isascii()):
        return ""
    place = found[-1]
    written.stem = f"{written.stem[: place.start()]}（ ）{written.stem[place.end() :]}"
    written.repair(N_("答案写在题干的括号里，已移出"))
    return place.group(1)


def _settled(written: Written, answer: str) -> QuestionKind:
    """The kind by what is written: the heading's, unless the answer can only be another's."""
    letters = "".join(char for char in unicodedata.normalize("NFKC", answer).upper() if char in LETTERS)
    if written.kind is not None:
        return written.kind
    word = answer.strip().upper().rstrip("。")
    if written.options and not (len(written.options) == 2 and word in (TRUE_WORDS | FALSE_WORDS) - set("AB")):
        return QuestionKind.MULTIPLE if len(letters) > 1 else QuestionKind.SINGLE
    if word in (TRUE_WORDS | FALSE_WORDS) - set("AB10"):
        return QuestionKind.TRUE_FALSE
    if "±" in answer:
        return QuestionKind.NUMERIC
    return QuestionKind.SHORT_TEXT if count_blanks(written.stem) and answer else QuestionKind.ESSAY


def _split_options(body: str) -> tuple[str, list[str]]:
    """The stem, and the options in order; several may share a line."""
    stem: list[str] = []
    options: list[str] = []
    for line in body.split("\n"):
        rest = _next_option(line, len(options))
        if rest is None and not options:
            head, at = _inline_options(line)
            stem.append(head)
            rest = at
        if rest is None:
            if options:
                options[-1] += f"\n{line}"
            continue
        options.extend(_pieces(rest, len(options)))
    return "\n".join(stem), [_plain(option) for option in options]


def _next_option(line: str, place: int) -> str | None:
    """What follows the letter when the line begins with the next option's letter."""
    found = _OPTION.match(line)
    if not found or place >= len(LETTERS) or _ascii(found.group(1) or found.group(2)) != LETTERS[place]:
        return None
    return line[found.end() :]


def _ascii(letter: str) -> str:
    return chr(ord(letter) - 0xFEE0) if ord(letter) > 0xFF00 else letter


def _inline_options(line: str) -> tuple[str, str | None]:
    """A stem with its options behind it on one line."""
    found = re.search(r"(?<=[\s。？?）)：:\u3000])[AＡ][、.．][^\n]*?[\s\u3000。；;，,]?[BＢ][、.．]", line)
    if not found:
        return line, None
    return line[: found.start()], line[found.start() + 2 :]


def _pieces(text: str, place: int) -> list[str]:
    """The options of one line: each begins with the next letter."""
    pieces = []
    for letter in LETTERS[place + 1 :]:
        wide = chr(ord(letter) + 0xFEE0)
        found = re.search(rf"(?:[\s\u3000]+|(?<=[^A-Za-z\s]))[{letter}{wide}][)）]?[、.．:：][ \t\u3000]*", text)
        if not found:
            break
        pieces.append(text[: found.start()])
        text = text[found.end() :]
    return [*pieces, text]


def _split_parts(text: str) -> tuple[str, list[str]]:
    """What stands before the lines （1）, （2） …, and the text of each of them."""
    lines = text.split("\n")
    starts: list[int] = []
    for place, line in enumerate(lines):
        found = _PART.match(line) if place else None
        if found and int(found.group(1) or found.group(2)) == len(starts) + 1:
            starts.append(place)
    ends = [*starts[1:], len(lines)]
    head = "\n".join(lines[: starts[0]] if starts else lines)
    return head, ["\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=False)]


def _each_has_answer(parts: list[str]) -> bool:
    return len(parts) > 1 and all(_TAG.search(part) for part in parts)


def _read_case(written: Written, parts: list[str]) -> None:
    """The parts of a case, each read like a question of its own."""
    written.parts = [_read_part(written, number, text) for number, text in enumerate(parts, 1)]
    if not written.marks_text or written.marks is None:
        total = sum((Decimal(part["marks"]) for part in written.parts), Decimal(0))
        written.marks_text, written.marks = str(total), total


def _read_part(case: Written, number: int, text: str) -> dict[str, Any]:
    found = _PART.match(text)
    body, tags = _split_tags(text[found.end() :] if found else text)
    part = Written(case.line)
    body, part.kind = _kind_of(body, tags, _Section())
    _read_filing(part, {name: value for name, value in tags.items() if name != "extra"}, _Section())
    _read_one(part, body, tags)
    default_marks(part)
    for fault in part.faults:
        case.refuse(N_("第 %(n)s 小题：%(fault)s"), n=number, fault=fault)
    for repair in part.repairs:
        case.repair(N_("第 %(n)s 小题：%(fault)s"), n=number, fault=repair)
    kept: dict[str, Any] = {
        "no": number, "kind": (part.kind or QuestionKind.ESSAY).value, "stem_zh": part.stem,
        "marks": str(part.marks if part.marks is not None else 0), "reference_zh": part.explanation,
    }  # fmt: skip
    return kept | {
        name: value for name, value in (("options", part.options), ("prompts", part.prompts), ("answer", part.answer)) if value
    }
