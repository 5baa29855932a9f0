"""Real processes on one attempt: what was acknowledged is there, what was refused is not."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from academy.core.db import db, transaction
from academy.exams import queries, services
from academy.exams.models import Attempt, ExamCandidate
from academy.exams.rules.kinds import AttemptState
from tests.conftest import ContextClient, LiveApp
from tests.exams.factories import NOW, World, make_sitting, make_world

pytestmark = pytest.mark.parallel

BEFORE = """
import json, sys, time
from datetime import datetime, timezone
from academy.app import create_app
from academy.core.access import Actor, Grant, Role
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.exams import services
NOW = datetime(2026, 11, 23, 2, 42, tzinfo=timezone.utc)
app = create_app()
given = json.loads(sys.argv[1])
me = Actor(given["user_id"], "孙婷婷", frozenset({Grant(Role.LEARNER)}))
print("ready", flush=True)
sys.stdin.readline()
"""
START = (
    BEFORE
    + """
with app.app_context(), transaction():
    print(services.start_attempt(sitting_id=given["sitting_id"], actor=me, now=NOW).code)
"""
)
# A tab saves until it is refused; it prints what was acknowledged, after the commit.
TAB = (
    BEFORE
    + """
with app.app_context():
    for seq in range(1, given["most"] + 1):
        position = seq % 3 + 1
        try:
            with transaction():
                services.save_answer(code=given["code"], seq=seq, position=position, response=given["letter"],
                                     is_flagged=False, actor=me, now=NOW)
        except DomainError as error:
            print(json.dumps({"refused": error.code, "seq": seq}), flush=True)
            break
        print(json.dumps({"seq": seq, "position": position, "response": given["letter"]}), flush=True)
"""
)
HAND_IN = (
    BEFORE
    + """
time.sleep(given["after"])
with app.app_context(), transaction():
    print(json.dumps({"state": services.submit_attempt(code=given["code"], actor=me, now=NOW).state}))
"""
)


def _together(live_app: LiveApp, *programs: tuple[str, dict[str, Any]]) -> list[list[str]]:
    """Start all programs, let them go at the same moment, and give back what each one printed."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, json.dumps(given)],
            env=live_app.environment,
            cwd=Path.cwd(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for program, given in programs
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=120)[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return printed


@pytest.fixture
def world(live_app: LiveApp) -> World:
    return make_world(learners=1)


def _begin(world: World) -> Attempt:
    sitting = make_sitting(world)
    with transaction():
        return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=NOW)


def _replayed(attempt_id: int) -> tuple[list[int], dict[int, str]]:
    db.session.expire_all()
    events = queries.events_of(attempt_id)
    return [event.seq for event in events], {event.position: event.response for event in events}


def test_starting_many_times_at_once_makes_one_attempt(live_app: LiveApp, world: World) -> None:
    sitting = make_sitting(world)
    db.session.execute(ExamCandidate.__table__.delete())  # type: ignore[attr-defined]  # the number is given at the start, too
    db.session.commit()
    given = {"user_id": world.actor(0).user_id, "sitting_id": sitting.id}
    printed = _together(live_app, *[(START, given)] * 5)
    assert len({line for lines in printed for line in lines}) == 1
    assert db.session.scalar(select(func.count(Attempt.id))) == 1
    assert db.session.scalar(select(func.count(ExamCandidate.id))) == 1


def test_two_tabs_never_merge_and_every_acknowledged_answer_is_there(live_app: LiveApp, world: World) -> None:
    attempt = _begin(world)
    given = {"user_id": world.actor(0).user_id, "code": attempt.code, "most": 60}
    printed = _together(live_app, (TAB, {**given, "letter": "A"}), (TAB, {**given, "letter": "B"}))
    said = [json.loads(line) for lines in printed for line in lines]
    acknowledged = sorted((one["seq"], one["position"], one["response"]) for one in said if "refused" not in one)
    refused = [one["refused"] for one in said if "refused" in one]
    db.session.expire_all()
    events = [(event.seq, event.position, event.response) for event in queries.events_of(attempt.id)]
    assert events == acknowledged
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))
    assert queries.answers_of_attempt(attempt.id) == {position: response for _, position, response in events}
    assert set(refused) == {"answer_is_stale"}  # one tab went on to the end, the other was told at once
    assert len(refused) == 1


def test_handing_in_while_a_tab_saves_keeps_what_was_acknowledged(live_app: LiveApp, world: World) -> None:
    attempt = _begin(world)
    given = {"user_id": world.actor(0).user_id, "code": attempt.code, "most": 5000, "letter": "C", "after": 0.4}
    tab, handed_in = _together(live_app, (TAB, given), (HAND_IN, given))
    *acknowledged, last = [json.loads(line) for line in tab]
    assert last["refused"] == "attempt_is_over"
    assert json.loads(handed_in[0]) == {"state": AttemptState.SUBMITTED}
    seqs, answers = _replayed(attempt.id)
    assert seqs == [one["seq"] for one in acknowledged]
    assert queries.answers_of_attempt(attempt.id) == answers


# ---- a web server that dies ---------------------------------------------------------------------------------------------

SERVE = "import sys; from academy.app import create_app; create_app().run(port=int(sys.argv[1]), threaded=True)"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _web_server(live_app: LiveApp, port: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port)],
        env=live_app.environment,
        cwd=Path.cwd(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait(timeout=20)


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
        port = _free_port()
        with _web_server(live_app, port) as server:
            browser = Browser(live_app, world, port)
            page = browser.open(f"/exams/attempts/{attempt.code}")
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert found
            browser.token = found.group(1)
            for _ in range(7):
                acknowledged.append(browser.save(attempt.code, len(acknowledged) + 1))
            os.kill(server.pid, 9)
            with pytest.raises((urllib.error.URLError, ConnectionError)):
                for _ in range(50):
                    browser.save(attempt.code, len(acknowledged) + 1)
                    acknowledged.append(len(acknowledged) + 1)
        seqs, answers = _replayed(attempt.id)
        assert seqs[: len(acknowledged)] == acknowledged, life
        assert queries.answers_of_attempt(attempt.id) == answers
        acknowledged = seqs  # an event whose acknowledgment died with the server would be sent again and found
        db.session.commit()
