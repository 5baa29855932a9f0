"""Sample data: the rubrics of the questions that people mark."""

import json
from typing import Any

from academy.core.sheets.reading import SAMPLES
from academy.exams import queries
from academy.exams.models import QuestionBank


def packaged_rubrics() -> list[dict[str, Any]]:
    """The rubrics of rubrics.json with their sample answers; figures with a fraction are texts, never floats."""
    stored = json.loads((SAMPLES / "rubrics.json").read_text(encoding="utf-8"), parse_float=str)
    found: list[dict[str, Any]] = stored["rubrics"]
    return found


def load_rubrics(bank: QuestionBank) -> None:
    """Give the essay and case questions of the sample their criteria."""
    rubrics = {one["item_code"]: one["criteria"] for one in packaged_rubrics()}
    for code, row in queries.questions_by_codes(bank.id, rubrics).items():
        row.wording.rubric = rubrics[code]
