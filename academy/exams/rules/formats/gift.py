"""Moodle GIFT: reading. One question a paragraph; see the format's page in Moodle's documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from academy.core.text import N_, Text
from academy.exams.rules.bank import Written
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.markup import plain_text, refuse_script
from academy.exams.rules.formats.notation import read_decimal
from academy.exams.rules.formats.table import default_marks
from academy.exams.rules.formats.tags import read_tags
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

BLANK = "____"
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_LOOKS_RICH = re.compile(r"</?(?:p|br|div|span|b|i|u|strong|em|img|table|ul|ol|li|sub|sup|script|iframe)\b", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{1,10})?)%")
_SAMPLE_COMMENT = re.compile(r"(\S+)\s+(\S.*?)\s+难度([1-5])")
_TAG = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ORDERING = re.compile(r"\s*>([^\n]*)\n")
_TRUTH = {"T": "T", "TRUE": "T", "F": "F", "FALSE": "F"}


@dataclass(slots=True)
class _Block:
    """A paragraph with the comments before it."""

    line: int
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    category: str = ""
    is_opened: bool = False
    is_closed: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its answer has begun and not ended."""
        return self.is_opened and not self.is_closed

    def add(self, number: int, line: str, category: str) -> None:
        """A further line."""
        self.line, self.category = self.line or number, category
        self.lines.append(line)
        start = 0
        if not self.is_opened:
            start = find_unescaped(line, "{")
            self.is_opened = start >= 0
        if self.is_open:
            self.is_closed = find_unescaped(line, "}", start) >= 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer of a block: its sign, its weight in percent, its text as written, its feedback."""

    is_right: bool
    weight: Decimal | None
    text: str
    feedback: str


def read_gift(text: str) -> tuple[list[Written], list[Text]]:
    """Every question of a GIFT file, good or not, and notes about the whole."""
    return [_read_block(block) for block in _blocks(text)], []


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs. A blank line between braces does not end a question; a line that begins another one does."""
    block, category = _Block(0), ""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        is_comment = stripped.startswith("//")
        if block.lines and ((not block.is_open and (is_comment or not stripped)) or stripped.startswith("::")):
            yield block
            block = _Block(0)
        if is_comment:
            block.comments.append(stripped[2:].strip())
        elif stripped.startswith("$CATEGORY:"):
            category = stripped.partition(":")[2].strip()
        elif stripped:
            block.add(number, line, category)
        elif not block.lines:
            block.comments = []
    if block.lines:
        yield block


def find_unescaped(text: str, wanted: str, start: int = 0) -> int:
    """Where a string stands that no backslash precedes; -1 for nowhere."""
    at = start
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(wanted, at):
            return at
        else:
            at += 1
    return -1


def unescape(text: str) -> str:
    """A text as it was meant."""
    return _ESCAPED.sub(lambda found: "\n" if found.group(1) == "n" else found.group(1), text)


def _read_block(block: _Block) -> Written:
    text = "\n".join(block.lines).strip()
    written = Written(block.line, source=text)
    name, text = _name(text)
    _read_comments(written, block, name)
    opened = find_unescaped(text, "{")
    closed = find_unescaped(text, "}", opened) if opened >= 0 else -1
    if closed < 0:
        written.stem = _text_of(written, text, "")[0]
        written.refuse(N_("没有花括号里的答案：只是说明文字") if opened < 0 else N_("答案的右花括号没有写，题目不完整"))
        return written
    before, body, after = text[:opened], text[opened + 1 : closed], text[closed + 1 :]
    stem, style = _text_of(written, before + (BLANK + after if after.strip() else ""), "")
    written.stem = stem
    _read_body(written, body, style)
    default_marks(written)
    extra.apply(written, _extra_of(block))
    refuse_script(written)
    return written


def _name(text: str) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    end = find_unescaped(text, "::", 2)
    return (unescape(text[2:end]).strip(), text[end + 2 :]) if end >= 0 else ("", text)


