"""Reading the form in which a question of any kind is typed, and filling it from a wording. Pure.

Every field's name and its texts: a form is a mapping from names to the texts that were sent under them. Rows of a kind are
numbered from 1: option_1, blank_2, number_1 …
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from academy.exams.rules.keys import (
    ONE,
    AcceptedNumber,
    AcceptedText,
    ToleranceKind,
    dump_blanks,
    dump_numbers,
    load_blanks,
    load_numbers,
)
from academy.exams.rules.kinds import LETTERS, QuestionKind
from academy.exams.rules.wording import MOST_MARKS, Wording

Typed: TypeAlias = Mapping[str, Sequence[str]]

MOST_BLANKS, MOST_NUMBERS, MOST_CRITERIA, LONGEST_LINE = 10, 4, 8, 300
NO_NUMBER = Decimal("NaN")
_UNSEEN = (*range(9), 11, 12, *range(14, 32), 127, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROL = dict.fromkeys([*_UNSEEN, *range(0xD800, 0xE000)])  # half a surrogate pair cannot be kept
_PIPE = re.compile(r"\s*[|｜]\s*")
_RANGE = re.compile(r"\s*[-—–~～]\s*")
SCORING: dict[str, dict[str, Any] | None] = {  # the rules that the form offers, by the name in the form
    "": None,
    "exact": {"method": "exact"},
    "half": {"method": "no_wrong_option", "per_right": "0.5"},
}  # fmt: skip


def _text(typed: Typed, name: str) -> str:
    """What was typed, without marks that nobody sees and blanks around it."""
    found = typed.get(name) or [""]
    return found[0].translate(_CONTROL).replace("\r\n", "\n").replace("\r", "\n").strip()


def _line(typed: Typed, name: str) -> str:
    return " ".join(_text(typed, name).split())


def _number(written: str) -> Decimal:
    try:
        number = Decimal(written.replace("－", "-").replace("−", "-").replace("，", "").replace(",", ""))
    except InvalidOperation:
        return NO_NUMBER
    return number if number.is_finite() else NO_NUMBER


def _rows(typed: Typed, stem: str, most: int) -> tuple[str, ...]:
    """The lines of a list without the empty ones at its end."""
    lines = [_line(typed, f"{stem}_{n}") for n in range(1, most + 1)]
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def read_typed(kind: QuestionKind, typed: Typed, *, known: Wording | None = None) -> Wording:
    """The wording that was typed; `known` is the version it corrects, of which it keeps what the form does not show.

    What cannot be read becomes something that `find_faults` names (NaN, an empty key): nothing is guessed.
    """
    wording = Wording(
        kind=kind,
        stem_zh=_text(typed, "stem"),
        marks=_number(_line(typed, "marks")),
        explanation_zh=_text(typed, "explanation"),
        scoring=_scoring(typed, known),
        parts=known.parts if known else (),
        no=known.no if known else 0,
    )
    match kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            chosen = {letter for letter in typed.get("right", ()) if letter in LETTERS}
            return replace(wording, options=_rows(typed, "option", len(LETTERS)), answer="".join(sorted(chosen)))
        case QuestionKind.TRUE_FALSE:
            return replace(wording, answer=_line(typed, "truth"))
        case QuestionKind.SHORT_TEXT:
            return replace(wording, answer=_blanks(typed))
        case QuestionKind.NUMERIC:
            return replace(wording, answer=_numbers(typed))
        case QuestionKind.MATCHING:
            prompts = _rows(typed, "prompt", len(LETTERS))
            chosen_letters = [_line(typed, f"match_{n}").upper()[:1] for n in range(1, len(prompts) + 1)]
            options = _rows(typed, "option", len(LETTERS))
            return replace(wording, options=options, prompts=prompts, answer="".join(chosen_letters))
        case QuestionKind.ORDERING:
            order = re.sub(r"[^A-Z]", "", _line(typed, "order").upper())
            return replace(wording, options=_rows(typed, "option", len(LETTERS)), answer=order)
    return replace(wording, rubric=_rubric(typed, wording.no, known))


def _scoring(typed: Typed, known: Wording | None) -> Mapping[str, Any] | None:
    """A rule that the form does not know stays as it is."""
    if _line(typed, "scoring") == "kept" and known:
        return known.scoring
    return SCORING.get(_line(typed, "scoring"))


def _blanks(typed: Typed) -> str:
    """One accepted text a line: "text", "text | share", or "text | share | group of synonyms"."""
    blanks = [
        tuple(_accepted(line) for line in _text(typed, f"blank_{n}").split("\n") if line.strip())
        for n in range(1, MOST_BLANKS + 1)
    ]
    while blanks and not blanks[-1]:
        blanks.pop()
    return dump_blanks(tuple(blanks)) if blanks else ""


def _accepted(line: str) -> AcceptedText:
    text, *more = _PIPE.split(line.strip())
    share = _number(more[0]) if more and more[0] else ONE
    return AcceptedText(text, share if share.is_finite() else Decimal(0), more[1] if len(more) > 1 else "")


def _numbers(typed: Typed) -> str:
    found = []
    for n in range(1, MOST_NUMBERS + 1):
        value = _line(typed, f"number_{n}")
        if not value:
            continue
        kind = _line(typed, f"within_{n}")
        found.append(
            AcceptedNumber(
                _number(value),
                _number(_line(typed, f"tolerance_{n}") or "0"),
                ToleranceKind(kind) if kind in set(ToleranceKind) else ToleranceKind.NOMINAL,
                _number(_line(typed, f"share_{n}") or "1"),
                _line(typed, f"unit_{n}")[:20],
            )
        )
    return dump_numbers(tuple(found)) if found and not any(n.share.is_nan() for n in found) else ""


def _rubric(typed: Typed, no: int, known: Wording | None) -> tuple[Mapping[str, Any], ...]:
    """The criteria as they were typed; those of a case's parts stay with their parts."""
    kept = [one for one in (known.rubric if known and not no else ()) if one.get("sub_question_no")]
    own: list[Mapping[str, Any]] = []
    for n in range(1, MOST_CRITERIA + 1):
        name, marks = _line(typed, f"criterion_{n}")[:120], _number(_line(typed, f"criterion_marks_{n}"))
        if name and not marks.is_nan() and 0 < marks <= MOST_MARKS:
            levels = [_level(line) for line in _text(typed, f"criterion_levels_{n}").split("\n") if line.strip()]
            criterion = {"criterion_id": f"C{n}", "name_zh": name, "max_marks": _plain(marks), "sub_question_no": no or None}
            own.append({**criterion, "levels": levels})
    return (*own, *kept)


