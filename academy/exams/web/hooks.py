"""What pages of exams show of domains above: those put a function here, nothing is imported upwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from flask import current_app

from academy.core.text import Text

RESULTS = "exams.results"


@dataclass(frozen=True, slots=True)
class ResultLink:
    """What became of an attempt, and where to read it."""

    kind: Literal["ok", "wait", "no"]
    words: Text
    url: str | None = None


ResultsOf: TypeAlias = Callable[[int], Mapping[int, ResultLink]]


def NO_RESULTS(_learner_id: int) -> Mapping[int, ResultLink]:  # noqa: N802 - stands for a function
    """Nobody scores here."""
    return {}


def results_of(learner_id: int) -> Mapping[int, ResultLink]:
    """A learner's results by sitting."""
    found: ResultsOf = current_app.extensions[RESULTS]
    return found(learner_id)