def _read_comments(written: Written, block: _Block, name: str) -> None:
    """Number, topic, field, difficulty and marks stand in the comment before a question."""
    written.code = name
    for comment in block.comments:
        marked = [(kind, unescape(value)) for kind, value in _TAG.findall(comment)]
        ids = [value for kind, value in marked if kind == "id" and value.strip()]
        written.code = ids[0] if ids else written.code
        read_tags(written, [value for kind, value in marked if kind == "tag"])
        sample = _SAMPLE_COMMENT.fullmatch(comment)
        if sample and sample.group(1) == name:
            read_tags(written, [sample.group(2), f"难度{sample.group(3)}"])
    if not written.topic and block.category:
        written.topic = block.category.rpartition("/")[2][:80]


def _extra_of(block: _Block) -> str:
    return next((one.partition(" ")[2] for one in block.comments if one.startswith(f"{extra.MARK} ")), "")


def _text_of(written: Written, text: str, style: str) -> tuple[str, str]:
    """A text by its own format or else `style`, and the format."""
    found = _FORMAT.match(text)
    if found:
        style, text = found.group(1), text[found.end() :]
    meant = "\n".join(line.strip() for line in unescape(text.strip()).split("\n"))
    if style == "html" or (style in {"", "moodle", "markdown"} and _LOOKS_RICH.search(meant)):
        return plain_text(written, meant), style
    return meant, style


def _read_body(written: Written, body: str, style: str) -> None:
    general = find_unescaped(body, "####")
    if general >= 0:
        written.explanation = _text_of(written, body[general + 4 :], style)[0]
        body = body[:general]
    if not body.strip():
        written.kind = QuestionKind.ESSAY
    elif _ORDERING.match(body):
        _read_ordering(written, body, style)
    elif body.lstrip().startswith("#"):
        _read_numbers(written, body.lstrip()[1:])
    elif _body_word(body) in _TRUTH:
        written.kind, written.answer = QuestionKind.TRUE_FALSE, _TRUTH[_body_word(body)]
        _note_feedback(written, [piece for piece in body.split("#")[1:] if piece.strip()])
    else:
        _read_answers(written, body, style)


def _body_word(body: str) -> str:
    return body.partition("#")[0].strip().upper()


def _answers(body: str) -> list[_Answer]:
    """The answers between the signs = and ~; what stands before the first sign is none."""
    found, at = [], 0
    places = []
    while at < len(body):
        if body[at] == "\\":
            at += 2
            continue
        if body[at] in "=~":
            places.append(at)
        at += 1
    for start, end in pairwise([*places, len(body)]):
        piece = body[start + 1 : end]
        weight = _WEIGHT.match(piece)
        if weight:
            piece = piece[weight.end() :]
        mark = find_unescaped(piece, "#")
        text, feedback = (piece, "") if mark < 0 else (piece[:mark], piece[mark + 1 :])
        found.append(_Answer(body[start] == "=", Decimal(weight.group(1)) if weight else None, text, feedback.strip()))
    return found


def _note_feedback(written: Written, feedbacks: list[str]) -> None:
    texts = [unescape(one).strip() for one in feedbacks if one.strip()]
    if texts:
        written.repair(N_("各选项的反馈没有收：%(text)s"), text="；".join(texts)[:200])


def _read_answers(written: Written, body: str, style: str) -> None:
    answers = _answers(body)
    _note_feedback(written, [answer.feedback for answer in answers])
    if not answers:
        written.refuse(N_("花括号里没有 = 或 ~ 开头的答案"))
    elif all(find_unescaped(answer.text, "->") >= 0 and answer.is_right for answer in answers):
        _read_matching(written, answers, style)
    elif all(answer.is_right for answer in answers):
        _read_texts(written, answers, style)
    else:
        _read_choices(written, answers, style)


