"""What a format has no place for travels beside it, as one line of JSON that other programs skip.

A writer writes a question in the format's own words, reads that back, and puts into the extra only what came back different.
Each value names what it replaces by a short hash: when somebody edits the file, the edit counts and the extra gives way.
"""

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from academy.core.text import N_
from academy.exams.rules.bank import Written
from academy.exams.rules.kinds import QuestionKind

MARK = "academy"
_KEYED = (
    "answer",
    "scoring",
    "options",
    "prompts",
    "parts",
    "rubric",
)  # they stand or fall with the key as the format shows it
_FIELDS = ("code", "kind", "field_code", "topic", "difficulty", "stem", "marks", "explanation", *_KEYED)


def differences(wanted: Written, native: Written) -> str:
    """The extra that makes `native` (what the format's own words say) into `wanted`; "" when they are alike."""
    found = {
        name: [_digest(native, name), _plain(getattr(wanted, name))]
        for name in _FIELDS
        if getattr(wanted, name) != getattr(native, name)
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if found else ""


def apply(written: Written, extra: str) -> None:
    """Put the values of an extra in place of what they replace. Never raises: a broken extra is noted and left out."""
    if not extra.strip():
        return
    try:
        found = json.loads(extra)
        items = [(name, *found[name]) for name in _FIELDS if name in found]
        stale = [name for name, digest, _value in items if digest != _digest(written, name)]
        values = [(name, _READERS[name](value)) for name, _digest_, value in items if name not in stale]
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError, AttributeError):
        written.repair(N_("附加信息读不出来，没有用"))
        return
    for name, value in values:
        setattr(written, name, value)
    if not stale and values:
        written.faults.clear()  # of the format's own words; what takes their place goes through the check
        written.repairs.clear()
    if stale:
        written.repair(N_("题目导出以后改过，照改过的收：%(names)s 的附加信息没有用"), names="、".join(stale))


def _digest(written: Written, name: str) -> str:
    shown = [written.kind, written.options, written.prompts, written.answer] if name in _KEYED else getattr(written, name)
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False, default=str).encode("utf-8", "replace")).hexdigest()[:8]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | QuestionKind) else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> list[str]:
    return [_text(one) for one in value]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in value]


_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("code", "field_code", "topic", "stem", "explanation", "answer"), _text),
    "kind": QuestionKind,
    "difficulty": int,
    "marks": lambda value: None if value is None else Decimal(_text(value)),
    "scoring": lambda value: None if value is None else dict(value),
    "options": _texts,
    "prompts": _texts,
    "parts": _dicts,
    "rubric": _dicts,
}
