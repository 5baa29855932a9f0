"""Reading a corrected key as a person types it. Pure."""

import re
from decimal import Decimal, InvalidOperation

from academy.exams.rules.answers import read_response
from academy.exams.rules.keys import NONE, AcceptedNumber, AcceptedText, ToleranceKind, dump_blanks, dump_numbers
from academy.exams.rules.kinds import QuestionKind
from academy.scoring.rules.changes import Treatment

_NUMBER = re.compile(r"^([^±%]+)(?:±([^%]+)(%)?)?$")
_LONGEST = 2_000


class KeyIsUnreadable(ValueError):
    """What was typed is no key of this kind of question."""


def read_key(written: str, *, kind: QuestionKind, treatment: Treatment, options: int, prompts: int) -> str:
    """A key as `exams.rules.keys` writes it. Raises KeyIsUnreadable.

    Letters as on an answer sheet; blanks one a line, accepted texts of a blank parted by a semicolon; a number as 11.7±0.02
    or 11.7±2%.
    """
    written = written.strip()
    if not written or len(written) > _LONGEST:
        raise KeyIsUnreadable
    match kind:
        case QuestionKind.SHORT_TEXT:
            return _blanks(written, prompts)
        case QuestionKind.NUMERIC:
            return _number(written)
        case QuestionKind.ESSAY | QuestionKind.CASE:
            raise KeyIsUnreadable
    as_kind = QuestionKind.MULTIPLE if treatment is Treatment.ANY and kind is QuestionKind.SINGLE else kind
    read = read_response(written, kind=as_kind, options=options, prompts=prompts)
    is_whole = kind is not QuestionKind.ORDERING or len(read.response) == options
    if read.fault is not None or not read.response or NONE in read.response or not is_whole:
        raise KeyIsUnreadable
    return read.response


def _blanks(written: str, prompts: int) -> str:
    lines = [[text.strip() for text in re.split("[;；]", line) if text.strip()] for line in written.splitlines()]
    if len(lines) != prompts or not all(lines):
        raise KeyIsUnreadable
    return dump_blanks(tuple(tuple(AcceptedText(text) for text in texts) for texts in lines))


def _number(written: str) -> str:
    found = _NUMBER.match(written.replace(" ", ""))
    if found is None:
        raise KeyIsUnreadable
    try:
        value, tolerance = Decimal(found[1]), Decimal(found[2] or 0)
    except InvalidOperation as error:
        raise KeyIsUnreadable from error
    if not value.is_finite() or not tolerance.is_finite() or tolerance < 0:
        raise KeyIsUnreadable
    kind = ToleranceKind.RELATIVE if found[3] else ToleranceKind.NOMINAL
    return dump_numbers((AcceptedNumber(value, tolerance / 100 if found[3] else tolerance, kind),))
