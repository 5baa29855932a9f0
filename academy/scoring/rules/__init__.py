"""Decisions of scoring, one subject a file. Pure."""

from academy.scoring.rules.marks import NATIONAL, ZERO, Item, ItemRule, MarkingRule, Method, Score, Scorer, compute_mark
from academy.scoring.rules.results import BINS, Bin, ResultState, distribution, has_passed, median

__all__ = [
    "BINS",
    "NATIONAL",
    "ZERO",
    "Bin",
    "Item",
    "ItemRule",
    "MarkingRule",
    "Method",
    "ResultState",
    "Score",
    "Scorer",
    "compute_mark",
    "distribution",
    "has_passed",
    "median",
]
