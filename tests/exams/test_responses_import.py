"""Answers on paper: every row explained before anything is written."""

import io
from datetime import datetime

import openpyxl
import pytest
from sqlalchemy.orm import Session

from academy.core.sheets import SheetIsEmpty
from academy.exams import queries, services
from academy.exams.models import ExamSitting
from academy.exams.queries.imports import CandidateColumnIsMissing
from academy.exams.rules.kinds import AttemptSource, AttemptState
from academy.exams.services.responses import ColumnsDoNotFit
from tests.exams.factories import MANAGER, World, make_sitting, make_world

HEAD = "candidate_no,T-1,T-2,T-3,T-4,T-5\n"


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=4)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    return make_sitting(world)


def verdicts(sitting: ExamSitting, rows: str) -> dict[int, tuple[str, str]]:
    found = queries.preview_responses(sitting.id, (HEAD + rows).encode())
    assert found.column_faults == ()
    return {row.number: (row.verdict.value, "；".join(map(str, row.faults + row.notes))) for row in found.rows}


def test_candidates_are_numbered_in_the_order_of_admission(world: World, sitting: ExamSitting) -> None:
    assert queries.candidates_of(sitting.id) == {f"K{place:04}": learner.id for place, learner in enumerate(world.learners, 1)}


def test_numbering_again_gives_numbers_to_newcomers_only(sitting: ExamSitting, now: datetime) -> None:
    before = queries.candidates_of(sitting.id)
    assert services.assign_candidate_numbers(sitting_id=sitting.id, actor=MANAGER, now=now) == 0
    assert queries.candidates_of(sitting.id) == before


def test_each_row_gets_its_verdict_and_reason(sitting: ExamSitting) -> None:
    found = verdicts(
        sitting,
        "K0001,A,B,C,ABC,DE\n"
        "k0002,a,Ｂ,,C A,\n"
        "K0003,AB,B,C,ABC,DE\n"
        "K0004,F,B,C,AAB,?\n"
        "K0999,A,B,C,ABC,DE\n"
        ",A,B,C,ABC,DE\n"
        "K0001,B,B,B,AB,AB\n",
    )
    assert {number: state for number, (state, _) in found.items()} == {
        2: "no", 3: "fix", 4: "fix", 5: "no", 6: "no", 7: "no", 8: "no",
    }  # fmt: skip
    assert "还出现在第 8 行" in found[2][1]
    assert "第 1 题“a”读作 A" in found[3][1]
    assert "单选涂了 AB" in found[4][1]
    assert "第 1 题“F”超出选项 A—E" in found[5][1]
    assert "第 4 题“AAB”里有重复的字母" in found[5][1]
    assert "第 5 题“?”不是选项字母" in found[5][1]
    assert "没有考生 K0999" in found[6][1]
    assert "没有考生号" in found[7][1]


def test_importing_writes_the_good_rows_once(sitting: ExamSitting, now: datetime) -> None:
    content = (HEAD + "K0001,A,B,C,ABC,DE\nK0002,AB,,,AB,\nK0777,A,A,A,A,A\n").encode()
    upload = services.upload_responses(sitting_id=sitting.id, file_name="答卷.csv", content=content, actor=MANAGER, now=now)
    assert queries.attempts_of(sitting.id) == []
    services.import_responses(code=upload.code, actor=MANAGER, now=now)
    attempts = queries.attempts_of(sitting.id)
    assert [(a.candidate_no, a.source, a.state) for a in attempts] == [
        ("K0001", AttemptSource.PAPER, AttemptState.SUBMITTED),
        ("K0002", AttemptSource.PAPER, AttemptState.SUBMITTED),
    ]
    answers = queries.answers_of(sitting.id)
    assert answers[attempts[0].id] == {1: "A", 2: "B", 3: "C", 4: "ABC", 5: "DE"}
    assert answers[attempts[1].id] == {1: "AB", 4: "AB"}
    with pytest.raises(services.ImportIsDecided):
        services.import_responses(code=upload.code, actor=MANAGER, now=now)


def test_answers_that_are_kept_are_not_overwritten(sitting: ExamSitting, world: World, now: datetime) -> None:
    services.start_attempt(sitting_id=sitting.id, actor=world.actor(1), now=now)
    assert verdicts(sitting, "K0002,A,B,C,ABC,DE\n")[2] == ("no", "考生 K0002 已有答卷，不会覆盖")


def test_a_table_of_another_paper_is_refused_as_a_whole(sitting: ExamSitting, now: datetime) -> None:
    content = b"candidate_no,T-1,T-2,T-3,T-4,T-9,T-1\nK0001,A,B,C,ABC,DE,A\n"
    faults = [str(fault) for fault in queries.preview_responses(sitting.id, content).column_faults]
    assert faults == ["缺少 1 列：T-5", "多出 1 列：T-9，不是这张卷子的题", "T-1 出现了两次"]
    upload = services.upload_responses(sitting_id=sitting.id, file_name="x.csv", content=content, actor=MANAGER, now=now)
    with pytest.raises(ColumnsDoNotFit, match="缺少 1 列"):
        services.import_responses(code=upload.code, actor=MANAGER, now=now)
    assert queries.attempts_of(sitting.id) == []


def test_a_table_without_candidates_or_rows_is_refused(sitting: ExamSitting) -> None:
    with pytest.raises(CandidateColumnIsMissing):
        queries.preview_responses(sitting.id, b"T-1,T-2\nA,B\n")
    with pytest.raises(SheetIsEmpty):
        queries.preview_responses(sitting.id, HEAD.encode())


def test_a_workbook_is_read_too_and_its_formulas_are_not_computed(sitting: ExamSitting) -> None:
    book = openpyxl.Workbook()
    assert book.active
    book.active.append(["考生号", "T-1", "T-2", "T-3", "T-4", "T-5"])
    book.active.append(["K0001", "A", "B", "C", "ABC", "DE"])
    book.active.append(["K0002", "=CHAR(65)", "B", "C", "ABC", "DE"])
    kept = io.BytesIO()
    book.save(kept)
    rows = queries.preview_responses(sitting.id, kept.getvalue()).rows
    assert [row.verdict.value for row in rows] == ["ok", "no"]


def test_nothing_is_imported_into_a_cancelled_sitting(sitting: ExamSitting, now: datetime) -> None:
    upload = services.upload_responses(
        sitting_id=sitting.id, file_name="x.csv", content=(HEAD + "K0001,A,B,C,AB,DE\n").encode(), actor=MANAGER, now=now
    )
    services.cancel_sitting(sitting_id=sitting.id, actor=MANAGER, now=now)
    with pytest.raises(Exception, match="已经取消"):
        services.import_responses(code=upload.code, actor=MANAGER, now=now)
