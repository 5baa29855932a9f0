"""Tables of scoring, one subject a file."""

from academy.scoring.models.changes import KeyCorrection, PaperKey, ResultChange, ResultHold, StandardSetting
from academy.scoring.models.passing import PassLine, SittingSubject
from academy.scoring.models.results import Result, ResultList, ScoringRule

__all__ = [
    "KeyCorrection",
    "PaperKey",
    "PassLine",
    "Result",
    "ResultChange",
    "ResultHold",
    "ResultList",
    "ScoringRule",
    "SittingSubject",
    "StandardSetting",
]
