"""Scoring, confirming and releasing in the browser; the learner's result."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from academy.accounts.models import User
from academy.core.access import Actor, Role
from academy.core.db import db, transaction
from academy.exams import queries as exams
from academy.exams import services as exam_services
from academy.exams.models import ExamSitting
from academy.exams.rules.kinds import SittingState
from academy.scoring import queries, services
from academy.scoring.rules import ResultState
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, World, make_sitting, make_world
from tests.scoring.test_score_sitting import add_national_rule

SignIn = Callable[[Any, Any], None]
TABLE = b"candidate_no,T-1,T-2,T-3,T-4,T-5\nK0001,A,B,C,AB,DE\nK0002,B,,,E,\n"


@pytest.fixture
def world(client: Any) -> World:
    add_national_rule()
    return make_world(learners=2)


@pytest.fixture
def sitting(world: World, now: datetime) -> ExamSitting:
    """6 and 0 of 7 marks, collected."""
    found = make_sitting(world)
    rows = exams.preview_responses(found.id, TABLE).good
    exam_services.record_responses(sitting_id=found.id, rows=rows, actor=MANAGER, now=now)
    found.state = SittingState.CLOSED
    db.session.commit()
    return found


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def newest(sitting: ExamSitting) -> Any:
    db.session.expire_all()
    return queries.find_newest_list(sitting.id)


def test_from_the_answers_to_the_learners_page(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academy.scoring.web.results.now", lambda: now + timedelta(hours=3))
    page = f"/manage/scoring/{sitting.code}"
    me = db.session.get_one(User, world.learners[0].user_id)
    scorer, second = make_user(Role.CLASS_MANAGER, name="李主任"), make_user(Role.CERTIFICATE_OFFICER, name="赵老师")
    sign_in(client, scorer)
    assert "1 场可以评分" in text(client.get("/manage/scoring"))
    scored = text(client.post_form(f"{page}/score", page=page, follow_redirects=True))
    assert "2 人中 1 人合格，中位数 3 分" in scored
    assert "这份成绩是您评的" in scored
    refused = client.post_form(f"{page}/confirm", {"version": "1"}, page=page, follow_redirects=True)
    assert "要由另一个人确认" in text(refused)
    assert newest(sitting).state is ResultState.PROVISIONAL

    code = queries.results_of(sitting.id)[0].code
    sign_in(client, me)
    assert client.get(f"/results/{code}").status_code == 404

    sign_in(client, second)
    for said in ("成绩已确认", "早已确认过，没有改动"):
        assert said in text(client.post_form(f"{page}/confirm", {"version": "1"}, page=page, follow_redirects=True))
    assert "成绩已发布" in text(client.post_form(f"{page}/release", {"version": "1"}, page=page, follow_redirects=True))

    sign_in(client, me)
    shown = text(client.get(f"/results/{code}"))
    assert "6 分，合格" in shown
    assert "C 漏选" in shown
    assert "6 分，合格" in text(client.get("/exams"))
    other = queries.results_of(sitting.id)[1].code
    assert client.get(f"/results/{other}").status_code == 404


def test_the_questions_stay_closed_while_others_may_still_sit(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, second = Actor(None, "李主任", MANAGER.grants), Actor(None, "赵老师", MANAGER.grants)
    with transaction():
        services.score_sitting(sitting_id=sitting.id, actor=scorer, now=now)
        services.confirm_results(sitting_id=sitting.id, version=1, actor=second, now=now)
        services.release_results(sitting_id=sitting.id, version=1, actor=second, now=now)
    code = queries.results_of(sitting.id)[0].code
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    for hours, is_open in ((1, True), (3, False)):
        monkeypatch.setattr("academy.scoring.web.results.now", lambda hours=hours: now + timedelta(hours=hours))
        shown = text(client.get(f"/results/{code}?v=all"))
        assert "6 分，合格" in shown
        assert ("每道题：尚未开放" in shown, "C 漏选" in shown) == (is_open, not is_open)


def test_the_questions_stay_closed_while_another_class_may_still_sit_the_paper(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, second = Actor(None, "李主任", MANAGER.grants), Actor(None, "赵老师", MANAGER.grants)
    with transaction():
        services.score_sitting(sitting_id=sitting.id, actor=scorer, now=now)
        services.confirm_results(sitting_id=sitting.id, version=1, actor=second, now=now)
        services.release_results(sitting_id=sitting.id, version=1, actor=second, now=now)
    make_sitting(world, exams.paper_by_id(sitting.paper_id), opens_at=now + timedelta(days=30))
    code = queries.results_of(sitting.id)[0].code
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    for days, is_open in ((10, True), (31, False)):
        monkeypatch.setattr("academy.scoring.web.results.now", lambda days=days: now + timedelta(days=days))
        assert ("每道题：尚未开放" in text(client.get(f"/results/{code}?v=all"))) == is_open


def test_nothing_to_score_and_odd_versions_are_told(client: Any, sign_in: SignIn, world: World) -> None:
    found = make_sitting(world)
    page = f"/manage/scoring/{found.code}"
    sign_in(client, make_user(Role.ADMINISTRATOR))
    assert "还没有交上来的答卷" in text(client.post_form(f"{page}/score", page=page, follow_redirects=True))
    for version in ("", "x", "-1", "99999999999"):
        told = client.post_form(f"{page}/confirm", {"version": version}, page=page, follow_redirects=True)
        assert "不能再确认" in text(told)


def test_the_table_filters_sorts_and_survives_odd_parameters(
    client: Any, sign_in: SignIn, world: World, sitting: ExamSitting
) -> None:
    page = f"/manage/scoring/{sitting.code}"
    sign_in(client, make_user(Role.CLASS_MANAGER))
    client.post_form(f"{page}/score", page=page)
    failed = text(client.get(f"{page}?passed=no"))
    assert ("K0002" in failed, "K0001" in failed) == (True, False)
    by_total = text(client.get(f"{page}?sort=lowest"))
    assert by_total.index("K0002") < by_total.index("K0001")
    assert client.get(f"{page}?passed=x&sort=y&page=z&version=%00").status_code == 200


def test_learners_and_auditors_may_not_score(client: Any, sign_in: SignIn, sitting: ExamSitting) -> None:
    page = f"/manage/scoring/{sitting.code}"
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(page).status_code == 403
    sign_in(client, make_user(Role.AUDITOR))
    assert client.get(page).status_code == 200
    assert client.post_form(f"{page}/score", page=page).status_code == 403
    assert queries.lists_of(sitting.id) == []
