"""Reading what a candidate chose, however it was written."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from academy.core.text import N_, Text
from academy.exams.rules.kinds import LETTERS, QuestionKind

_SEPARATORS = re.compile(r"[\s,，、;；./|]+")


class Fault(StrEnum):
    """Why a response is refused."""

    NOT_LETTERS = "not_letters"
    OUTSIDE_OPTIONS = "outside_options"
    REPEATED = "repeated"
    MORE_THAN_ONE = "more_than_one"


FAULT_WORDS = {
    Fault.NOT_LETTERS: N_("“%(written)s”不是选项字母"),
    Fault.OUTSIDE_OPTIONS: N_("“%(written)s”超出选项 A—%(last)s"),
    Fault.REPEATED: N_("“%(written)s”里有重复的字母"),
    Fault.MORE_THAN_ONE: N_("单选题填了“%(written)s”"),
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
        return Text(FAULT_WORDS[self.fault], written=written[:20], last=LETTERS[options - 1])


def read_response(written: str, *, kind: QuestionKind, options: int) -> Reading:
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
