"""Every write of scoring, one subject a file."""

from academy.scoring.services.results import (
    NATIONAL_CODE,
    CandidatesAreWriting,
    ListIsOutOfDate,
    NoRuleInForce,
    NothingToScore,
    ResultsAreNotConfirmed,
    RuleCannotBeApplied,
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
    "NothingToScore",
    "ResultsAreNotConfirmed",
    "RuleCannotBeApplied",
    "ScorerMayNotConfirm",
    "ScoringRuns",
    "add_rule",
    "confirm_results",
    "release_results",
    "score_sitting",
    "write_to_learners",
]
