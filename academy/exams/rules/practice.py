"""Practice: which questions may be drawn, and which ones are. Pure."""

import random
from collections.abc import Sequence
from typing import TypeVar

from academy.exams.rules.kinds import OBJECTIVE

PRACTICED = OBJECTIVE  # kinds that the practice page can ask
LENGTHS = (5, 10, 20)
MOST_QUESTIONS = 50

Question = TypeVar("Question")


def draw(questions: Sequence[Question], count: int, seed: str) -> list[Question]:
    """So many of the questions in a random order that the seed decides; all of them when there are fewer."""
    shuffled = list(questions)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - practice, not chance for money
    return shuffled[:count]
