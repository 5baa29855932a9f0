"""Marking and appeals in the browser: from opening to the answer, blind, and closed to everybody else."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.db import db, transaction
from academy.scoring import queries, services
from academy.scoring.models import MarkingPlan, ScriptMark
from academy.scoring.rules.appeals import AppealPolicy, AppealState
from academy.scoring.rules.marking import Mode, Round, ScriptState, TaskState
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, NOW
from tests.scoring.marking_factories import (
    DUE,
    Marking,
    begin,
    give,
    give_everything,
    give_rounds,
    look,
    make_marking,
    make_results,
    script,
)

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def made(client: Any, monkeypatch: pytest.MonkeyPatch) -> Marking:
    for door in ("marking", "marking_board", "appeals", "appeal_desk"):
        monkeypatch.setattr(f"academy.scoring.web.{door}.now", lambda: NOW)
    return make_marking(blanks=(2,))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def user_of(mark: ScriptMark) -> User:
    return db.session.get_one(User, mark.user_id)


def test_from_the_form_to_the_last_mark(client: Any, sign_in: SignIn, made: Marking) -> None:
    page = f"/manage/scoring/{made.sitting.code}/marking"
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert "安排阅卷" in text(client.get(page))
    form = {
        **{f"{name}-{p}": value for p in (2, 3) for name, value in (("mode", "2+1+1"), ("tolerance", "2"), ("tie", "higher"))},
        "marker": [one.code for one in made.markers[:2]],
        "due_at": "2026-12-01T18:00",
        "control": "0",
    }
    refused = client.post_form(page, form, page=page)
    assert refused.status_code == 409
    assert "最多要 3 个人" in text(refused)
    assert db.session.scalar(select(MarkingPlan.id)) is None
    form |= {"marker": [one.code for one in made.markers], "arbiter": [one.code for one in made.arbiters]}
    for bad in (
        {"due_at": "x"},
        {"due_at": "2020-01-01T00:00"},
        {"tolerance-2": "NaN"},
        {"tolerance-2": "99"},
        {"tolerance-2": "0.3"},
    ):
        assert client.post_form(page, form | bad, page=page).status_code == 422
    begun = text(client.post_form(page, form, page=page, follow_redirects=True))
    assert "阅卷开始了" in begun
    assert "6 份中已定 2 份" in begun
    assert "空白记 0 分 1" in begun

    first = look(script(made, 0), Round.FIRST)
    sign_in(client, user_of(first))
    assert "份答卷等您评" in text(client.get("/marking"))
    shown = text(client.get(f"/marking/scripts/{first.code}"))
    assert first.label in shown
    assert "要点1" in shown
    learner = made.world.learners[0]
    assert not any(secret in shown for secret in (learner.name_zh, made.attempts[0].candidate_no, learner.code))
    path = f"/marking/scripts/{first.code}"
    empty = client.post_form(path, {"C1-mark": "3.5", "comment": "写了一半"}, page=path)
    assert empty.status_code == 422
    assert "还没有评分，没有提交" in text(empty)
    assert 'value="3.5"' in text(empty)
    assert "写了一半" in text(empty)
    kept = client.post_form(f"{path}/draft", {"C1-mark": "3.5"}, page=path)
    assert "已存草稿" in text(kept)
    assert 'value="3.5"' in text(client.get(path))
    done = client.post_form(path, {"C1-mark": "3.5", "C2": "1"}, page=path)
    assert done.status_code == 302
    assert look(script(made, 0), Round.FIRST).marks == {"C1": "3.5", "C2": "10"}
    assert "您已经评了 13.5 分" in text(client.get(path))
    token = client.token("/me")
    again = client.post(path, data={"csrf_token": token, "C1-mark": "3.5", "C2": "1"}, follow_redirects=True)
    assert "早已提交过，没有改动" in text(again)
    other = client.post(path, data={"csrf_token": client.token("/me"), "C1-mark": "4", "C2": "1"})
    assert other.status_code == 409
    assert "这次提交的没有记" in text(other)


def test_a_marker_sees_only_her_own_scripts_and_no_board(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made)
    first = look(script(made, 0), Round.FIRST)
    board = f"/manage/scoring/{made.sitting.code}/marking"
    sign_in(client, user_of(look(script(made, 0), Round.SECOND)))
    assert client.get(f"/marking/scripts/{first.code}").status_code == 404
    assert client.get(board).status_code == 403
    sign_in(client, make_user(Role.LEARNER))
    for path in ("/marking", f"/marking/scripts/{first.code}", board, "/manage/appeals"):
        assert client.get(path).status_code == 403
    sign_in(client, make_user(Role.AUDITOR))
    assert client.get(board).status_code == 200
    assert "补派没有人评的" not in text(client.get(board))


def test_the_arbiter_sees_the_marks_and_a_third_does_not(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made)
    give_rounds(made, 0, "2", "18")
    third = look(script(made, 0), Round.THIRD)
    sign_in(client, user_of(third))
    assert "前面的评分" not in text(client.get(f"/marking/scripts/{third.code}"))
    give(third, "10")
    arbiter = look(script(made, 0), Round.ARBITER)
    sign_in(client, user_of(arbiter))
    shown = text(client.get(f"/marking/scripts/{arbiter.code}"))
    assert "前面的评分" in shown
    assert "18 分" in shown
    assert not any(one.name_zh in shown for one in made.markers)


def test_the_board_hands_over_moves_the_deadline_and_arbitrates(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made, Mode.TWO)
    found = give_rounds(made, 0, "2", "18")
    page = f"/manage/scoring/{made.sitting.code}/marking"
    sign_in(client, make_user(Role.ADMINISTRATOR))
    newcomer = make_user(Role.INSTRUCTOR, name="新阅卷人")
    assert "已加入" in text(client.post_form(f"{page}/people", {"who": newcomer.code}, page=page, follow_redirects=True))
    moved = text(client.post_form(f"{page}/release", {"who": made.markers[0].code}, page=page, follow_redirects=True))
    assert "0 份没有人可派" in moved
    later = client.post_form(f"{page}/deadline", {"due_at": "2026-12-24T18:00"}, page=page, follow_redirects=True)
    assert "截止改到" in text(later)
    late = client.post_form(f"{page}/deadline", {"due_at": "1999-12-24T18:00"}, page=page, follow_redirects=True)
    assert "要晚于现在" in text(late)
    one = look(found, Round.FIRST)
    shown = text(client.get(f"{page}/scripts/{one.code}"))
    assert "第一评" in shown
    assert "阅卷人" in shown
    sent = client.post_form(
        f"{page}/scripts/{one.code}/arbiter", {"reason": "评错"}, page=f"{page}/scripts/{one.code}", follow_redirects=True
    )
    assert "已送仲裁" in text(sent)
    assert script(made, 0).state is ScriptState.ARBITRATION
    arbiter = look(script(made, 0), Round.ARBITER)
    sign_in(client, user_of(arbiter))
    assert client.get(f"{page}/scripts/{one.code}").status_code == 403
    sign_in(client, make_user(Role.ADMINISTRATOR))
    assert client.get(f"{page}/scripts/{'0' * 16}").status_code == 404


def test_an_appeal_from_the_result_page_to_the_answer(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made)
    give_everything(made)
    result = make_results(made)[0]
    me, officer = db.session.get_one(User, made.world.learners[0].user_id), make_user(Role.CERTIFICATE_OFFICER)
    mine = f"/results/{result.code}/appeal"
    sign_in(client, me)
    assert "还没有开放申诉" in text(client.get(mine))
    terms = f"/manage/scoring/{made.sitting.code}/appeals"
    sign_in(client, officer)
    form = {"opens_at": "2026-11-23T00:00", "closes_at": "2026-12-01T18:00", "quota": "2", "policy": "re_mark"}
    for bad in ({"quota": "0"}, {"quota": "x"}, {"closes_at": "2026-11-01T00:00"}, {"opens_at": "zzz", "closes_at": "zzz"}):
        refused = client.post_form(terms, form | bad, page=terms, follow_redirects=True)
        assert "没有保存" in text(refused)
    assert "申诉规则已保存" in text(client.post_form(terms, form, page=terms, follow_redirects=True))

    sign_in(client, me)
    short = client.post_form(mine, {"position": "2", "reason": "短"}, page=mine)
    assert short.status_code == 422
    assert client.post_form(mine, {"position": "77", "reason": "要点二漏评"}, page=mine).status_code == 404
    filed = text(client.post_form(mine, {"position": "2", "reason": "要点二漏评了"}, page=mine, follow_redirects=True))
    assert "申诉已提交" in filed
    appeal = queries.appeals()[0]

    sign_in(client, officer)
    assert "1 件申诉等着处理" in text(client.get("/manage/appeals"))
    case = f"/manage/appeals/{appeal.code}"
    shown = text(client.get(case))
    assert "要点二漏评了" in shown
    assert not any(secret in shown for secret in (made.world.learners[0].name_zh, made.attempts[0].candidate_no))
    for bad in (
        {"outcome": "granted", "ground": "re_marked", "answer": "漏看了要点二"},
        {"outcome": "granted", "answer": "漏看了要点二"},
        {"outcome": "rejected", "answer": ""},
    ):
        assert client.post_form(case, bad, page=case).status_code == 422
    lower = {
        "outcome": "granted",
        "ground": "re_marked",
        "C1-mark": "1",
        "C2-mark": "1",
        "answer": "漏看了要点二",
        "fall": "yes",
    }
    assert client.post_form(case, lower, page=case).status_code == 409
    good = {"outcome": "granted", "ground": "re_marked", "C1-mark": "10", "C2-mark": "5.5", "answer": "漏看了要点二"}
    assert "考生会收到消息" in text(client.post_form(case, good, page=case, follow_redirects=True))
    assert queries.final_marks(made.sitting.id)[made.attempts[0].id][2] == Decimal("15.5")

    sign_in(client, me)
    told = text(client.get(mine))
    assert "由 12 分更正为 15.5 分" in told
    assert "漏看了要点二" in told
    stranger = db.session.get_one(User, made.world.learners[1].user_id)
    sign_in(client, stranger)
    assert client.get(mine).status_code == 404


def test_a_marker_of_the_script_sees_why_she_may_not_decide(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made)
    give_everything(made)
    result = make_results(made)[0]
    with transaction():
        services.set_appeal_terms(
            sitting_id=made.sitting.id,
            opens_at=NOW,
            closes_at=DUE,
            quota=1,
            policy=AppealPolicy.RE_MARK,
            may_lower=False,
            actor=MANAGER,
            now=NOW,
        )
        appeal = services.file_appeal(
            result_code=result.code, position=2, reason="要点二漏评了", actor=made.world.actor(0), now=NOW
        )
    case = f"/manage/appeals/{appeal.code}"
    sign_in(client, user_of(look(script(made, 0), Round.FIRST)))
    assert "申诉要由另一个人决定" in text(client.get(case))
    sign_in(client, make_user(Role.AUDITOR))
    assert client.get(case).status_code == 200
    me = db.session.get_one(User, made.world.learners[0].user_id)
    sign_in(client, me)
    path = f"/results/{result.code}/appeal"
    assert "已撤回，成绩不变" in text(client.post_form(f"{path}/{appeal.code}/withdraw", page=path, follow_redirects=True))
    db.session.expire_all()
    assert queries.get_appeal(appeal.code).state is AppealState.WITHDRAWN


def test_putting_aside_goes_on_with_the_next_script(client: Any, sign_in: SignIn, made: Marking) -> None:
    begin(made, Mode.TWO)
    marker = db.session.scalars(select(ScriptMark.user_id).limit(1)).one()
    task = queries.next_task(marker, made.sitting.id, 2)
    assert task is not None
    sign_in(client, db.session.get_one(User, marker))
    path = f"/marking/scripts/{task.code}"
    moved = client.post_form(f"{path}/aside", {"doubt": "字迹看不清"}, page=path, follow_redirects=True)
    assert "已放到最后" in text(moved)
    db.session.expire_all()
    assert (task.doubt, task.state) == ("字迹看不清", TaskState.OPEN)
    assert client.get(f"/marking/{made.sitting.code}/2").status_code == 302
    assert client.get(f"/marking/{made.sitting.code}/77").location == "/marking"
