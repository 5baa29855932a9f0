"""Every write of scoring, one subject a file."""

from academy.scoring.services.practice import NothingIsWrong, practice_errors
from academy.scoring.services.results import (
    NATIONAL_CODE,
    CandidatesAreWriting,
    ListIsOutOfDate,
    NoRuleInForce,
    NothingToScore,
    ResultsAreNotConfirmed,
    ScorerMayNotConfirm,
    ScoringRuns,
    add_rule,
    confirm_results,
    release_results,
    score_sitting,
    write_to_learners,
)

__all__ = [
    "NATIONAL_CODE",
    "CandidatesAreWriting",
    "ListIsOutOfDate",
    "NoRuleInForce",
    "NothingIsWrong",
    "NothingToScore",
    "ResultsAreNotConfirmed",
    "ScorerMayNotConfirm",
    "ScoringRuns",
    "add_rule",
    "confirm_results",
    "practice_errors",
    "release_results",
    "score_sitting",
    "write_to_learners",
]
