"""Tables of scoring, one subject a file."""

from academy.scoring.models.appeals import Appeal, AppealSetting
from academy.scoring.models.marking import MarkingItem, MarkingMember, MarkingPlan, Script, ScriptMark
from academy.scoring.models.results import Result, ResultList, ScoringRule

__all__ = [
    "Appeal",
    "AppealSetting",
    "MarkingItem",
    "MarkingMember",
    "MarkingPlan",
    "Result",
    "ResultList",
    "ScoringRule",
    "Script",
    "ScriptMark",
]
