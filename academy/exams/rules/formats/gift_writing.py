"""Moodle GIFT: writing."""

import re
from collections.abc import Iterable

from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.gift import read_gift
from academy.exams.rules.formats.notation import as_nominal
from academy.exams.rules.formats.table import to_written
from academy.exams.rules.formats.tags import write_tags
from academy.exams.rules.keys import load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

KINDS = frozenset(QuestionKind) - {QuestionKind.CASE}
_SPECIAL = re.compile(r"[\\~=#{}:]")


def can_carry(draft: Draft) -> bool:
    """Whether GIFT has words for the question: no cases, one blank, a partner for every prompt."""
    if draft.kind is QuestionKind.SHORT_TEXT:
        return len(load_blanks(draft.answer)) == 1
    return draft.kind in KINDS and not (draft.kind is QuestionKind.MATCHING and "-" in draft.answer)


def escape(text: str) -> str:
    """A text in which nothing is a sign."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), text).replace("\n", "\\n")


def write_gift(drafts: Iterable[Draft]) -> bytes:
    """The questions as a GIFT file; those that `can_carry` refuses must not be among them."""
    return "\n".join(_block(draft) for draft in drafts).encode()


def _block(draft: Draft) -> str:
    tags = "".join(f" [tag:{_in_brackets(tag)}]" for tag in write_tags(draft, with_marks=True))
    head = f"// [id:{_in_brackets(draft.code)}]{tags}\n"
    body = f"::{escape(draft.code)}::[plain]{escape(draft.stem_zh)}{{{_answer(draft)}}}\n"
    native = read_gift(head + body)[0][0]
    more = extra.differences(to_written(draft), native)
    return head + (f"// {extra.MARK} {more}\n" if more else "") + body


def _in_brackets(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", "\\]").replace("\n", " ")


def _answer(draft: Draft) -> str:
    after = f"####{escape(draft.explanation_zh)}" if draft.explanation_zh else ""
    match draft.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            lines = _choices(draft)
        case QuestionKind.TRUE_FALSE:
            return ("TRUE" if draft.answer == "T" else "FALSE") + after
        case QuestionKind.SHORT_TEXT:
            texts = load_blanks(draft.answer)[0]
            lines = [f"=%{shares.text_of(one.share * 100)}%{escape(one.text).replace('*', chr(92) + '*')}" for one in texts]
        case QuestionKind.NUMERIC:
            numbers = load_numbers(draft.answer)
            lines = [
                "#",
                *(f"=%{shares.text_of(one.share * 100)}%{one.value:f}:{one.tolerance:f}" for one in map(as_nominal, numbers)),
            ]
        case QuestionKind.MATCHING:
            lines = _pairs(draft)
        case QuestionKind.ORDERING:
            lines = [">0 ALL VERTICAL ABSOLUTE_POSITION", *(escape(draft.options[LETTERS.index(one)]) for one in draft.answer)]
        case _:
            return after
    if draft.kind is QuestionKind.NUMERIC:
        return "\n".join([*lines, after]) + "\n"
    return ("" if draft.kind is QuestionKind.ORDERING else "\n") + "\n".join([*lines, after]) + "\n"


def _choices(draft: Draft) -> list[str]:
    percents = shares.percents_of(draft.kind, len(draft.options), draft.answer, draft.scoring)
    if draft.kind is QuestionKind.SINGLE:
        signs = ["=" if percent == 100 else "~" if not percent else f"~%{shares.text_of(percent)}%" for percent in percents]
    else:
        signs = [f"~%{shares.text_of(percent)}%" for percent in percents]
    shown = []
    for sign, option, percent in zip(signs, draft.options, percents, strict=True):
        looks_weighted = option.startswith("%") and len(sign) == 1  # "%50%" would be read as the option's weight
        shown.append(sign + (f"%{shares.text_of(percent)}%" if looks_weighted else "") + escape(option))
    return shown


def _pairs(draft: Draft) -> list[str]:
    sides = [(prompt, draft.options[LETTERS.index(one)]) for prompt, one in zip(draft.prompts, draft.answer, strict=True)]
    sides += [("", option) for letter, option in zip(LETTERS, draft.options, strict=False) if letter not in draft.answer]
    return [f"={escape(left.replace('->', '→'))} -> {escape(right)}" for left, right in sides]
