"""What item analysis and the comparison of answers read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from academy.core.db import db
from academy.core.errors import Conflict
from academy.core.text import N_
from academy.exams import queries as exams
from academy.scoring.models import Result, ResultList
from academy.scoring.queries.items import items_of_paper
from academy.scoring.rules import Item
from academy.scoring.rules.analysis.report import Report, analyze, to_hundredths
from academy.scoring.rules.analysis.similarity import MOST_PAPERS, Pair, similar_pairs
from academy.scoring.rules.bulk import Answers
from academy.scoring.rules.methods import GIVEN_BY_PEOPLE

MOST_ANALYZED = 20_000
ANSWERED = "…"  # a text that people mark stands for itself in no count


class TooManyPapers(Conflict):
    """More papers than a page can wait for."""

    message = N_("这一版有 %(count)s 份答卷，网页上一次最多算 %(most)s 份。")
    next_step = N_("请按班次分场评分，再逐场分析。")


@dataclass(frozen=True, slots=True)
class Papers:
    """One version of a sitting's results, a row a paper, by candidate number."""

    items: list[Item]
    codes: list[str]
    candidate_nos: list[str]
    learner_ids: list[int]
    hundredths: NDArray[np.int32]
    answers: list[Answers]
    left_out: int  # results of another form of the paper, which have other questions


def papers_of(found: ResultList, *, most: int = MOST_ANALYZED) -> Papers:
    """The papers of a version with their marks and answers, in a constant number of statements. Raises TooManyPapers."""
    if found.count > most:
        raise TooManyPapers(count=found.count, most=most)
    items = items_of_paper(exams.sitting_by_id(found.sitting_id).paper_id)
    columns = (Result.code, Result.candidate_no, Result.learner_id, Result.attempt_id, Result.item_marks)
    query = select(*columns).where(Result.list_id == found.id).order_by(Result.candidate_no, Result.id)
    every = db.session.execute(query).all()
    rows = [row for row in every if len(row.item_marks) == len(items)]
    responses = exams.answers_of(found.sitting_id)
    return Papers(
        items=items,
        codes=[row.code for row in rows],
        candidate_nos=[row.candidate_no for row in rows],
        learner_ids=[row.learner_id for row in rows],
        hundredths=to_hundredths([row.item_marks for row in rows], len(items)),
        answers=[_answers(item, [responses.get(row.attempt_id, {}) for row in rows]) for item in items],
        left_out=len(every) - len(rows),
    )


def _answers(item: Item, responses: list[dict[int, str]]) -> Answers:
    given = [one.get(item.position, "") for one in responses]
    return Answers.of([ANSWERED if one else "" for one in given] if item.kind == GIVEN_BY_PEOPLE else given)


def analysis_of(papers: Papers) -> Report:
    """The item analysis of a version."""
    return analyze(papers.items, papers.hundredths, papers.answers)


@dataclass(frozen=True, slots=True)
class Compared:
    """Answers as codes (−1 blank) and which are right, for the items that a rule marks; `places` are their columns."""

    places: list[int]
    codes: NDArray[np.int32]
    right: NDArray[np.bool_]


def compared(papers: Papers) -> Compared:
    """What is compared between candidates: everything but what people mark."""
    places = [at for at, item in enumerate(papers.items) if item.kind != GIVEN_BY_PEOPLE]
    codes = np.full((len(papers.codes), len(places)), -1, dtype=np.int32)
    for column, at in enumerate(places):
        answers = papers.answers[at]
        values = np.array([-1 if one == "" else place for place, one in enumerate(answers.distinct)], dtype=np.int32)
        codes[:, column] = values[answers.where]
    full = np.array([int(papers.items[at].marks.scaleb(2)) for at in places], dtype=np.int32)
    return Compared(places, codes, papers.hundredths[:, places] == full[None, :])


def pairs_of(found: ResultList) -> tuple[Papers, Compared, list[Pair]]:
    """The pairs of papers that are more alike than chance allows. Raises TooManyPapers."""
    papers = papers_of(found, most=MOST_PAPERS)
    table = compared(papers)
    return papers, table, similar_pairs(table.codes, table.right)


class Seat(Protocol):
    """Where somebody sat."""

    @property
    def room_number(self) -> int: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def label(self) -> str: ...


def seats_in(sitting_id: int) -> Mapping[int, Seat]:
    """The seats of a sitting by learner; nothing where no seats were given."""
    return exams.seats_of(sitting_id)


def seat_distance(one: Seat | None, other: Seat | None) -> int | None:
    """Seats apart, diagonally or straight (1: beside, before or behind); None in two rooms or where a seat is not known."""
    if one is None or other is None or one.room_number != other.room_number:
        return None
    return max(abs(one.row - other.row), abs(one.column - other.column))