def _read_choices(written: Written, answers: list[_Answer], style: str) -> None:
    written.options = [_text_of(written, answer.text, style)[0] for answer in answers]
    percents = [answer.weight if answer.weight is not None else Decimal(100 * answer.is_right) for answer in answers]
    is_single = any(answer.is_right for answer in answers)
    written.kind = QuestionKind.SINGLE if is_single else QuestionKind.MULTIPLE
    if not is_single and not any(percent > 0 for percent in percents):
        written.refuse(N_("没有写答案"))
        return
    (shares.read_single if is_single else shares.read_multiple)(written, percents)


def _read_texts(written: Written, answers: list[_Answer], style: str) -> None:
    written.kind = QuestionKind.SHORT_TEXT
    accepted: list[AcceptedText] = []
    for answer in answers:
        share = (Decimal(100) if answer.weight is None else answer.weight) / 100
        text = _text_of(written, answer.text, style)[0]
        add_text(written, accepted, text, share, has_wildcard=find_unescaped(answer.text, "*") >= 0)
    if not written.faults:
        written.answer = dump_blanks((tuple(accepted),))


def add_text(written: Written, accepted: list[AcceptedText], text: str, share: Decimal, *, has_wildcard: bool) -> None:
    """An accepted text; what earns nothing is left out with a note, a wildcard is refused."""
    if share <= 0:
        written.repair(N_("得 0 分的答案“%(text)s”没有收"), text=text[:40])
    elif has_wildcard:
        written.refuse(N_("答案“%(text)s”里有通配符 *，不收"), text=text[:40])
    else:
        accepted.append(AcceptedText(text, share))


def _read_matching(written: Written, answers: list[_Answer], style: str) -> None:
    """Pairs; an empty left side makes the right side a distractor."""
    written.kind = QuestionKind.MATCHING
    for answer in answers:
        at = find_unescaped(answer.text, "->")
        prompt, option = (_text_of(written, side, style)[0] for side in (answer.text[:at], answer.text[at + 2 :]))
        add_pair(written, prompt, option)


def add_pair(written: Written, prompt: str, option: str) -> None:
    """A prompt with its option; options that stand twice are one."""
    if option not in written.options:
        written.options.append(option)
    if prompt:
        written.prompts.append(prompt)
        place = written.options.index(option)
        written.answer += LETTERS[place] if place < len(LETTERS) else "?"


def _read_numbers(written: Written, body: str) -> None:
    written.kind = QuestionKind.NUMERIC
    answers = _answers(body)
    if not answers:
        text, _sign, feedback = body.partition("#")
        answers = [_Answer(is_right=True, weight=None, text=text, feedback=feedback.strip())]
    _note_feedback(written, [answer.feedback for answer in answers])
    numbers = []
    for answer in answers:
        share = (Decimal(100 * answer.is_right) if answer.weight is None else answer.weight) / 100
        number = read_number(answer.text, share)
        if share <= 0:
            written.repair(N_("得 0 分的答案“%(text)s”没有收"), text=answer.text.strip()[:40])
        elif number is None:
            written.refuse(N_("答案“%(written)s”不是数"), written=answer.text.strip()[:20])
        else:
            numbers.append(number)
    if not written.faults:
        written.answer = dump_numbers(tuple(numbers))


def read_number(text: str, share: Decimal) -> AcceptedNumber | None:
    """45, 45:0.1 or 44.9..45.1."""
    text = text.strip().replace("\\:", ":")
    if ".." in text:
        low, high = (read_decimal(side) for side in text.split("..", 1))
        if low is None or high is None or low > high:
            return None
        return AcceptedNumber((low + high) / 2, (high - low) / 2, share=share)
    value, _sign, tolerance = text.partition(":")
    nominal, allowed = read_decimal(value), read_decimal(tolerance or "0")
    if nominal is None or allowed is None or allowed < 0:
        return None
    return AcceptedNumber(nominal, allowed, share=share)


def _read_ordering(written: Written, body: str, style: str) -> None:
    """Items a line each, in their right order."""
    written.kind = QuestionKind.ORDERING
    written.options = [_text_of(written, line, style)[0] for line in body.split("\n")[1:] if line.strip()]
    written.answer = LETTERS[: len(written.options)]
