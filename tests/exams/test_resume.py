"""One machine at a time: the second is told before it writes, and goes on only with a code that is used once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.access import Actor, Grant, Role
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.exams import queries, services
from academy.exams.models import Attempt, ExamSitting, ResumeCode
from academy.exams.rules.devices import CODE_LIFE, MOST_TRIES, code_mark, device_mark
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, World, make_sitting, make_world

FIRST, SECOND, THIRD = (device_mark(name) for name in ("first", "second", "third"))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=2)


@pytest.fixture
def attempt(world: World, now: datetime) -> Attempt:
    return services.start_attempt(sitting_id=make_sitting(world).id, actor=world.actor(0), now=now, device=FIRST)


def save(attempt: Attempt, world: World, now: datetime, seq: int, device: str) -> services.Receipt:
    return services.save_answer(
        code=attempt.code, seq=seq, position=1, response="A", is_flagged=False, actor=world.actor(0), now=now, device=device
    )


def issue(attempt: Attempt, now: datetime) -> str:
    return services.issue_resume_code(code=attempt.code, reason="黑屏", actor=MANAGER, now=now)


def resume(attempt: Attempt, world: World, typed: str, now: datetime, device: str = SECOND) -> Attempt | None:
    return services.resume_attempt(code=attempt.code, typed=typed, device=device, actor=world.actor(0), now=now)


def test_a_second_machine_cannot_start_save_or_hand_in(world: World, attempt: Attempt, now: datetime) -> None:
    save(attempt, world, now, 1, FIRST)
    with pytest.raises(services.AttemptIsElsewhere):
        services.start_attempt(sitting_id=attempt.sitting_id, actor=world.actor(0), now=now, device=SECOND)
    for device in (SECOND, ""):
        with pytest.raises(services.AttemptIsElsewhere):
            save(attempt, world, now, 2, device)
        with pytest.raises(services.AttemptIsElsewhere):
            services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now, device=device)
    assert len(queries.events_of(attempt.id)) == 1


def test_with_the_code_the_second_machine_goes_on_and_the_first_is_locked_out(
    world: World, attempt: Attempt, now: datetime
) -> None:
    save(attempt, world, now, 1, FIRST)
    code = issue(attempt, now)
    assert resume(attempt, world, f" {code[:4]}-{code[4:]} ", now) is not None
    db.session.flush()
    save(attempt, world, now, 2, SECOND)
    with pytest.raises(services.AttemptIsElsewhere):
        save(attempt, world, now, 3, FIRST)
    assert [event.seq for event in queries.events_of(attempt.id)] == [1, 2]


def test_an_answer_whose_acknowledgment_was_lost_is_acknowledged_to_the_first_machine_still(
    world: World, attempt: Attempt, now: datetime
) -> None:
    first = save(attempt, world, now, 1, FIRST)
    resume(attempt, world, issue(attempt, now), now)
    db.session.flush()
    assert save(attempt, world, now + MINUTE, 1, FIRST) == first


def test_a_code_is_used_once(world: World, attempt: Attempt, now: datetime) -> None:
    code = issue(attempt, now)
    assert resume(attempt, world, code, now) is not None
    assert resume(attempt, world, code, now, THIRD) is None
    assert attempt.device == SECOND


def test_a_code_expires(world: World, attempt: Attempt, now: datetime) -> None:
    code = issue(attempt, now)
    assert resume(attempt, world, code, now + CODE_LIFE) is None


def test_a_newer_code_ends_the_one_before(world: World, attempt: Attempt, now: datetime) -> None:
    first, second = issue(attempt, now), issue(attempt, now + MINUTE)
    assert resume(attempt, world, first, now + MINUTE) is None
    assert resume(attempt, world, second, now + MINUTE) is not None


def test_wrong_codes_use_it_up(world: World, attempt: Attempt, now: datetime) -> None:
    code = issue(attempt, now)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(MOST_TRIES):
        assert resume(attempt, world, wrong, now) is None
    assert resume(attempt, world, code, now) is None


def test_a_code_belongs_to_one_attempt_and_one_person(world: World, attempt: Attempt, now: datetime) -> None:
    other = services.start_attempt(sitting_id=attempt.sitting_id, actor=world.actor(1), now=now, device=THIRD)
    code = issue(other, now)
    assert resume(attempt, world, code, now) is None
    with pytest.raises(NotFound):
        services.resume_attempt(code=other.code, typed=code, device=SECOND, actor=world.actor(0), now=now)


def test_only_who_invigilates_gives_out_codes_and_time(world: World, attempt: Attempt, now: datetime) -> None:
    for actor in (world.actor(0), Actor(None, "证书", frozenset({Grant(Role.CERTIFICATE_OFFICER)}))):
        with pytest.raises(Forbidden):
            services.issue_resume_code(code=attempt.code, reason="", actor=actor, now=now)
        with pytest.raises(Forbidden):
            services.extend_attempt(attempt_id=attempt.id, minutes=5, reason="", actor=actor, now=now)


def test_no_code_after_the_paper_is_in(world: World, attempt: Attempt, now: datetime) -> None:
    code = issue(attempt, now)
    services.submit_attempt(code=attempt.code, actor=world.actor(0), now=now, device=FIRST)
    db.session.refresh(attempt)
    with pytest.raises(services.AttemptHasEnded):
        issue(attempt, now)
    with pytest.raises(services.AttemptHasEnded):
        resume(attempt, world, code, now)


def test_the_database_holds_one_open_code_for_an_attempt(world: World, attempt: Attempt, now: datetime) -> None:
    issue(attempt, now)
    db.session.add(
        ResumeCode(
            attempt_id=attempt.id,
            code_hash=code_mark(attempt.id, "1"),
            reason="",
            issued_at=now,
            issued_by="x",
            expires_at=now + MINUTE,
        )
    )
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_more_time_counts_at_once_and_adds_up(world: World, attempt: Attempt, now: datetime) -> None:
    due = attempt.due_at
    for _ in range(2):
        services.extend_attempt(attempt_id=attempt.id, minutes=5, reason="停电", actor=MANAGER, now=now)
    assert attempt.due_at == due + 10 * MINUTE
    save(attempt, world, due + 9 * MINUTE, 1, FIRST)
    assert services.time_out_overdue(now=due + 9 * MINUTE) == 0
    services.submit_attempt(code=attempt.code, actor=world.actor(0), now=due + 9 * MINUTE, device=FIRST)
    db.session.refresh(attempt)
    with pytest.raises(services.AttemptIsNotRunning):
        services.extend_attempt(attempt_id=attempt.id, minutes=5, reason="", actor=MANAGER, now=now)


# ---- the pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_sitting(client: Any) -> tuple[World, ExamSitting]:
    world = make_world(learners=1)
    return world, make_sitting(world, opens_at=datetime.now(UTC) - 5 * MINUTE)


def test_a_candidate_changes_machines_by_the_pages(
    app: Flask, client: Any, sign_in: Callable[[Any, Any], None], open_sitting: tuple[World, ExamSitting]
) -> None:
    world, sitting = open_sitting
    person = db.session.get(User, world.learners[0].user_id)
    sign_in(client, person)
    paper = client.post_form(f"/exams/{sitting.code}", {"agreed": "y"}).location
    attempt = queries.attempts_of(sitting.id)[0]
    client.post_form(f"{paper}?q=1", {"answer": "B", "seq": "1", "go": "2"})

    second: Any = app.test_client()
    sign_in(second, person)
    assert second.get(paper).location.endswith("/resume")
    assert second.get(f"{paper}/hand-in").location.endswith("/resume")
    assert second.post_form(f"{paper}?q=1", {"answer": "C", "seq": "2", "go": "2"}).location.endswith("/resume")
    for path in ("", "/clock"):
        answer = second.get(f"/api/v1/attempts/{attempt.code}{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (409, "attempt_is_elsewhere")
    assert "换机码" in second.get(f"{paper}/resume").get_data(as_text=True)
    assert second.post_form(f"{paper}/resume", {"code": "12345678"}).status_code == 422

    with transaction():
        code = services.issue_resume_code(code=attempt.code, reason="黑屏", actor=MANAGER, now=datetime.now(UTC))
    assert second.post_form(f"{paper}/resume", {"code": code}).location == paper
    assert "checked" in second.get(f"{paper}?q=1").get_data(as_text=True)
    assert client.get(paper).location.endswith("/resume")
    db.session.expire_all()
    assert queries.answers_of_attempt(attempt.id) == {1: "B"}


def test_the_desk_gives_out_a_code_and_lists_it(
    client: Any, sign_in: Callable[[Any, Any], None], open_sitting: tuple[World, ExamSitting]
) -> None:
    world, sitting = open_sitting
    with transaction():
        attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=datetime.now(UTC), device=FIRST)
    sign_in(client, make_user(Role.CLASS_MANAGER))
    desk = f"/manage/exams/{sitting.code}/desk"
    assert "1 人正在作答" in client.get(desk).get_data(as_text=True)
    assert "请写明换机的原因" in client.post_form(f"{desk}/{attempt.code}", page=desk, follow_redirects=True).get_data(
        as_text=True
    )
    told = client.post_form(f"{desk}/{attempt.code}", {"reason": "黑屏"}, page=desk, follow_redirects=True).get_data(
        as_text=True
    )
    assert "的换机码：" in told
    assert "黑屏" in told
    assert "不能再改" in told
    assert client.post_form(f"{desk}/NOSUCHATTEMPT000", {"reason": "黑屏"}, page=desk).status_code == 404
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(desk).status_code == 403
