"""Tables of scoring, one subject a file."""

from academy.scoring.models.results import Result, ResultList, ScoringRule

__all__ = [
    "Result",
    "ResultList",
    "ScoringRule",
]
