"""Marks, item analysis and comparison of very many papers, each beside the least that numpy needs to look at the same table."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, text

from academy.app import create_app
from academy.core.clock import now
from academy.core.codes import random_code16
from academy.core.db import db
from academy.scoring.models import Result
from academy.scoring.rules import NATIONAL, Item, MarkingRule, ResultState, Scorer
from academy.scoring.rules.analysis.report import analyze
from academy.scoring.rules.analysis.similarity import similar_pairs
from academy.scoring.rules.bulk import answers_of_table, mark_table
from bench.figures import Figure

PAPERS, SINGLE, MULTIPLE = 100_000, 60, 20
CANDIDATES, QUESTIONS = 1_607, 170
T = TypeVar("T")
STORED = 20_000
SETS = np.array(["", "A", "AB", "ABD", "AC", "ACD", "BCD", "CDE"], dtype=np.bytes_)


def measure() -> list[Figure]:
    """Seconds of CPU for marking and analysis; seconds by the clock for the rest."""
    rng = np.random.default_rng(2026)
    items, table = _papers(rng)
    scorer = Scorer(MarkingRule.from_parameters("national", NATIONAL), items)
    key = np.array([item.key for item in items], dtype=np.bytes_)
    floor, _ = _timed(lambda: (table == key).sum(axis=1), time.process_time)
    marking, marks = _timed(lambda: mark_table(scorer, table), time.process_time)
    analysis, _ = _timed(lambda: analyze(items, marks, answers_of_table(scorer, table)), time.process_time)
    storing, _ = _timed(lambda: _store(marks[:STORED]), time.perf_counter)
    pairs, _ = _timed(lambda: _pairs(rng), time.perf_counter)
    size = f"{PAPERS:,} × {len(items)}"
    return [
        Figure("exams", f"{size} marked (CPU)", marking, "s", goal=1.0, more_is_better=False),
        Figure("exams", f"{size} marked, beside comparing with the key", marking, "s", floor=floor, more_is_better=False),
        Figure("exams", f"{size} analyzed (CPU)", analysis, "s", goal=3.0, more_is_better=False),
        Figure("exams", f"{STORED:,} results stored", storing, "s", more_is_better=False),
        Figure("exams", f"all pairs of {CANDIDATES:,} × {QUESTIONS}", pairs, "s", goal=3.0, more_is_better=False),
    ]


def _timed(action: Callable[[], T], clock: Callable[[], float]) -> tuple[float, T]:
    began = clock()
    made = action()
    return clock() - began, made


def _papers(rng: np.random.Generator) -> tuple[list[Item], NDArray[np.bytes_]]:
    """Candidates of different ability; the wrong ones choose among the other letters, or any set of them."""
    count = SINGLE + MULTIPLE
    chance = 1 / (1 + np.exp(rng.normal(size=count) - rng.normal(size=(PAPERS, 1))))
    solved = rng.random((PAPERS, count)) < chance
    keys = ["ABCD"[at % 4] for at in range(SINGLE)] + ["ACD"] * MULTIPLE
    letters = np.array(list("ABCD"), dtype=np.bytes_)
    table = np.empty((PAPERS, count), dtype="S5")
    table[:, :SINGLE] = letters[rng.integers(0, 4, (PAPERS, SINGLE))]
    table[:, SINGLE:] = SETS[rng.integers(0, len(SETS), (PAPERS, MULTIPLE))]
    table = np.where(solved, np.array(keys, dtype="S5"), table)
    kinds = ["single"] * SINGLE + ["multiple"] * MULTIPLE
    items = [
        Item(at, kind, key, Decimal(1 if kind == "single" else 2), None, 4 if kind == "single" else 5)
        for at, (kind, key) in enumerate(zip(kinds, keys, strict=True), 1)
    ]
    return items, table


def _pairs(rng: np.random.Generator) -> int:
    chance = 1 / (1 + np.exp(rng.normal(size=QUESTIONS) - rng.normal(size=(CANDIDATES, 1))))
    wrong = rng.choice([1, 2, 3], size=(CANDIDATES, QUESTIONS), p=[0.55, 0.3, 0.15])
    codes = np.where(rng.random(chance.shape) < chance, 0, wrong).astype(np.int32)
    return len(similar_pairs(codes, codes == 0))


def _store(marks: NDArray[np.int32]) -> None:
    """The statement of scoring, into a table of the same shape that is gone afterwards."""
    texts = {int(one): f"{Decimal(int(one)).scaleb(-2).normalize():f}" for one in np.unique(marks)}
    totals = [Decimal(total).scaleb(-2) for total in marks.sum(axis=1).tolist()]
    with create_app().app_context():
        db.session.execute(text("CREATE TEMPORARY TABLE result (LIKE result INCLUDING ALL) ON COMMIT DROP"))
        at = now()
        rows = [
            {
                "code": random_code16(), "list_id": 1, "sitting_id": 1, "learner_id": n, "attempt_id": n,
                "candidate_no": f"K{n:06d}", "version": 1, "automatic_marks": total, "given_marks": Decimal(0),
                "kind_marks": {"single": "0", "multiple": "0"}, "total": total, "passed": total >= 60,
                "item_marks": [texts[mark] for mark in row], "state": ResultState.PROVISIONAL, "scored_at": at,
                "confirmed_by": "",
            }
            for n, (total, row) in enumerate(zip(totals, marks.tolist(), strict=True), 1)
        ]  # fmt: skip
        db.session.execute(insert(Result), rows)
        db.session.rollback()
