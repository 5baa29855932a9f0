"""Tags: where Moodle keeps what the bank knows about a question beside its words."""

import re
from collections.abc import Iterable

from academy.exams.rules.bank import Draft, Written
from academy.exams.rules.formats.notation import read_decimal

_DIFFICULTY, _MARKS = re.compile(r"难度\s*([1-5])"), re.compile(r"分值\s*(\d+(?:\.\d+)?)")
_FIELD = re.compile(r"[A-Z]{2}-\d{2}")


def read_tags(written: Written, tags: Iterable[str]) -> None:
    """Topic, field, difficulty and marks from a question's tags."""
    for tag in (tag.strip() for tag in tags):
        if found := _DIFFICULTY.fullmatch(tag):
            written.difficulty = int(found.group(1))
        elif found := _MARKS.fullmatch(tag):
            written.marks_text, written.marks = found.group(1), read_decimal(found.group(1))
        elif _FIELD.fullmatch(tag):
            written.field_code = tag
        elif tag and not written.topic:
            written.topic = tag


def write_tags(draft: Draft, *, with_marks: bool) -> list[str]:
    """The tags of a question."""
    tags = [draft.topic_zh, draft.field_code or "", f"难度{draft.difficulty}"]
    return [tag for tag in [*tags, f"分值{draft.marks.normalize():f}" if with_marks else ""] if tag]
