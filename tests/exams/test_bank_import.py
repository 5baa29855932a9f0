"""Every row of a question table is taken, kept as it was, or refused with its reasons."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.core.errors import Forbidden
from academy.core.sheets import ColumnsAreMissing
from academy.exams import queries, services
from academy.exams.queries import Effect, QuestionPreview
from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import FileIsUnreadable, read_question
from academy.exams.rules.kinds import ImportState, QuestionKind
from tests.exams.factories import MANAGER, OPTIONS, World, load_questions, make_short_paper, make_world

GOOD = {"code": "N-1", "kind": "单选题", "stem": "新题", "answer": "A", "marks": "1", "difficulty": "较难", **OPTIONS}


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=0)


def look(world: World, *rows: dict[str, str]) -> list[QuestionPreview]:
    return queries.preview_questions(world.bank.id, list(enumerate(rows, 2)))


def test_all_questions_of_the_sample_are_taken_with_their_kinds(world: World) -> None:
    load_questions(world)
    counts = queries.bank_counts()
    assert counts == {
        QuestionKind.SINGLE: 243,
        QuestionKind.MULTIPLE: 82,
        QuestionKind.TRUE_FALSE: 30,
        QuestionKind.SHORT_TEXT: 20,
        QuestionKind.NUMERIC: 10,
        QuestionKind.ESSAY: 8,
        QuestionKind.CASE: 6,
    }  # the factory's own three and two among them
    case = queries.get_question("Q-0389").wording
    assert [part["marks"] for part in case.sub_questions] == ["6", "6", "8"]


def test_taking_the_same_table_again_changes_nothing(world: World) -> None:
    load_questions(world)
    before = queries.bank_counts()
    load_questions(world)
    assert queries.bank_counts() == before
    assert queries.get_question("Q-0001").question.version == 1


def test_a_changed_question_becomes_a_version_and_papers_keep_theirs(world: World, now: datetime) -> None:
    paper = make_short_paper(world)
    pinned = queries.shown_items(paper.id)[0]
    changed = {"code": "T-1", "kind": "单选题", "stem": "改过的题干", "answer": "B", "marks": "1", "topic": "短题", **OPTIONS}
    previews = look(world, changed)
    assert [preview.effect for preview in previews] == [Effect.CHANGED]
    services.take_questions(bank_id=world.bank.id, previews=previews, actor=MANAGER, now=now)
    assert [(v.version, v.stem_zh) for v in queries.question_versions(previews[0].known.question.id)] == [  # type: ignore[union-attr]
        (2, "改过的题干"),
        (1, "题干T-1"),
    ]
    assert queries.shown_items(paper.id)[0] == pinned


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": ""}, "题号为空"),
        ({"kind": "单选"}, "题型“单选”不认识"),
        ({"stem": " "}, "题干为空"),
        ({"stem": "长" * 10_001}, "超过 10000 字"),
        ({"answer": "F"}, "超出选项 A—E"),
        ({"answer": "AB"}, "单选题填了“AB”"),
        ({"answer": ""}, "没有写答案"),
        ({"answer": "甲"}, "不是选项字母"),
        ({"kind": "多选题", "answer": "A"}, "只有一个选项"),
        ({"kind": "多选题", "answer": "AAB"}, "重复的字母"),
        ({"option_b": ""}, "选项 B 为空"),
        ({"option_b": "选项a"}, "一模一样"),
        ({"marks": "-1"}, "不是 0 到 100 的数"),
        ({"marks": "NaN"}, "不是 0 到 100 的数"),
        ({"marks": "1e400"}, "不是 0 到 100 的数"),
        ({"difficulty": "9"}, "难度“9”"),
        ({"field_code": "ZZ-99"}, "没有代码为“ZZ-99”的领域"),
        ({"sub_questions": "{"}, "小题的写法读不出来"),
        ({"kind": "判断题", "answer": "也许"}, "T 或 F"),
        ({"kind": "填空题", "answer": ""}, "没有写答案"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(change: dict[str, str], reason: str) -> None:
    read = read_question({**GOOD, **change}, field_codes=frozenset())
    assert isinstance(read, list)
    assert any(reason in str(fault) for fault in read)


def test_answers_are_read_however_they_are_written() -> None:
    for written in ("a、c", "Ａ，Ｃ", "C A", "ca"):
        read = read_question({**GOOD, "kind": "多选题", "answer": written}, field_codes=frozenset())
        assert isinstance(read, Draft)
        assert read.answer == "AC"


def test_a_code_that_stands_twice_is_taken_once(world: World) -> None:
    first, second = look(world, GOOD, {**GOOD, "stem": "又一次"})
    assert (first.effect, second.effect) == (Effect.NEW, Effect.REFUSED)
    assert "第 2 行已经出现" in str(second.faults[0])


def test_an_upload_is_imported_once(world: World, now: datetime) -> None:
    content = "题号,题型,题干,选项A,选项B,答案,分值\nU-1,单选题,题,甲,乙,A,1\nU-2,单选题,题,甲,乙,C,1\n".encode()
    upload = services.upload_questions(bank_id=world.bank.id, file_name="题.csv", content=content, actor=MANAGER, now=now)
    assert queries.bank_counts()[QuestionKind.SINGLE] == 3
    services.import_questions(code=upload.code, actor=MANAGER, now=now)
    db.session.refresh(upload)
    assert (upload.state, upload.taken_count, upload.refused_count) == (ImportState.IMPORTED, 1, 1)
    with pytest.raises(services.ImportIsDecided):
        services.import_questions(code=upload.code, actor=MANAGER, now=now)
    with pytest.raises(services.ImportIsDecided):
        services.discard_import(code=upload.code, actor=MANAGER, now=now)


def test_files_that_are_no_tables_are_refused_and_nothing_is_kept(world: World, now: datetime) -> None:
    for content, refusal in ((b"PK\x03\x04broken", FileIsUnreadable), (b"a,b\n1,2\n", ColumnsAreMissing)):
        with pytest.raises(refusal):
            services.upload_questions(bank_id=world.bank.id, file_name="x", content=content, actor=MANAGER, now=now)
    assert queries.imports_of(None) == []


def test_learners_may_not_touch_the_bank(world: World, now: datetime) -> None:
    learner = Actor(1, "孙婷婷", frozenset({Grant(Role.LEARNER)}))
    with pytest.raises(Forbidden):
        services.upload_questions(bank_id=world.bank.id, file_name="x.csv", content=b"", actor=learner, now=now)
    with pytest.raises(Forbidden):
        services.take_questions(bank_id=world.bank.id, previews=[], actor=learner, now=now)


def test_search_finds_words_topics_and_codes(world: World) -> None:
    load_questions(world)
    for search, code in (("汤因比馆", "Q-0004"), ("q-0004", "Q-0004"), ("社会工作内涵", "Q-0001")):
        found, total = queries.questions(queries.BankFilter(search=search), limit=400)
        assert code in {row.question.code for row in found}
        assert total == len(found)
    assert queries.questions(queries.BankFilter(search="100%_"))[1] == 0