def _level(line: str) -> dict[str, Any]:
    """优 | 4.5-5 | 含义准确."""
    name, *more = _PIPE.split(line.strip()[:LONGEST_LINE], maxsplit=2)
    bounds = [_number(text) for text in _RANGE.split(more[0])] if more else []
    usable = [bound for bound in bounds if not bound.is_nan() and 0 <= bound <= MOST_MARKS] or [Decimal(0)]
    low, high = min(usable), max(usable)
    level = {"level_zh": name, "marks": _plain(high), "marks_min": _plain(low), "marks_max": _plain(high)}
    return {**level, "descriptor_zh": more[1] if len(more) > 1 else ""}


def _plain(number: Decimal) -> int | float:
    """A figure of a rubric as its file writes it; `Decimal(str(…))` gives it back."""
    return int(number) if number == number.to_integral_value() else float(number)


def shown(number: Decimal) -> str:
    """A figure without needless zeros."""
    return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 30 else str(number)


def typed_of(wording: Wording) -> dict[str, list[str]]:
    """The form filled with a wording."""
    filled = {"stem": [wording.stem_zh], "marks": [shown(wording.marks)], "explanation": [wording.explanation_zh]}
    rule = dict(wording.scoring) if wording.scoring else None
    filled["scoring"] = [next((name for name, known in SCORING.items() if known == rule), "kept")]
    filled |= {f"option_{n}": [option] for n, option in enumerate(wording.options, 1)}
    filled |= {f"prompt_{n}": [prompt] for n, prompt in enumerate(wording.prompts, 1)}
    match wording.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            filled["right"] = list(wording.answer)
        case QuestionKind.TRUE_FALSE:
            filled["truth"] = [wording.answer]
        case QuestionKind.MATCHING:
            filled |= {f"match_{n}": [letter] for n, letter in enumerate(wording.answer, 1)}
        case QuestionKind.ORDERING:
            filled["order"] = [wording.answer]
        case QuestionKind.SHORT_TEXT:
            filled |= _filled_blanks(wording.answer)
        case QuestionKind.NUMERIC:
            filled |= _filled_numbers(wording.answer)
        case _:
            filled |= _filled_rubric(wording)
    return filled


def _filled_blanks(answer: str) -> dict[str, list[str]]:
    try:
        blanks = load_blanks(answer)
    except (ValueError, TypeError, ArithmeticError):  # a key from before keys had a form: one blank, a text a line
        return {"blank_1": [answer.replace("|", "\n")]}
    return {f"blank_{n}": ["\n".join(_accepted_line(one) for one in blank)] for n, blank in enumerate(blanks, 1)}


def _accepted_line(one: AcceptedText) -> str:
    if one.group:
        return f"{one.text} | {shown(one.share)} | {one.group}"
    return one.text if one.share == ONE else f"{one.text} | {shown(one.share)}"


def _filled_numbers(answer: str) -> dict[str, list[str]]:
    try:
        numbers = load_numbers(answer)
    except (ValueError, TypeError, ArithmeticError):
        value, _, tolerance = answer.partition("±")
        return {"number_1": [value], "tolerance_1": [tolerance]}
    filled: dict[str, list[str]] = {}
    for n, one in enumerate(numbers, 1):
        filled |= {f"number_{n}": [str(one.value)], f"tolerance_{n}": [str(one.tolerance)], f"within_{n}": [one.kind.value],
                   f"share_{n}": [shown(one.share)], f"unit_{n}": [one.unit]}  # fmt: skip
    return filled


def _filled_rubric(wording: Wording) -> dict[str, list[str]]:
    filled: dict[str, list[str]] = {}
    own = [one for one in wording.rubric if wording.no or not one.get("sub_question_no")]
    for n, one in enumerate(own, 1):
        levels = [
            f"{level['level_zh']} | {level['marks_min']}-{level['marks_max']} | {level['descriptor_zh']}"
            for level in one["levels"]
        ]
        filled |= {f"criterion_{n}": [one["name_zh"]], f"criterion_marks_{n}": [str(one["max_marks"])],
                   f"criterion_levels_{n}": ["\n".join(levels)]}  # fmt: skip
    return filled
