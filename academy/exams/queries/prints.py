"""What the printed paper and its key are given: plain values, texts in the language that is set."""

from decimal import Decimal
from itertools import groupby
from typing import Any

from academy.core.files import get_file
from academy.core.text import N_, Text, render
from academy.exams.models import Paper
from academy.exams.queries.lifecycle import ShownPicture
from academy.exams.queries.papers import ShownItem, shown_items
from academy.exams.rules.key_words import key_lines
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.rules.typed import shown

_PLACES = "一二三四五六七八九十"
_FORMATS = {"image/png": "png", "image/jpeg": "jpg"}


def print_facts(paper: Paper, *, printed_at: str, printed_by: str, with_key: bool) -> dict[str, Any]:
    """A paper for its Typst template. `with_key`: what marking needs; without it nothing of the key is in the facts."""
    items = shown_items(paper.id)
    sections = [_section(n, list(run), with_key=with_key) for n, (_, run) in enumerate(groupby(items, key=_section_of))]
    return {
        "title": paper.title_zh,
        "code": paper.code,
        "minutes": paper.minutes,
        "count": len(items),
        "full": shown(sum((item.marks for item in items), Decimal(0))),
        "printed": {"at": printed_at, "by": printed_by},
        "sections": sections,
    }


def _section_of(item: ShownItem) -> QuestionKind:
    return QuestionKind.CASE if item.part else item.kind


def _section(place: int, items: list[ShownItem], *, with_key: bool) -> dict[str, Any]:
    kind, whole = _section_of(items[0]), sum((item.marks for item in items), Decimal(0))
    count = Text(N_("共 %(count)s 题，%(marks)s 分"), count=len(items), marks=shown(whole))
    title = f"{_PLACES[place] if place < len(_PLACES) else place + 1}、{render(KIND_WORDS[kind])}"
    return {
        "title": title,
        "note": render(count),
        "questions": [_question(items, n, with_key=with_key) for n in range(len(items))],
    }


def _question(items: list[ShownItem], n: int, *, with_key: bool) -> dict[str, Any]:
    item, before = items[n], items[n - 1] if n else None
    is_first = before is None or before.version_id != item.version_id
    is_new_material = item.material is not None and (
        before is None or before.material is None or before.material.wording.id != item.material.wording.id
    )
    facts = {
        "no": item.position,
        "kind": item.kind.value,
        "marks": shown(item.marks),
        "stem": item.stem_zh,
        "case": item.case_zh if is_first else "",
        "material": item.material.wording.text_zh if item.material and is_new_material else "",
        "options": list(item.options),
        "prompts": list(item.prompts),
        "blanks": item.prompt_count,
        "pictures": [_picture(one) for one in (item.pictures if is_first else ()) if one.media_type in _FORMATS],
    }
    if with_key:
        key = [render(line) for line in key_lines(item.kind, item.key, item.prompts)]
        facts |= {"key": key, "explanation": item.explanation_zh, "code": f"{item.code} 第 {item.version} 版"}
    return facts


def _picture(one: ShownPicture) -> dict[str, Any]:
    """A picture as Typst reads it: its bytes as numbers."""
    return {
        "data": list(get_file(one.file_id).content),
        "format": _FORMATS[one.media_type],
        "alt": one.alt_zh,
        "width": one.width,
    }
