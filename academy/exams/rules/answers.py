"""Reading what a candidate chose, however it was written."""

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from academy.core.text import N_, Text
from academy.exams.rules.keys import NONE, dump_texts
from academy.exams.rules.kinds import LETTERS, QuestionKind

LONGEST_BLANK, LONGEST_NUMBER, LONGEST_ESSAY = 500, 100, 20_000
_TRUE_FALSE = {"T": "T", "F": "F", "对": "T", "错": "F", "正确": "T", "错误": "F", "√": "T", "×": "F"}
# all but tab, line feed and carriage return; and halves of surrogate pairs, which no database takes
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000)])
_SEPARATORS = re.compile(r"[\s,，、;；./|]+")


class Fault(StrEnum):
    """Why a response is refused."""

    NOT_LETTERS = "not_letters"
    OUTSIDE_OPTIONS = "outside_options"
    REPEATED = "repeated"
    MORE_THAN_ONE = "more_than_one"
    NOT_TRUE_OR_FALSE = "not_true_or_false"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"


FAULT_WORDS = {
    Fault.NOT_LETTERS: N_("“%(written)s”不是选项字母"),
    Fault.OUTSIDE_OPTIONS: N_("“%(written)s”超出选项 A—%(last)s"),
    Fault.REPEATED: N_("“%(written)s”里有重复的字母"),
    Fault.MORE_THAN_ONE: N_("单选题填了“%(written)s”"),
    Fault.NOT_TRUE_OR_FALSE: N_("“%(written)s”不是对或错"),
    Fault.TOO_LONG: N_("太长，没有收"),
    Fault.UNREADABLE: N_("“%(written)s”读不出来"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A response as it is kept (letters in order, "" for blank), or why it cannot be."""

    response: str
    fault: Fault | None = None
    is_repaired: bool = False

    def words(self, written: str, options: int) -> Text | None:
        """What is wrong, in words."""
        if self.fault is None:
            return None
        return Text(FAULT_WORDS[self.fault], written=written[:20], last=LETTERS[max(options, 1) - 1])


def read_response(written: str, *, kind: QuestionKind, options: int, prompts: int = 0) -> Reading:
    """A response of any kind, as `exams.rules.keys` writes it. `prompts`: of a matching question, or blanks of a text."""
    match kind:
        case QuestionKind.TRUE_FALSE:
            return _read_true_false(written)
        case QuestionKind.ORDERING:
            return _read_order(written, options)
        case QuestionKind.MATCHING:
            return _read_matching(written, options, prompts)
        case QuestionKind.SHORT_TEXT:
            return _read_blanks(written, prompts)
        case QuestionKind.NUMERIC:
            return _read_text(written.strip(), LONGEST_NUMBER)
        case QuestionKind.ESSAY | QuestionKind.CASE:
            return _read_text(written, LONGEST_ESSAY)
    return _read_letters(written, kind, options)


def _read_true_false(written: str) -> Reading:
    read = _TRUE_FALSE.get(written.strip().upper(), "")
    return Reading(read, None if read or not written.strip() else Fault.NOT_TRUE_OR_FALSE, is_repaired=read != written)


def _read_order(written: str, options: int) -> Reading:
    """Letters in the order in which they were put; some may be missing."""
    order = _SEPARATORS.sub("", unicodedata.normalize("NFKC", written)).upper()
    if any(letter not in LETTERS[:options] for letter in order):
        return Reading("", Fault.OUTSIDE_OPTIONS)
    if len(set(order)) != len(order):
        return Reading("", Fault.REPEATED)
    return Reading(order, is_repaired=order != written)


def _read_matching(written: str, options: int, prompts: int) -> Reading:
    """A letter or "-" for each prompt; a letter may be chosen more than once."""
    chosen = written.strip().upper()
    if not chosen.strip(NONE):
        return Reading("")
    if len(chosen) != prompts or any(letter not in LETTERS[:options] + NONE for letter in chosen):
        return Reading("", Fault.UNREADABLE)
    return Reading(chosen, is_repaired=chosen != written)


def _read_blanks(written: str, blanks: int) -> Reading:
    """The texts of the blanks as a JSON list."""
    if not written:
        return Reading("")
    try:
        texts = json.loads(written)
    except (ValueError, RecursionError):
        return Reading("", Fault.UNREADABLE)
    if not isinstance(texts, list) or len(texts) != blanks or not all(isinstance(text, str) for text in texts):
        return Reading("", Fault.UNREADABLE)
    if any(len(text) > LONGEST_BLANK for text in texts):
        return Reading("", Fault.TOO_LONG)
    return Reading(dump_texts(tuple(text.translate(_CONTROL) for text in texts)))


def _read_text(written: str, longest: int) -> Reading:
    if len(written) > longest:
        return Reading("", Fault.TOO_LONG)
    return Reading(written.translate(_CONTROL))


def _read_letters(written: str, kind: QuestionKind, options: int) -> Reading:
    """Letters from full-width, lower-case or separated writing; order does not matter.

    A letter twice is refused, not dropped: on an answer sheet it means that another letter was meant. More than one letter in
    a single-choice item is a fault that the caller may take as it stands (on paper it earns nothing).
    """
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", written)).upper()
    response = "".join(sorted(set(folded)))
    if not response.isascii() or not all("A" <= letter <= "Z" for letter in response):
        return Reading("", Fault.NOT_LETTERS)
    if any(letter not in LETTERS[:options] for letter in response):
        return Reading("", Fault.OUTSIDE_OPTIONS)
    if len(response) != len(folded):
        return Reading("", Fault.REPEATED)
    if kind is QuestionKind.SINGLE and len(response) > 1:
        return Reading(response, Fault.MORE_THAN_ONE)
    return Reading(response, is_repaired=response != written)
