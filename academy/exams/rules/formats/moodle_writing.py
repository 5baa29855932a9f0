"""Moodle XML: writing."""

import re
from collections.abc import Iterable

from lxml import etree

from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.moodle import read_moodle
from academy.exams.rules.formats.notation import BLANK_MARK, as_nominal
from academy.exams.rules.formats.table import to_written
from academy.exams.rules.formats.tags import write_tags
from academy.exams.rules.keys import AcceptedText, Blank, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

_TYPES = {
    QuestionKind.SINGLE: "multichoice",
    QuestionKind.MULTIPLE: "multichoice",
    QuestionKind.TRUE_FALSE: "truefalse",
    QuestionKind.NUMERIC: "numerical",
    QuestionKind.MATCHING: "matching",
    QuestionKind.ORDERING: "ordering",
    QuestionKind.ESSAY: "essay",
}


def can_carry(draft: Draft) -> bool:
    """Whether Moodle XML has a type for the question: no cases, a partner for every prompt."""
    return draft.kind is not QuestionKind.CASE and not (draft.kind is QuestionKind.MATCHING and "-" in draft.answer)


def write_moodle(drafts: Iterable[Draft]) -> bytes:
    """The questions as a Moodle XML document; those that `can_carry` refuses must not be among them."""
    root = etree.Element("quiz")
    for draft in drafts:
        question = _question(draft)
        holder = etree.Element("quiz")
        holder.append(question)
        more = extra.differences(to_written(draft), read_moodle(holder)[0][0])
        if more:
            question.append(etree.Comment(f" {extra.MARK} {more.replace('-', chr(92) + 'u002d')} "))
        root.append(question)
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _text(parent: etree._Element, name: str, text: str, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, name, attributes)
    etree.SubElement(element, "text").text = text
    return element


def _question(draft: Draft) -> etree._Element:
    blanks = load_blanks(draft.answer) if draft.kind is QuestionKind.SHORT_TEXT else ()
    kind = _TYPES.get(draft.kind) or ("shortanswer" if len(blanks) == 1 else "cloze")
    question = etree.Element("question", {"type": kind})
    _text(question, "name", draft.code)
    stem = _with_blanks(draft.stem_zh, blanks) if kind == "cloze" else draft.stem_zh
    _text(question, "questiontext", stem, format="plain_text")
    _text(question, "generalfeedback", draft.explanation_zh, format="plain_text")
    etree.SubElement(question, "defaultgrade").text = f"{draft.marks:f}"
    etree.SubElement(question, "idnumber").text = draft.code
    if kind == "shortanswer":
        _texts(question, blanks[0], draft)
    elif draft.kind in _WRITERS:
        _WRITERS[draft.kind](question, draft)
    tags = etree.SubElement(question, "tags")
    for tag in write_tags(draft, with_marks=False):
        _text(tags, "tag", tag)
    return question


def _choices(question: etree._Element, draft: Draft) -> None:
    etree.SubElement(question, "single").text = "true" if draft.kind is QuestionKind.SINGLE else "false"
    etree.SubElement(question, "shuffleanswers").text = "true"
    etree.SubElement(question, "answernumbering").text = "ABCD"
    percents = shares.percents_of(draft.kind, len(draft.options), draft.answer, draft.scoring)
    for option, percent in zip(draft.options, percents, strict=True):
        _text(question, "answer", option, fraction=shares.text_of(percent), format="plain_text")


def _true_false(question: etree._Element, draft: Draft) -> None:
    for word, key in (("true", "T"), ("false", "F")):
        _text(question, "answer", word, fraction="100" if draft.answer == key else "0", format="plain_text")


def _texts(question: etree._Element, blank: Blank, draft: Draft) -> None:
    is_strict = bool(draft.scoring and draft.scoring.get("case_sensitive"))
    etree.SubElement(question, "usecase").text = "1" if is_strict else "0"
    for one in blank:
        percent = shares.text_of(one.share * 100)
        _text(question, "answer", one.text.replace("*", "\\*"), fraction=percent, format="plain_text")


def _numbers(question: etree._Element, draft: Draft) -> None:
    for one in map(as_nominal, load_numbers(draft.answer)):
        answer = _text(question, "answer", f"{one.value:f}", fraction=shares.text_of(one.share * 100), format="plain_text")
        etree.SubElement(answer, "tolerance").text = f"{one.tolerance:f}"


def _pairs(question: etree._Element, draft: Draft) -> None:
    etree.SubElement(question, "shuffleanswers").text = "true"
    sides = [(prompt, draft.options[LETTERS.index(one)]) for prompt, one in zip(draft.prompts, draft.answer, strict=True)]
    sides += [("", option) for letter, option in zip(LETTERS, draft.options, strict=False) if letter not in draft.answer]
    for left, right in sides:
        _text(_text(question, "subquestion", left, format="plain_text"), "answer", right, format="plain_text")


def _ordering(question: etree._Element, draft: Draft) -> None:
    for name, value in (("layouttype", "VERTICAL"), ("selecttype", "ALL"), ("gradingtype", "ABSOLUTE_POSITION")):
        etree.SubElement(question, name).text = value
    for place, letter in enumerate(draft.answer, 1):
        _text(question, "answer", draft.options[LETTERS.index(letter)], fraction=str(place), format="plain_text")


def _essay(question: etree._Element, _draft: Draft) -> None:
    etree.SubElement(question, "responseformat").text = "editor"


_WRITERS = {
    QuestionKind.SINGLE: _choices,
    QuestionKind.MULTIPLE: _choices,
    QuestionKind.TRUE_FALSE: _true_false,
    QuestionKind.NUMERIC: _numbers,
    QuestionKind.MATCHING: _pairs,
    QuestionKind.ORDERING: _ordering,
    QuestionKind.ESSAY: _essay,
}


def _with_blanks(stem: str, blanks: tuple[Blank, ...]) -> str:
    """The stem with each blank's answers in its place; blanks that it does not show stand at its end."""
    pieces = BLANK_MARK.split(stem)
    if len(pieces) != len(blanks) + 1:
        return stem + "".join(_cloze(blank) for blank in blanks)
    return pieces[0] + "".join(_cloze(blank) + piece for blank, piece in zip(blanks, pieces[1:], strict=True))


def _cloze(blank: Blank) -> str:
    return "{1:SHORTANSWER:" + "~".join(f"%{shares.text_of(one.share * 100)}%{_in_cloze(one)}" for one in blank) + "}"


def _in_cloze(one: AcceptedText) -> str:
    return re.sub(r"([\\}{#~\"/*=%])", r"\\\1", one.text)
