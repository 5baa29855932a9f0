"""What the right answer to a question is, and how key and response are written. Pure.

Every key and every response is one text, so that a paper, an answer event and an import keep them alike:

| kind              | key                                             | response                         |
|-------------------|-------------------------------------------------|----------------------------------|
| single, multiple  | letters in order: "AC"                          | letters in order: "AC"           |
| true_false        | "T" or "F"                                      | "T" or "F"                       |
| ordering          | letters in the right order: "CABD"              | letters in the chosen order      |
| matching          | a letter for each prompt: "BAAC"                | the same; "-" for none: "B-AC"   |
| short_text        | JSON: a list of accepted texts for each blank   | JSON: a text for each blank      |
| numeric           | JSON: the accepted numbers with their tolerance | the text as it was typed         |
| essay             | ""                                              | the text                         |

A blank response is "" for every kind.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NONE = "-"  # a prompt of a matching question for which nothing was chosen
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """A text that is accepted in a blank. `share` of the blank's marks; texts of one `group` are synonyms and count once."""

    text: str
    share: Decimal = ONE
    group: str = ""


Blank = tuple[AcceptedText, ...]


class ToleranceKind(StrEnum):
    """How far from a number an answer may lie: by so much, by a share of it, or by a factor of 1 + tolerance."""

    NOMINAL = "nominal"
    RELATIVE = "relative"
    GEOMETRIC = "geometric"


@dataclass(frozen=True, slots=True)
class AcceptedNumber:
    """A number that is accepted, with its tolerance; bounds belong to it. `share` of the marks."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    kind: ToleranceKind = ToleranceKind.NOMINAL
    share: Decimal = ONE
    unit: str = ""


def dump_blanks(blanks: tuple[Blank, ...]) -> str:
    """The key of a question with blanks."""
    given = [[[one.text, str(one.share), one.group] for one in blank] for blank in blanks]
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def load_blanks(key: str) -> tuple[Blank, ...]:
    """What `dump_blanks` wrote."""
    return tuple(
        tuple(AcceptedText(text, Decimal(share), group) for text, share, group in blank) for blank in json.loads(key or "[]")
    )


def dump_numbers(numbers: tuple[AcceptedNumber, ...]) -> str:
    """The key of a numeric question."""
    given = [[str(n.value), str(n.tolerance), n.kind.value, str(n.share), n.unit] for n in numbers]
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def load_numbers(key: str) -> tuple[AcceptedNumber, ...]:
    """What `dump_numbers` wrote."""
    return tuple(
        AcceptedNumber(Decimal(value), Decimal(tolerance), ToleranceKind(kind), Decimal(share), unit)
        for value, tolerance, kind, share, unit in json.loads(key or "[]")
    )


def dump_texts(texts: tuple[str, ...]) -> str:
    """The response to a question with blanks; "" when all are empty."""
    return json.dumps(list(texts), ensure_ascii=False, separators=(",", ":")) if any(texts) else ""


def load_texts(response: str) -> tuple[str, ...]:
    """What `dump_texts` wrote."""
    return tuple(json.loads(response)) if response else ()
