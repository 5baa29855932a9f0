"""Scoring 400 candidates × 80 answers, stored on PostgreSQL; beside it the marking rule alone in plain Python."""

import csv
import time

from bench import walk
from bench.figures import Figure
from bench.stage import ROOT

LIMIT = 2.0


def measure() -> list[Figure]:
    """Seconds to score and store, as the walkthrough did it."""
    return [
        Figure(
            "exams", "400 × 80 scored and stored", walk.report()["scores"]["seconds"], "s", goal=LIMIT, more_is_better=False
        ),
        Figure(
            "exams",
            "the same, beside a bare loop over the answers",
            walk.report()["scores"]["seconds"],
            "s",
            floor=_bare_loop(),
            more_is_better=False,
        ),
    ]


def _bare_loop() -> float:
    """Seconds to compare 32,000 answers with the key in memory."""
    data = ROOT / "academy" / "sampledata"
    with (data / "responses_key.csv").open(encoding="utf-8-sig") as file:
        key = [(row["item_code"], frozenset(row["key"])) for row in csv.DictReader(file)]
    with (data / "responses.csv").open(encoding="utf-8-sig") as file:
        sheets = list(csv.DictReader(file))
    began = time.perf_counter()
    for sheet in sheets:
        sum(frozenset(sheet[item]) == right for item, right in key)
    return time.perf_counter() - began
