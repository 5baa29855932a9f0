"""The pages of the bank, of blueprints and of printed papers, in a browser without scripts."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.accounts.models import User
from academy.core.access import Actor, Grant, Role
from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.lifecycle import QuestionStatus
from tests.accounts.factories import make_user
from tests.exams.factories import World, load_questions, make_sitting, make_world
from tests.exams.pictures import png

SignIn = Callable[[Any, Any], None]
NEW = "/manage/exams/questions/new?kind="
TYPED: dict[str, dict[str, Any]] = {
    "single": {"option_1": "甲", "option_2": "乙", "right": "A"},
    "multiple": {"option_1": "甲", "option_2": "乙", "option_3": "丙", "right": ["A", "C"], "scoring": "exact"},
    "true_false": {"truth": "F"},
    "short_text": {"blank_1": "同理心 | 1 | 同理\r\n共情 | 1 | 同理\r\n同情 | 0.5", "blank_2": "尊重"},
    "numeric": {"number_1": "-11.7", "tolerance_1": "0.02", "within_1": "nominal", "unit_1": "万元"},
    "matching": {"option_1": "甲", "option_2": "乙", "prompt_1": "一", "prompt_2": "二", "match_1": "B", "match_2": "A"},
    "ordering": {"option_1": "甲", "option_2": "乙", "option_3": "丙", "order": "CAB"},
    "essay": {"criterion_1": "要点", "criterion_marks_1": "2", "criterion_levels_1": "优 | 1.5-2 | 准确"},
    "case": {},
}
SHOWN = {
    "short_text": "同理心、共情、同情（0.5）",
    "numeric": "-11.7万元（相差不超过 0.02）",
    "matching": "1—B；2—A",
    "ordering": "C → A → B",
    "essay": "1.5—2",
    "true_false": "错",
}


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=1)


@pytest.fixture
def teacher(client: Any, sign_in: SignIn, world: World) -> User:
    user = make_user(Role.INSTRUCTOR)
    db.session.commit()
    sign_in(client, user)
    return user


def actor_of(user: User) -> Actor:
    return Actor(user.id, user.name_zh, frozenset({Grant(Role.INSTRUCTOR)}))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def typed(kind: str, **more: Any) -> dict[str, Any]:
    stem = f"社会工作者写的一道{kind}类型的新题目，说的是____和____"
    return {"stem": stem, "marks": "2", "difficulty": "3", "field": "PD-01", "topic": "新题", **TYPED[kind], **more}


def write(client: Any, kind: str, **more: Any) -> str:
    saved = client.post_form(NEW + kind, typed(kind, **more))
    assert saved.status_code == 302, text(saved)
    return str(saved.location.split("/questions/")[1].split("/")[0])


@pytest.mark.parametrize("kind", [kind.value for kind in QuestionKind])
def test_a_question_of_each_kind_is_typed_shown_and_opened_again(client: Any, teacher: User, kind: str) -> None:
    code = write(client, kind, code=f"N-{kind[:5]}")
    page = text(client.get(f"/manage/exams/questions/{code}"))
    assert "草稿，等第二人审" in page
    assert "要由另一个人审" in page or "案例还没有小题" in page
    assert SHOWN.get(kind, "一道") in page
    edit = f"/manage/exams/questions/{code}/edit"
    shown = text(client.get(edit))
    for value in TYPED[kind].values():
        for one in [value] if isinstance(value, str) else value:
            assert one.split("\r\n")[0] in shown
    again = client.post_form(edit, typed(kind, version="1"))
    assert again.status_code == 302
    assert queries.get_question(code).question.version == 1  # the same words make no version


def test_what_is_wrong_is_named_and_what_was_typed_is_kept(client: Any, teacher: User) -> None:
    refused = client.post_form(NEW + "single", {**typed("single"), "right": "", "marks": "许多", "option_3": "丙丁"})
    assert refused.status_code == 422
    assert "请勾出正确选项" in text(refused)
    assert "分值要在 0 到 100 之间" in text(refused)
    assert "丙丁" in text(refused)
    assert client.get("/manage/exams/questions/new?kind=poem").status_code == 404


def test_a_like_question_is_shown_before_it_is_saved(client: Any, teacher: User) -> None:
    first = write(client, "essay")
    again = typed("essay", stem=typed("essay")["stem"] + "。")
    told = client.post_form(NEW + "essay", again)
    assert told.status_code == 422
    assert f"看过 {first}，不是重复" in text(told)
    assert client.post_form(NEW + "essay", {**again, "seen": first}).status_code == 302
    assert "1 对题很像" in text(client.get("/manage/exams/likes"))


def test_another_person_reviews_and_the_question_comes_into_use(client: Any, sign_in: SignIn, teacher: User) -> None:
    code = write(client, "single")
    path = f"/manage/exams/questions/{code}"
    told = client.post_form(f"{path}/1/review", page=path, follow_redirects=True)
    assert "您自己写的" in text(told)
    second = make_user(Role.INSTRUCTOR)
    db.session.commit()
    sign_in(client, second)
    assert code in text(client.get("/manage/exams/review"))
    client.post_form(f"{path}/1/review", {"note": "核过"}, page=path)
    client.post_form(f"{path}/1/use", page=path)
    db.session.expire_all()
    assert queries.get_version(code, 1).wording.status is QuestionStatus.IN_USE
    assert "审过，核过" in text(client.get(path))
    assert "请写明原因" in text(client.post_form(f"{path}/1/retire", {"note": " "}, page=path, follow_redirects=True))
    assert client.post_form(f"{path}/1/delete", page=path).status_code == 404
    client.post_form("/manage/exams/review", {"version": ["T-1@1", "T-2@1", "T-9@x", "nobody"]})
    assert "在用、但没有第二人看过：3 道" in text(client.get("/manage/exams/review"))


def test_a_case_is_made_of_parts_of_any_kind(client: Any, teacher: User) -> None:
    code = write(client, "case")
    path = f"/manage/exams/questions/{code}"
    for version, kind in enumerate(("single", "short_text", "essay"), 1):
        saved = client.post_form(f"{path}/parts/new?kind={kind}", {**typed(kind), "version": str(version)})
        assert saved.status_code == 302, text(saved)
    row = queries.get_question(code)
    case = queries.wording_of(row.question, row.wording)
    assert [(part.no, part.kind.value) for part in case.parts] == [(1, "single"), (2, "short_text"), (3, "essay")]
    assert (str(case.marks), row.question.version) == ("6.00", 4)
    assert [one["sub_question_no"] for one in row.wording.rubric] == [3]
    stale = client.post_form(f"{path}/parts/1", {**typed("single"), "stem": "改", "version": "2"})
    assert "您的改动没有保存" in text(stale)
    client.post_form(f"{path}/parts/2/remove", {"version": "4"}, page=path)
    db.session.expire_all()
    row = queries.get_question(code)
    assert [part["no"] for part in row.wording.sub_questions] == [1, 3]
    page = text(client.get(path))
    assert "第 3 小题" in page
    assert client.get(f"{path}/parts/2").status_code == 404
    assert client.get("/manage/exams/questions/T-1/parts/new").status_code == 404


def test_a_picture_is_kept_and_seen_only_by_those_who_may(client: Any, sign_in: SignIn, world: World, teacher: User) -> None:
    picture = {"picture": (io.BytesIO(png()), "图.png"), "picture_alt": "生态图"}
    code = write(client, "single", **picture)
    shown = queries.pictures_of([queries.get_question(code).wording.id]).popitem()[1][0]
    answer = client.get(f"/exams/pictures/{shown.code}")
    assert (answer.status_code, answer.mimetype, answer.get_data()) == (200, "image/png", png())
    refused = client.post_form(NEW + "ordering", typed("ordering", picture=(io.BytesIO(b"<svg/>"), "a.svg"), picture_alt="x"))
    assert "这张图片不能用" in text(refused)
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    assert client.get(f"/exams/pictures/{shown.code}").status_code == 404


def test_a_candidate_sees_the_picture_of_her_paper(client: Any, sign_in: SignIn, world: World, teacher: User) -> None:
    code = write(client, "single", picture=(io.BytesIO(png()), "图.png"), picture_alt="生态图")
    second = actor_of(make_user(Role.INSTRUCTOR))
    now = datetime.now(UTC)
    with transaction():
        services.review_question(code=code, version=1, actor=second, now=now)
        services.use_question(code=code, version=1, actor=second, now=now)
        key = [services.KeyItem(code, QuestionKind.SINGLE, "A", queries.get_question(code).wording.marks)]
        paper = services.take_over_paper(bank_id=world.bank.id, title_zh="图卷", minutes=60, items=key, actor=second, now=now)
    sitting = make_sitting(world, paper, opens_at=now)
    with transaction():
        services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC))
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    shown = queries.shown_items(paper.id)[0].pictures[0]
    assert client.get(f"/exams/pictures/{shown.code}").status_code == 200


def test_a_material_is_written_corrected_and_pinned(client: Any, teacher: User) -> None:
    made = client.post_form("/manage/exams/materials/new", {"title_zh": "议事", "text_zh": "旧文"})
    assert made.status_code == 302
    assert client.post_form("/manage/exams/materials/new", {"title_zh": "", "text_zh": ""}).status_code == 422
    material = queries.get_material(made.location.rpartition("/")[2])
    pinned = queries.material_versions(material.id)[0].id
    code = write(client, "single", material=str(pinned))
    assert "旧文" in text(client.get(f"/manage/exams/questions/{code}"))
    path = f"/manage/exams/materials/{material.code}"
    told = client.post_form(path, {"title_zh": "议事", "text_zh": "新文", "version": "1"}, follow_redirects=True)
    assert "1 道题各有一份新草稿等人审" in text(told)
    assert "已经有第 2 版" in text(client.post_form(path, {"title_zh": "议事", "text_zh": "又新", "version": "1"}))


CELLS = {
    "title_zh": "小测", "minutes": "30", "most_common": "0",
    "kind_1": "single", "count_1": "10", "marks_1": "1", "low_1": "1", "high_1": "5",
    "kind_2": "case", "count_2": "1", "marks_2": "20", "low_2": "1", "high_2": "5",
}  # fmt: skip


def test_from_a_blueprint_to_printed_papers(client: Any, world: World, teacher: User) -> None:
    with transaction():
        load_questions(world)
    made = client.post_form("/manage/exams/blueprints/new", CELLS)
    assert made.status_code == 302, text(made)
    path = made.location
    assert "题库够组 1 张卷子" in text(client.get(path))
    short = text(client.get(f"{path}?forms=8"))
    assert "题库还缺" in short
    assert "题不够，组不了" in short
    told = client.post_form(path, {"title_zh": "小测", "forms": "8"}, page=path, follow_redirects=True)
    assert "题库不够组这张卷子" in text(told)
    assert queries.papers() == []
    done = client.post_form(path, {"title_zh": "小测", "forms": "2"}, page=path)
    proof = text(client.get(done.location))
    assert "合乎蓝图" in proof
    assert "小测（B卷）" in proof
    client.post_form(done.location, page=done.location)
    assert "又核对了一次" in text(client.get(done.location))
    paper = done.location.removesuffix("/proof")
    for shown in ("", "/preview"):
        page = text(client.get(paper + shown))
        assert page.count("第 10 题") == 1
    assert "参考" not in text(client.get(f"{paper}/preview"))
    for what in ("paper", "key"):
        printed = client.get(f"{paper}/{what}.pdf")
        assert (printed.status_code, printed.mimetype, printed.get_data()[:5]) == (200, "application/pdf", b"%PDF-")
    assert client.get(f"{paper}/marks.pdf").status_code == 404
    edit = f"{path}/edit"
    assert client.post_form(edit, {**CELLS, "count_1": "12", "version": "1"}).status_code == 302
    assert "您的改动没有保存" in text(client.post_form(edit, {**CELLS, "version": "1"}))
    assert "第 2 版" in text(client.get(path))


@pytest.mark.parametrize(
    "change", [{"count_1": "0", "count_2": ""}, {"marks_1": "NaN"}, {"marks_1": "-1"}, {"count_1": "99999"}]
)
def test_a_blueprint_that_makes_no_sense_is_refused(client: Any, teacher: User, change: dict[str, str]) -> None:
    refused = client.post_form("/manage/exams/blueprints/new", {**CELLS, **change})
    assert refused.status_code == 422
    assert "蓝图还不能用" in text(refused)
    assert queries.blueprints() == []


def test_a_printed_paper_holds_nothing_of_the_key(world: World) -> None:
    load_questions(world)
    cells = [services.KeyItem("T-1", QuestionKind.SINGLE, "A", queries.get_question("T-1").wording.marks)]
    now = datetime.now(UTC)
    actor = actor_of(make_user(Role.INSTRUCTOR))
    paper = services.take_over_paper(bank_id=world.bank.id, title_zh="x", minutes=60, items=cells, actor=actor, now=now)
    given = {"printed_at": "", "printed_by": ""}
    for is_key in (False, True):
        question = queries.print_facts(paper, with_key=is_key, **given)["sections"][0]["questions"][0]
        assert ("key" in question, "explanation" in question, "code" in question) == (is_key, is_key, is_key)


def test_learners_find_none_of_it(client: Any, sign_in: SignIn, world: World) -> None:
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    for path in ("questions/new", "questions/T-1", "questions/T-1/edit", "review", "likes", "materials", "blueprints"):
        assert client.get(f"/manage/exams/{path}").status_code == 403


ODD = (
    "bank?status=odd bank?status=draft questions/T-1?v=99 questions/T-1?v=x questions/nobody questions/nobody/edit "
    "likes?page=99 blueprints/none blueprints/none/edit papers/none/proof papers/none/paper.pdf materials/none "
    "questions/T-1/parts/1"
)


@pytest.mark.parametrize("path", ODD.split())
def test_odd_addresses_are_answered(client: Any, teacher: User, path: str) -> None:
    assert client.get(f"/manage/exams/{path}").status_code in {200, 404}


def test_nothing_typed_into_the_form_breaks_the_page(client: Any, teacher: User) -> None:
    odd = ["\x00", "1e999999", "sNaN", "长" * 3_000, "<script>alert(1)</script>", "‮倒", "|||", "-", "٣"]
    token = client.token(NEW + "numeric")
    for kind in TYPED:
        for value in odd:
            names = ("stem", "marks", "option_1", "option_2", "right", "blank_1", "number_1", "share_1", "criterion_1", "code",
                     "criterion_marks_1", "prompt_1", "match_1", "order", "difficulty", "exposure_limit", "material", "source",
                     "topic", "picture_alt", "seen", "scoring")  # fmt: skip
            data = {**typed(kind), **dict.fromkeys(names, value), "csrf_token": token}
            assert client.post(NEW + kind, data=data).status_code in {302, 422}
            one = {**typed(kind), "code": value, "source": value, "topic": value, "csrf_token": token}
            assert client.post(NEW + kind, data=one).status_code in {302, 422}
    page = text(client.get("/manage/exams/bank?q=alert"))
    assert "<script>alert" not in page
