"""Decisions of scoring, one subject a file. Pure."""

from academy.scoring.rules.marks import ZERO, Item, Score, Scorer, compute_mark
from academy.scoring.rules.methods import NATIONAL, Amount, ItemRule, MarkingRule, Method, UnreadableRule
from academy.scoring.rules.results import BINS, Bin, ResultState, distribution, has_passed, median

__all__ = [
    "BINS",
    "NATIONAL",
    "ZERO",
    "Amount",
    "Bin",
    "Item",
    "ItemRule",
    "MarkingRule",
    "Method",
    "ResultState",
    "Score",
    "Scorer",
    "UnreadableRule",
    "compute_mark",
    "distribution",
    "has_passed",
    "median",
]
