"""Moodle XML: reading."""

import re
from collections.abc import Callable
from decimal import Decimal

from lxml import etree

from academy.core.text import N_, Text
from academy.exams.rules.bank import Written
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.gift import BLANK, add_pair, add_text, find_unescaped, unescape
from academy.exams.rules.formats.markup import plain_text, refuse_script
from academy.exams.rules.formats.notation import read_decimal
from academy.exams.rules.formats.source import line_of
from academy.exams.rules.formats.table import default_marks
from academy.exams.rules.formats.tags import read_tags
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, dump_blanks, dump_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

PLAIN = frozenset({"plain_text", "plain"})
_RICH = re.compile(r"</?[a-zA-Z][^<>]{0,300}>|&(?:[a-z]{2,8}|#\d{1,6});")
_CLOZE = re.compile(r"\{(\d*):(SHORTANSWER(?:_C)?|SAC?|MWC?):", re.IGNORECASE)
_OTHER_CLOZE = re.compile(r"\{\d*:[A-Z_]{2,20}:", re.IGNORECASE)
_TRUTH = {"true": "T", "false": "F"}


def read_moodle(root: etree._Element) -> tuple[list[Written], list[Text]]:
    """Every question of a Moodle XML document, good or not, and notes about the whole."""
    found, category = [], ""
    for question in root.iter("question"):
        if question.get("type") == "category":
            category = (question.findtext("category/text") or "").strip()
        else:
            found.append(_read_question(question, category))
    return found, []


def _read_question(question: etree._Element, category: str) -> Written:
    written = Written(line_of(question))
    written.code = (question.findtext("idnumber") or "").strip() or (question.findtext("name/text") or "").strip()
    written.source = f'<question type="{question.get("type", "")[:40]}"> {written.code[:60]}'
    written.stem = _rich(written, question.find("questiontext"))
    written.explanation = _rich(written, question.find("generalfeedback"))
    _read_filing(written, question, category)
    read = _READERS.get(question.get("type", ""))
    if read is None:
        written.refuse(N_("题型“%(kind)s”不收"), kind=question.get("type", "")[:40])
    else:
        read(written, question)
        default_marks(written)
    extra.apply(written, _extra_of(question))
    refuse_script(written)
    return written


def _read_filing(written: Written, question: etree._Element, category: str) -> None:
    read_tags(written, [tag.findtext("text") or "" for tag in question.iterfind("tags/tag")])
    written.marks_text = (question.findtext("defaultgrade") or "").strip()
    marks = read_decimal(written.marks_text)
    written.marks = marks.quantize(Decimal("0.01")) if marks is not None and abs(marks) < 1000 else None
    if marks is not None and written.marks is not None and written.marks != marks:
        written.repair(N_("分值 %(written)s 按两位小数收"), written=written.marks_text[:20])
    if not written.topic and category:
        written.topic = category.rpartition("/")[2][:80]
    feedback = [_rich(written, one) for one in question.iterfind(".//answer/feedback")]
    if any(feedback):
        written.repair(N_("各选项的反馈没有收：%(text)s"), text="；".join(filter(None, feedback))[:200])
    if any((one.findtext("text") or "").strip() for one in question.iterfind("hint")):
        written.repair(N_("提示没有收"))
    if question.find(".//file") is not None:
        written.repair(N_("附带的文件没有收"))


def _rich(written: Written, element: etree._Element | None) -> str:
    """The text of an element in its own format, as plain text."""
    text = None if element is None else element.find("text")
    if element is None or text is None:
        return ""
    content = text.text or ""
    if len(text):  # markup that was written without CDATA
        content += "".join(etree.tostring(child, encoding="unicode") for child in text)
    if element.get("format", "html") in PLAIN or (element.get("format") != "html" and not _RICH.search(content)):
        return content.strip()
    return plain_text(written, content) if _RICH.search(content) else " ".join(content.split())


def _extra_of(question: etree._Element) -> str:
    comments = [one.text or "" for one in question.iterchildren(etree.Comment)]
    return next((one.strip().partition(" ")[2] for one in comments if one.strip().startswith(f"{extra.MARK} ")), "")


def _percent(written: Written, answer: etree._Element) -> Decimal:
    percent = read_decimal(answer.get("fraction", "0"))
    if percent is None:
        written.refuse(N_("比例“%(written)s”不是数"), written=answer.get("fraction", "")[:20])
    return percent or Decimal(0)


def _read_choices(written: Written, question: etree._Element) -> None:
    answers = question.findall("answer")
    is_single = (question.findtext("single") or "true").strip().lower() in {"true", "1"}
    written.kind = QuestionKind.SINGLE if is_single else QuestionKind.MULTIPLE
    written.options = [_rich_answer(written, answer) for answer in answers]
    percents = [_percent(written, answer) for answer in answers]
    if not any(percent > 0 for percent in percents):
        written.refuse(N_("没有写答案"))
        return
    (shares.read_single if is_single else shares.read_multiple)(written, percents)


def _rich_answer(written: Written, answer: etree._Element) -> str:
    return _rich(written, answer)


