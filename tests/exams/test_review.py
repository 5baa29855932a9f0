"""Questions written by hand: a second person, versions, exposure, materials, pictures."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import Actor, Grant, Role
from academy.core.db import db
from academy.core.errors import Forbidden, NotFound
from academy.exams import queries, services
from academy.exams.models import Question, QuestionVersion
from academy.exams.rules.kinds import QuestionKind
from academy.exams.rules.lifecycle import Origin, QuestionStatus
from academy.exams.rules.pictures import PictureIsUnusable
from academy.exams.rules.wording import Wording
from tests.accounts.factories import make_user
from tests.exams.factories import World, make_world
from tests.exams.pictures import png

FILING = services.Filing("PD-01", "专业伦理", 3, "2025 年真题改编")
WORDING = Wording(
    QuestionKind.SINGLE,
    "社会工作者小郑发现服务对象有自伤的念头，此时首先应当（ ）。",
    Decimal(1),
    options=("评估风险并确保安全", "保守秘密", "结束服务", "转介媒体"),
    answer="A",
)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=0)


def teacher(name: str = "王老师") -> Actor:
    return Actor(make_user(Role.INSTRUCTOR).id, name, frozenset({Grant(Role.INSTRUCTOR)}))


def write(world: World, actor: Actor, now: datetime, **given: object) -> Question:
    made = {"code": "", "wording": WORDING, "filing": FILING, **given}
    return services.write_question(bank_id=world.bank.id, actor=actor, now=now, **made)  # type: ignore[arg-type]


def status(code: str, version: int = 1) -> QuestionStatus:
    return queries.get_version(code, version).wording.status


def in_use(world: World, code: str) -> QuestionVersion | None:
    found = queries.questions_in_use(world.bank.id, [code]).get(code)
    return found.wording if found else None


def put_in_use(code: str, version: int, reviewer: Actor, now: datetime) -> None:
    services.review_question(code=code, version=version, actor=reviewer, now=now)
    services.use_question(code=code, version=version, actor=reviewer, now=now)


def test_a_draft_is_taken_by_papers_only_after_a_second_person_has_looked_at_it(world: World, now: datetime) -> None:
    author, second = teacher(), teacher("李老师")
    code = write(world, author, now).code
    assert (status(code), in_use(world, code)) == (QuestionStatus.DRAFT, None)
    with pytest.raises(services.MoveIsImpossible):
        services.use_question(code=code, version=1, actor=second, now=now)
    services.review_question(code=code, version=1, actor=second, now=now, note="答案有据")
    assert (status(code), in_use(world, code)) == (QuestionStatus.REVIEWED, None)
    services.use_question(code=code, version=1, actor=author, now=now)
    assert in_use(world, code) is not None
    steps = queries.steps_of(queries.get_question(code).question.id)
    assert [(s.move, s.actor_name, s.note) for one in steps.values() for s in one] == [
        ("write", "王老师", ""), ("review", "李老师", "答案有据"), ("use", "王老师", "")
    ]  # fmt: skip


def test_the_author_may_not_review_and_the_database_says_so_too(world: World, now: datetime, session: Session) -> None:
    author = teacher()
    code = write(world, author, now).code
    with pytest.raises(services.ReviewIsRefused, match="您自己写的"):
        services.review_question(code=code, version=1, actor=author, now=now)
    version = queries.get_version(code, 1).wording
    for values, name in (
        ({"reviewer_id": author.user_id}, "reviewed_by_another"),
        ({"status": QuestionStatus.REVIEWED}, "reviewed_before_use"),
        ({"status": QuestionStatus.IN_USE}, "reviewed_before_use"),
    ):
        with pytest.raises(IntegrityError, match=name), session.begin_nested():
            session.execute(update(QuestionVersion).where(QuestionVersion.id == version.id).values(**values))


def test_a_review_is_given_once_and_a_returned_draft_needs_another(world: World, now: datetime) -> None:
    author, second = teacher(), teacher("李老师")
    code = write(world, author, now).code
    services.review_question(code=code, version=1, actor=second, now=now)
    with pytest.raises(services.ReviewIsRefused):
        services.review_question(code=code, version=1, actor=teacher("第三人"), now=now)
    with pytest.raises(services.ReasonIsMissing):
        services.return_question(code=code, version=1, actor=second, now=now, note="  ")
    services.return_question(code=code, version=1, actor=second, now=now, note="选项 D 不合适")
    assert status(code) is QuestionStatus.DRAFT
    assert queries.get_version(code, 1).wording.reviewer_id is None


def test_a_correction_is_a_new_version_and_the_one_in_use_stays_until_it_is_replaced(world: World, now: datetime) -> None:
    author, second = teacher(), teacher("李老师")
    code = write(world, author, now).code
    put_in_use(code, 1, second, now)
    question = queries.get_question(code).question
    for marks in (2, 3):
        services.correct_question(
            question_id=question.id, seen_version=question.version, wording=replace(WORDING, marks=Decimal(marks)),
            filing=FILING, actor=second, now=now,
        )  # fmt: skip
    assert [status(code, n) for n in (1, 2, 3)] == [QuestionStatus.IN_USE, QuestionStatus.RETIRED, QuestionStatus.DRAFT]
    kept = in_use(world, code)
    assert kept is not None
    assert kept.version == 1
    with pytest.raises(services.ReviewIsRefused):
        services.review_question(code=code, version=3, actor=second, now=now)  # she wrote this one
    put_in_use(code, 3, author, now)
    assert [status(code, n) for n in (1, 3)] == [QuestionStatus.RETIRED, QuestionStatus.IN_USE]
    services.retire_question(code=code, actor=author, now=now, note="政策已变")
    assert in_use(world, code) is None


def test_who_writes_on_an_old_page_overwrites_nothing(world: World, now: datetime) -> None:
    author = teacher()
    question = write(world, author, now)
    changed = replace(WORDING, explanation_zh="先保安全")
    services.correct_question(question_id=question.id, seen_version=1, wording=changed, filing=FILING, actor=author, now=now)
    with pytest.raises(services.QuestionHasMoved, match="第 2 版"):
        services.correct_question(
            question_id=question.id, seen_version=1, wording=WORDING, filing=FILING, actor=author, now=now
        )


def test_the_same_words_make_no_version_and_filing_changes_at_once(world: World, now: datetime) -> None:
    author = teacher()
    question = write(world, author, now)
    filed = replace(FILING, difficulty=5, exposure_limit=2)
    services.correct_question(question_id=question.id, seen_version=1, wording=WORDING, filing=filed, actor=author, now=now)
    found = queries.get_question(question.code)
    assert (found.question.version, found.question.difficulty, found.question.exposure_limit) == (1, 5, 2)


def test_a_likeness_has_to_be_looked_at_before_it_is_saved(world: World, now: datetime) -> None:
    author = teacher()
    first = write(world, author, now).code
    again = replace(WORDING, stem_zh=WORDING.stem_zh.replace("小郑", "小王").replace("，", ", "))
    with pytest.raises(services.QuestionLooksLikeOthers, match=first):
        write(world, author, now, wording=again)
    second = write(world, author, now, wording=again, seen_codes=frozenset({first})).code
    pairs = [(a.question.code, b.question.code, a.percent) for a, b in queries.like_pairs(world.bank.id)]
    assert [(a, b) for a, b, percent in pairs if percent > 80 and first in {a, b}] == [(first, second)]


def test_what_was_taken_over_is_in_use_and_can_be_reviewed_afterwards(world: World, now: datetime) -> None:
    found = in_use(world, "T-1")
    assert found is not None
    assert (found.origin, found.reviewer_id) == (Origin.TAKEN_OVER, None)
    assert queries.unreviewed_in_use()[1] == 5
    done, refused = services.review_many(versions=[("T-1", 1), ("T-2", 1)], actor=teacher(), now=now)
    assert (done, refused) == (2, [])
    assert status("T-1") is QuestionStatus.IN_USE
    assert queries.unreviewed_in_use()[1] == 3


def test_a_correction_of_an_imported_question_waits_like_any_other(world: World, now: datetime) -> None:
    row = queries.get_question("T-1")
    wording = replace(queries.wording_of(row.question, row.wording), answer="B")
    filing = services.Filing(None, "短题", 3)
    services.correct_question(
        question_id=row.question.id, seen_version=1, wording=wording, filing=filing, actor=teacher(), now=now,
        seen_codes=frozenset({"T-2", "T-3", "T-4", "T-5"}),
    )  # fmt: skip
    kept = in_use(world, "T-1")
    assert kept is not None
    assert (kept.version, kept.answer) == (1, "A")


def test_pictures_are_written_anew_need_words_and_go_along_with_a_correction(world: World, now: datetime) -> None:
    author = teacher()
    draft = services.PictureDraft("生态图：居中是服务对象", "图.png", png() + b"behind the end")
    question = write(world, author, now, pictures=[draft])
    shown = queries.pictures_of([queries.get_version(question.code, 1).wording.id]).popitem()[1]
    assert [(one.alt_zh, one.width, one.media_type) for one in shown] == [("生态图：居中是服务对象", 3, "image/png")]
    assert queries.picture_file(shown[0].code, user_id=None, may_see_bank=True).content == png()
    with pytest.raises(NotFound):  # nobody else, unless it stands on a paper that she sits
        queries.picture_file(shown[0].code, user_id=author.user_id, may_see_bank=False)
    kept = services.PictureDraft(shown[0].alt_zh, file_id=shown[0].file_id, width=3, height=2)
    version = services.correct_question(question_id=question.id, seen_version=1, wording=replace(WORDING, answer="B"),
                                        filing=FILING, actor=author, now=now, pictures=[kept])  # fmt: skip
    assert [one.code for one in queries.pictures_of([version.id])[version.id]] == [shown[0].code]
    for bad in (services.PictureDraft(" ", "a.png", png()), services.PictureDraft("词", "a.svg", b"<svg/>")):
        with pytest.raises((services.PictureNeedsWords, PictureIsUnusable)):
            write(world, author, now, wording=replace(WORDING, stem_zh="另一道完全不同的题目讲的是社区工作"), pictures=[bad],
                  seen_codes=frozenset({question.code}))  # fmt: skip


def test_a_corrected_material_gives_each_of_its_questions_a_draft_and_changes_none_in_use(world: World, now: datetime) -> None:
    author, second = teacher(), teacher("李老师")
    material = services.write_material(bank_id=world.bank.id, title_zh="个案", text_zh="旧文", actor=author, now=now)
    pinned = queries.material_versions(material.id)[0].id
    first = write(world, author, now, material_version_id=pinned).code
    other = replace(WORDING, stem_zh="材料中的社区居民委员会依照法律规定承担哪一项职责？", options=("调解", "征税"))
    write(world, author, now, wording=other, material_version_id=pinned)
    put_in_use(first, 1, second, now)
    _, drafts = services.correct_material(
        material_id=material.id, seen_version=1, title_zh="个案", text_zh="新文", actor=author, now=now
    )
    assert drafts == 2
    kept, draft = in_use(world, first), queries.get_version(first, 2).wording
    assert kept is not None
    texts = queries.material_wordings([kept.material_version_id or 0, draft.material_version_id or 0])
    assert texts[kept.material_version_id or 0].wording.text_zh == "旧文"
    assert (texts[draft.material_version_id or 0].wording.text_zh, draft.status) == ("新文", QuestionStatus.DRAFT)
    with pytest.raises(services.MaterialHasMoved):
        services.correct_material(material_id=material.id, seen_version=1, title_zh="x", text_zh="y", actor=author, now=now)


def test_who_may_not_edit_the_bank_writes_and_reviews_nothing(world: World, now: datetime) -> None:
    learner = Actor(make_user(Role.LEARNER).id, "学员", frozenset({Grant(Role.LEARNER)}))
    with pytest.raises(Forbidden):
        write(world, learner, now)
    with pytest.raises(Forbidden):
        services.review_question(code="T-1", version=1, actor=learner, now=now)
    assert db.session.scalar(select(QuestionVersion.reviewer_id).where(QuestionVersion.reviewer_id.is_not(None))) is None
