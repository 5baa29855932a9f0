"""Decisions of scoring, one subject a file. Pure."""

from academy.scoring.rules.changes import Adjustment, ChangeKind, ChangeState, Correction, Function, FunctionIsUnfit, Treatment
from academy.scoring.rules.deciding import Standard
from academy.scoring.rules.marks import ZERO, Item, Score, Scorer, compute_mark
from academy.scoring.rules.methods import NATIONAL, Amount, ItemRule, MarkingRule, Method, UnreadableRule
from academy.scoring.rules.passing import Counts, LevelOutcome, counting, level_outcome
from academy.scoring.rules.results import BINS, Bin, ResultState, distribution, has_passed, median
from academy.scoring.rules.totals import PaperScorer, Position, corrected

__all__ = [
    "BINS",
    "NATIONAL",
    "ZERO",
    "Adjustment",
    "Amount",
    "Bin",
    "ChangeKind",
    "ChangeState",
    "Correction",
    "Counts",
    "Function",
    "FunctionIsUnfit",
    "Item",
    "ItemRule",
    "LevelOutcome",
    "MarkingRule",
    "Method",
    "PaperScorer",
    "Position",
    "ResultState",
    "Score",
    "Scorer",
    "Standard",
    "Treatment",
    "UnreadableRule",
    "compute_mark",
    "corrected",
    "counting",
    "distribution",
    "has_passed",
    "level_outcome",
    "median",
]
