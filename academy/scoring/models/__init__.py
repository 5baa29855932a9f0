"""Tables of scoring, one subject a file."""

from academy.scoring.models.appeals import Appeal, AppealSetting
from academy.scoring.models.changes import KeyCorrection, PaperKey, ResultChange, ResultHold, StandardSetting
from academy.scoring.models.marking import MarkingItem, MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.models.passing import PassLine, SittingSubject
from academy.scoring.models.results import Result, ResultList, ScoringRule

__all__ = [
    "Appeal",
    "AppealSetting",
    "KeyCorrection",
    "MarkingItem",
    "MarkingMember",
    "MarkingPlan",
    "PaperKey",
    "PassLine",
    "Result",
    "ResultChange",
    "ResultHold",
    "ResultList",
    "ScoringRule",
    "Script",
    "ScriptMark",
    "SittingSubject",
    "StandardSetting",
]