def _read_true_false(written: Written, question: etree._Element) -> None:
    written.kind = QuestionKind.TRUE_FALSE
    right = [answer.findtext("text") or "" for answer in question.findall("answer") if _percent(written, answer) == 100]
    written.answer = _TRUTH.get(right[0].strip().lower(), "") if len(right) == 1 else ""
    if not written.answer:
        written.refuse(N_("没有写答案"))


def _read_texts(written: Written, question: etree._Element) -> None:
    written.kind = QuestionKind.SHORT_TEXT
    accepted: list[AcceptedText] = []
    for answer in question.findall("answer"):
        text = answer.findtext("text") or ""
        bare = text.replace("\\*", "")
        add_text(written, accepted, text.replace("\\*", "*").strip(), _percent(written, answer) / 100, has_wildcard="*" in bare)
    if (question.findtext("usecase") or "0").strip() == "1":
        written.scoring = {"method": "blanks", "case_sensitive": True}
    if not written.faults:
        written.answer = dump_blanks((tuple(accepted),))


def _read_numbers(written: Written, question: etree._Element) -> None:
    written.kind = QuestionKind.NUMERIC
    numbers = []
    for answer in question.findall("answer"):
        text, share = (answer.findtext("text") or "").strip(), _percent(written, answer) / 100
        value, tolerance = read_decimal(text), read_decimal(answer.findtext("tolerance") or "0")
        if share <= 0:
            written.repair(N_("得 0 分的答案“%(text)s”没有收"), text=text[:40])
        elif value is None or tolerance is None or tolerance < 0:
            written.refuse(N_("答案“%(written)s”不是数"), written=text[:20])
        else:
            numbers.append(AcceptedNumber(value, tolerance, share=share))
    if question.find("units/unit") is not None:
        written.repair(N_("单位没有收：答案只填数"))
    if not written.faults:
        written.answer = dump_numbers(tuple(numbers))


def _read_matching(written: Written, question: etree._Element) -> None:
    written.kind = QuestionKind.MATCHING
    for pair in question.findall("subquestion"):
        add_pair(written, _rich(written, pair), _rich(written, pair.find("answer")) or (pair.findtext("answer/text") or ""))


def _read_ordering(written: Written, question: etree._Element) -> None:
    """The answers stand in their right order."""
    written.kind = QuestionKind.ORDERING
    written.options = [_rich_answer(written, answer) for answer in question.findall("answer")]
    written.answer = LETTERS[: len(written.options)]


def _read_essay(written: Written, question: etree._Element) -> None:
    """What is said to the graders is the model answer."""
    written.kind = QuestionKind.ESSAY
    info = _rich(written, question.find("graderinfo"))
    written.explanation = "\n".join(filter(None, (info, written.explanation if written.explanation != info else "")))


def _read_cloze(written: Written, question: etree._Element) -> None:
    """A text with blanks. Blanks of other kinds than short answers make other questions, which are not guessed at."""
    written.kind = QuestionKind.SHORT_TEXT
    text, stem, at = written.stem, "", 0
    blanks, weights = [], []
    while found := _CLOZE.search(text, at):
        end = find_unescaped(text, "}", found.end())
        if end < 0:
            break
        blanks.append(_cloze_blank(written, text[found.end() : end]))
        weights.append(Decimal(found.group(1) or 1))
        stem, at = stem + text[at : found.start()] + BLANK, end + 1
    written.stem = stem + text[at:]
    if not blanks or _OTHER_CLOZE.search(written.stem):
        written.refuse(N_("综合填空里只收文字空"))
    if len(set(weights)) > 1:
        written.repair(N_("各空分值不同，按各空均分收"))
    if not written.marks_text and blanks:
        written.marks_text, written.marks = str(sum(weights)), sum(weights, Decimal(0))
    if not written.faults:
        written.answer = dump_blanks(tuple(blanks))


def _cloze_blank(written: Written, body: str) -> tuple[AcceptedText, ...]:
    accepted: list[AcceptedText] = []
    at = 0
    while at <= len(body):
        end = find_unescaped(body, "~", at)
        piece = body[at : end if end >= 0 else len(body)]
        at = end + 1 if end >= 0 else len(body) + 1
        mark = find_unescaped(piece, "#")
        piece = piece if mark < 0 else piece[:mark]
        weight = re.match(r"%(-?\d{1,3}(?:\.\d{1,10})?)%", piece)
        share = Decimal(weight.group(1)) / 100 if weight else Decimal(piece.startswith("="))
        text = piece[weight.end() :] if weight else piece.removeprefix("=")
        add_text(written, accepted, unescape(text).strip(), share, has_wildcard=find_unescaped(text, "*") >= 0)
    return tuple(accepted)


_READERS: dict[str, Callable[[Written, etree._Element], None]] = {
    "multichoice": _read_choices,
    "truefalse": _read_true_false,
    "shortanswer": _read_texts,
    "numerical": _read_numbers,
    "matching": _read_matching,
    "ordering": _read_ordering,
    "essay": _read_essay,
    "cloze": _read_cloze,
}
