"""Questions come into the bank from any format and go out again, with a report for each."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core.access import Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.db import db
from academy.core.errors import Forbidden
from academy.exams import queries, services
from academy.exams.queries import BankFilter, Effect
from academy.exams.rules.formats import BankFormat, FileIsDangerous, FileIsUnreadable
from academy.exams.rules.kinds import QuestionKind
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, World, load_questions, make_world

SignIn = Callable[[Any, Any], None]
FILES = Path(__file__).parent / "formats" / "files"
EVERYTHING = BankFilter()


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=0)


def bring(world: World, content: bytes, now: datetime) -> Any:
    upload = services.upload_questions(bank_id=world.bank.id, file_name="题", content=content, actor=MANAGER, now=now)
    return services.import_questions(code=upload.code, actor=MANAGER, now=now)


@pytest.mark.parametrize("format_", list(BankFormat))
def test_the_whole_bank_out_and_in_again_changes_nothing(world: World, now: datetime, format_: BankFormat) -> None:
    load_questions(world)
    file = services.export_questions(filter_=EVERYTHING, format_=format_, actor=MANAGER, now=now)
    assert len(file.written) + len(file.left_out) == 399
    assert {draft.kind for draft, _why in file.left_out} <= {QuestionKind.CASE}
    upload = services.upload_questions(bank_id=world.bank.id, file_name="x", content=file.content, actor=MANAGER, now=now)
    rows = queries.question_previews(upload)
    assert {row.effect for row in rows} == {Effect.SAME}
    assert len(rows) == len(file.written)


@pytest.mark.parametrize("name", ["sample_bank.gift", "sample_bank_moodle.xml", "sample_bank.xlsx"])
def test_the_examples_are_taken_into_the_bank(world: World, now: datetime, name: str) -> None:
    taken = bring(world, (FILES / name).read_bytes(), now)
    assert (taken.taken_count, taken.refused_count) == ({"sample_bank.xlsx": 60}.get(name, 40), 0)
    assert bring(world, (FILES / name).read_bytes(), now).taken_count == 0


def test_a_rule_of_its_own_and_the_prompts_are_kept_as_a_version(world: World, now: datetime) -> None:
    bring(world, "::W::选{=甲 ~%50%乙 ~丙}\n\n::M::连{=左一 -> 右一 =左二 -> 右二}".encode(), now)
    weighted, matched = queries.get_question("W").wording, queries.get_question("M").wording
    assert weighted.scoring == {"method": "weights", "weights": {"A": "1", "B": "0.5"}}
    assert (matched.prompts, matched.options, matched.answer) == (["左一", "左二"], ["右一", "右二"], "AB")
    taken = bring(world, "::W::选{=甲 ~乙 ~丙}".encode(), now)
    assert taken.taken_count == 1
    assert queries.get_question("W").question.version == 2


def test_what_is_in_use_is_exported_with_the_filter_and_leaves_a_trace(world: World, now: datetime) -> None:
    load_questions(world)
    only = BankFilter(kind=QuestionKind.CASE)
    with pytest.raises(services.NothingToExport):
        services.export_questions(filter_=only, format_=BankFormat.GIFT, actor=MANAGER, now=now)
    assert len(services.export_questions(filter_=only, format_=BankFormat.PLAIN, actor=MANAGER, now=now).written) == 6
    kinds = db.session.scalars(select(AuditRow.action)).all()
    assert "exams.questions_exported" in kinds
    with pytest.raises(Forbidden):
        services.export_questions(
            filter_=only, format_=BankFormat.PLAIN, actor=Actor(1, "学", frozenset({Grant(Role.LEARNER)})), now=now
        )


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"", b"%PDF-1.7", b'<!DOCTYPE x [<!ENTITY a "b">]><quiz>&a;</quiz>'])
def test_a_file_that_is_refused_leaves_nothing(world: World, now: datetime, content: bytes) -> None:
    with pytest.raises((FileIsUnreadable, FileIsDangerous, Exception)):
        bring(world, content, now)
    assert queries.imports_of(None) == []


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", str(response.get_data(as_text=True)))


def test_the_report_says_for_each_question_what_became_of_it(world: World, client: Any, sign_in: SignIn) -> None:
    sign_in(client, make_user(Role.INSTRUCTOR))
    content = "::G::好{T}\n\n::R::改<b>过</b>{=甲#真 ~乙}\n\n::B::坏<script>alert(1)</script>{~甲 ~乙}".encode()
    found = client.post_form("/manage/exams/bank", {"table": (io.BytesIO(content), "随便.docx")})
    page = text(client.get(f"{found.location}?v=all"))
    for words in (
        "Moodle GIFT",
        "新增，有修正",
        "反馈没有收：真",
        "没有写答案",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "文件里的原文",
    ):
        assert words in page
    assert "<script>alert" not in page
    done = text(client.post_form(found.location, {"decision": "import"}, follow_redirects=True))
    assert "导入完成：2 行" in done
    assert "没有导入的和改后导入的题" in done
    assert "改后导入" in done


def test_a_trap_is_refused_on_the_page_with_a_sentence(world: World, client: Any, sign_in: SignIn) -> None:
    sign_in(client, make_user(Role.INSTRUCTOR))
    trap = b'<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>'
    page = client.post_form("/manage/exams/bank", {"table": (io.BytesIO(trap), "q.xml")}, follow_redirects=True)
    assert "没有读取这个文件" in text(page)


def test_the_export_page_names_what_a_format_cannot_carry_and_gives_the_file(
    world: World, client: Any, sign_in: SignIn
) -> None:
    load_questions(world)
    db.session.commit()
    sign_in(client, make_user(Role.INSTRUCTOR))
    page = text(client.get("/manage/exams/bank/export?kind=case"))
    assert "导出 6 题" in page
    assert "装不下 6 题" in page
    assert "装不下这道案例分析题" in page
    file = client.post_form("/manage/exams/bank/export?kind=single", {"format": "qti3"})
    assert file.mimetype == "application/zip"
    assert file.data.startswith(b"PK")
    assert client.post_form("/manage/exams/bank/export", {"format": "docx"}).status_code == 400
    assert "没有可以导出的题" in text(client.get("/manage/exams/bank/export?q=没有这道题"))
    empty = client.post_form("/manage/exams/bank/export?kind=case", {"format": "gift"}, follow_redirects=True)
    assert "没有可以导出的题" in text(empty)
    for path in ("/manage/exams/bank", "/manage/exams/bank/export"):
        assert client.get(f"{path}?endpoint=1&_external=1&_method=x&q=%ff%22%3E").status_code == 200
