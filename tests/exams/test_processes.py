"""Real processes on one attempt: what was acknowledged is there, what was refused is not."""

import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from academy.core.access import Actor
from academy.core.db import db, transaction
from academy.core.errors import DomainError
from academy.exams import queries, services
from academy.exams.models import Attempt, ExamCandidate
from academy.exams.rules.kinds import AttemptState
from tests.conftest import ContextClient, LiveApp
from tests.exams.factories import NOW, World, make_sitting, make_world
from tests.exams.processes import Work, fork, serve, together

pytestmark = pytest.mark.parallel


def _tab(code: str, actor: Actor, letter: str, most: int) -> tuple[list[tuple[int, int, str]], str]:
    """A tab saves until it is refused: what was acknowledged after each commit, and the refusal."""
    acknowledged: list[tuple[int, int, str]] = []
    for seq in range(1, most + 1):
        position = seq % 3 + 1
        try:
            with transaction():
                services.save_answer(
                    code=code, seq=seq, position=position, response=letter, is_flagged=False, actor=actor, now=NOW
                )
        except DomainError as error:
            return acknowledged, error.code
        acknowledged.append((seq, position, letter))
    return acknowledged, ""


def _hand_in(code: str, actor: Actor) -> str:
    time.sleep(0.3)
    with transaction():
        return services.submit_attempt(code=code, actor=actor, now=NOW).state.value


def _start(sitting_id: int, actor: Actor) -> str:
    with transaction():
        return services.start_attempt(sitting_id=sitting_id, actor=actor, now=NOW).code


@pytest.fixture
def world(live_app: LiveApp) -> World:
    return make_world(learners=1)


def _begin(world: World) -> Attempt:
    sitting = make_sitting(world)
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=NOW)


def _replayed(attempt_id: int) -> tuple[list[int], dict[int, str]]:
    db.session.commit()  # the read that is open sees what was there before
    db.session.expire_all()
    events = queries.events_of(attempt_id)
    return [event.seq for event in events], {event.position: event.response for event in events}


def test_starting_many_times_at_once_makes_one_attempt(live_app: LiveApp, world: World) -> None:
    sitting = make_sitting(world)
    db.session.execute(ExamCandidate.__table__.delete())  # type: ignore[attr-defined]  # the number is given at the start, too
    db.session.commit()
    codes = together(live_app, [partial(_start, sitting.id, world.actor(0))] * 6)
    assert len(set(codes)) == 1
    assert db.session.scalar(select(func.count(Attempt.id))) == 1
    assert db.session.scalar(select(func.count(ExamCandidate.id))) == 1


def test_two_tabs_never_merge_and_every_acknowledged_answer_is_there(live_app: LiveApp, world: World) -> None:
    attempt, me = _begin(world), world.actor(0)
    tabs = together(live_app, [partial(_tab, attempt.code, me, letter, 60) for letter in "AB"])
    events = [(event.seq, event.position, event.response) for event in queries.events_of(attempt.id)]
    assert events == sorted(one for acknowledged, _ in tabs for one in acknowledged)
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    assert queries.answers_of_attempt(attempt.id) == {position: response for _, position, response in events}
    assert sorted(refused for _, refused in tabs) == ["", "answer_is_stale"]  # one went on to the end, the other was told


def test_handing_in_while_a_tab_saves_keeps_what_was_acknowledged(live_app: LiveApp, world: World) -> None:
    attempt, me = _begin(world), world.actor(0)
    works: list[Work] = [partial(_tab, attempt.code, me, "C", 20_000), partial(_hand_in, attempt.code, me)]
    (acknowledged, refused), state = together(live_app, works)
    assert (refused, state) == ("attempt_is_over", AttemptState.SUBMITTED.value)
    seqs, answers = _replayed(attempt.id)
    assert seqs == [seq for seq, _, _ in acknowledged]
    assert queries.answers_of_attempt(attempt.id) == answers


# ---- a web server that dies ---------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _web_server(live_app: LiveApp) -> Iterator[tuple[int, int]]:
    """A web server of its own: its process id and its port."""
    port = _free_port()
    db.session.commit()
    process = fork.Process(target=serve, args=(live_app, port))
    process.start()
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.pid
        yield process.pid, port
    finally:
        process.kill()
        process.join(20)


class Browser:
    """Just enough of one: a session cookie and the CSRF token of the exam page."""

    def __init__(self, live_app: LiveApp, world: World, port: int) -> None:
        live_app.app.test_client_class = ContextClient
        client = live_app.app.test_client()
        user_id = world.actor(0).user_id
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = f"{user_id}.1", True
        cookie = client.get_cookie("academy")
        assert cookie
        self.cookie, self.base = f"academy={cookie.value}", f"http://127.0.0.1:{port}"
        self.token = ""

    def open(self, path: str) -> str:
        with self._request(path, None) as response:
            renewed = response.headers.get("Set-Cookie", "")
            if renewed.startswith("academy="):
                self.cookie = renewed.partition(";")[0]
            return str(response.read().decode())

    def save(self, code: str, seq: int) -> int:
        body = {"seq": seq, "position": seq % 3 + 1, "response": "ABCDE"[seq % 5]}
        with self._request(f"/api/v1/attempts/{code}/answers", body) as response:
            return int(json.load(response)["seq"])

    def _request(self, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Cookie": self.cookie, "Content-Type": "application/json", "X-CSRFToken": self.token}
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.urlopen(urllib.request.Request(self.base + path, data, headers), timeout=20)


def test_a_web_server_killed_between_two_answers_loses_none_that_it_acknowledged(live_app: LiveApp, world: World) -> None:
    at = datetime.now(UTC)
    sitting = make_sitting(world, opens_at=at - timedelta(minutes=5))
    with transaction():
        attempt = services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=at)
    acknowledged: list[int] = []
    for life in range(3):
        with _web_server(live_app) as (pid, port):
            browser = Browser(live_app, world, port)
            page = browser.open(f"/exams/attempts/{attempt.code}")
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert found
            browser.token = found.group(1)
            for _ in range(7):
                acknowledged.append(browser.save(attempt.code, len(acknowledged) + 1))
            os.kill(pid, 9)
            with pytest.raises((urllib.error.URLError, ConnectionError)):
                for _ in range(50):
                    browser.save(attempt.code, len(acknowledged) + 1)
                    acknowledged.append(len(acknowledged) + 1)
        seqs, answers = _replayed(attempt.id)
        assert seqs[: len(acknowledged)] == acknowledged, life
        assert queries.answers_of_attempt(attempt.id) == answers
        acknowledged = seqs  # an event whose acknowledgment died with the server would be sent again and found
        db.session.commit()
