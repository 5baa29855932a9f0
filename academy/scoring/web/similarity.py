"""Answers too much alike: a dossier for a panel. Nothing is decided here, and no paper is voided."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from academy.core.access import allow
from academy.core.clock import now
from academy.core.errors import DomainError, NotFound
from academy.core.sheets import XLSX, Book, Column
from academy.core.text import N_, Text, render
from academy.exams import queries as exams
from academy.exams.queries import ShownItem
from academy.exams.rules.kinds import KIND_WORDS
from academy.people import queries as people
from academy.people.queries import Learner
from academy.scoring import queries
from academy.scoring.models import ResultList
from academy.scoring.policies import COMPARING_ROLES
from academy.scoring.queries import Compared, Papers
from academy.scoring.rules.analysis.similarity import FEWEST_PAPERS, RATE, Pair, longest_run
from academy.scoring.web import blueprint
from academy.scoring.web.analysis import shown_list
from academy.timetable import queries as timetable

SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Alike:
    """A pair with who, where and how much."""

    pair: Pair
    codes: tuple[str, str]
    candidate_nos: tuple[str, str]
    learners: tuple[Learner, Learner]
    seats: tuple[str, str]
    distance: int | None
    run: int

    @property
    def chance(self) -> str:
        """One in how many pairs of honest candidates would be as much alike."""
        return f"{1 / max(self.pair.p_value, SMALLEST):,.0f}"

    @property
    def is_beyond(self) -> bool:
        """Whether the chance is too small to be written out."""
        return self.pair.p_value < SMALLEST


def _alike(sitting: Any, papers: Papers, table: Compared, pairs: list[Pair]) -> list[Alike]:
    seats = queries.seats_in(sitting.id)
    rows = {row for pair in pairs for row in (pair.first, pair.second)}
    learners = people.learners_by_ids({papers.learner_ids[row] for row in rows})
    found = []
    for pair in pairs:
        both = (pair.first, pair.second)
        ids = tuple(papers.learner_ids[row] for row in both)
        one, other = (seats.get(learner_id) for learner_id in ids)
        found.append(
            Alike(
                pair=pair,
                codes=(papers.codes[both[0]], papers.codes[both[1]]),
                candidate_nos=(papers.candidate_nos[both[0]], papers.candidate_nos[both[1]]),
                learners=(learners[ids[0]], learners[ids[1]]),
                seats=(one.label if one else "", other.label if other else ""),
                distance=queries.seat_distance(one, other),
                run=longest_run(table.codes[both[0]], table.codes[both[1]]),
            )
        )
    return found


@blueprint.get("/manage/scoring/<code>/similarity")
@allow(*COMPARING_ROLES)
def similarity(code: str) -> ResponseReturnValue:
    """The pairs that a panel should look at."""
    sitting = exams.get_sitting(code)
    found = shown_list(sitting)
    context = {
        "sitting": sitting,
        "training_class": timetable.class_by_id(sitting.class_id),
        "list": found,
        "rate": f"{100 * RATE:.0f}",
        "fewest": FEWEST_PAPERS,
    }
    if found is None:
        return render_template("scoring/similarity.html", **context, rows=[], count=0, refusal=None)
    try:
        papers, table, pairs = queries.pairs_of(found)
    except DomainError as refusal:
        return render_template("scoring/similarity.html", **context, rows=[], count=0, refusal=refusal)
    rows = _alike(sitting, papers, table, pairs)
    return render_template("scoring/similarity.html", **context, rows=rows, count=len(papers.codes), refusal=None)


@blueprint.get("/manage/scoring/<code>/similarity/<first>/<second>")
@allow(*COMPARING_ROLES)
def pair(code: str, first: str, second: str) -> ResponseReturnValue:
    """Two papers side by side. Raises NotFound for a pair that is not listed."""
    sitting = exams.get_sitting(code)
    found = shown_list(sitting)
    if found is None:
        raise NotFound
    papers, table, one = _listed(sitting, found, first, second)
    return render_template(
        "scoring/pair.html",
        sitting=sitting,
        list=found,
        one=one,
        lines=_lines(exams.shown_items(sitting.paper_id), papers, table, one.pair),
        kind_words=KIND_WORDS,
    )


def _listed(sitting: Any, found: ResultList, first: str, second: str) -> tuple[Papers, Compared, Alike]:
    papers, table, pairs = queries.pairs_of(found)
    rows = _alike(sitting, papers, table, pairs)
    one = next((row for row in rows if row.codes == (first, second)), None)
    if one is None:
        raise NotFound
    return papers, table, one


@dataclass(frozen=True, slots=True)
class Line:
    """One question as both answered it."""

    item: ShownItem
    answers: tuple[str, str]
    right: tuple[bool, bool]
    share: float  # of all candidates who gave the first one's answer

    @property
    def is_shared_wrong(self) -> bool:
        """Whether both gave the same wrong answer."""
        return self.answers[0] == self.answers[1] != "" and not any(self.right)


def _lines(items: list[ShownItem], papers: Papers, table: Compared, pair: Pair) -> list[Line]:
    by_position = {item.position: item for item in items}
    lines = []
    for column, at in enumerate(table.places):
        answers = papers.answers[at]
        first, second = int(answers.where[pair.first]), int(answers.where[pair.second])
        lines.append(
            Line(
                item=by_position[papers.items[at].position],
                answers=(answers.distinct[first], answers.distinct[second]),
                right=(bool(table.right[pair.first, column]), bool(table.right[pair.second, column])),
                share=float((answers.where == first).mean()),
            )
        )
    return lines


@blueprint.get("/manage/scoring/<code>/similarity.xlsx")
@allow(*COMPARING_ROLES)
def similarity_file(code: str) -> ResponseReturnValue:
    """The pairs as a workbook for the panel."""
    sitting, at = exams.get_sitting(code), now()
    found = shown_list(sitting)
    if found is None:
        raise NotFound
    papers, table, pairs = queries.pairs_of(found)
    columns = [Column(render(words), 14) for words in (N_("考生甲"), N_("姓名"), N_("考生乙"), N_("姓名"))]
    columns += [Column(render(words), 10) for words in (N_("相同错答"), N_("甲的错答"), N_("预期相同"), N_("相同对答"))]
    columns += [Column("p", 12, "0.0E+00"), Column("q", 12, "0.0E+00"), Column(render(N_("最长连续相同")), 12)]
    columns += [Column(render(words), 10) for words in (N_("甲座位"), N_("乙座位"), N_("座位相隔"))]
    told = N_("第 %(v)s 版成绩，%(count)s 份答卷。相同不等于作弊：供评议组听取陈述时使用，系统不作废任何答卷。")
    notes = [render(Text(told, v=found.version, count=len(papers.codes)))]
    book, name = Book(as_of=at), render(N_("雷同材料"))
    rows = [_cells(row) for row in _alike(sitting, papers, table, pairs)]
    book.sheet(name, columns, rows, title=f"{sitting.title_zh} {name}", notes=notes)
    return send_file(BytesIO(book.content()), XLSX, as_attachment=True, download_name=f"similarity-{sitting.code}.xlsx")


def _cells(row: Alike) -> list[str | int | float | None]:
    pair = row.pair
    return [
        row.candidate_nos[0], row.learners[0].name_zh, row.candidate_nos[1], row.learners[1].name_zh,
        pair.shared_wrong, pair.wrong[0], round(pair.expected, 1), pair.shared_right, pair.p_value, pair.q_value, row.run,
        row.seats[0], row.seats[1], row.distance,
    ]  # fmt: skip
