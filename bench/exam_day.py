"""An exam over HTTP on PostgreSQL: starting, saving, handing in 16 at a time; then 2,000 people at once at their own pace."""

import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import insert, select, text

from bench import client, pace, stage
from bench.crowd import learners_with_accounts, open_class, session_of
from bench.figures import Figure

PEOPLE, AT_ONCE, SAVES = 480, 16, 12
CROWD, STARTS_WITHIN, SAVING_FOR = 2_000, 10.0, 80.0  # seconds; an exam lasts two hours, its pace is the same all along
PEER_SAVE, PEER_START, PEER_HAND_IN = 142.0, 27.0, 62.0  # the peer's figures a second, on a machine like this one
MOST_P99 = 0.5
JSON = "application/json"


@dataclass(frozen=True)
class Candidate:
    """Somebody at a machine of her own."""

    cookie: str
    token: str

    def post(self, path: str, body: object) -> bytes:
        """A write of exam.js."""
        data = json.dumps(body).encode()
        return client.request("POST", path, cookie=self.cookie, body=data, Content_Type=JSON, X_CSRFToken=self.token)

    def enter(self, sitting: str) -> bytes:
        """The press of "enter the exam"."""
        data = urlencode({"csrf_token": self.token, "agreed": "y"}).encode()
        form = "application/x-www-form-urlencoded"
        return client.request("POST", f"/exams/{sitting}", cookie=self.cookie, body=data, Content_Type=form)

    def save(self, attempt: str, seq: int) -> bytes:
        """An answer to one of the sixty single-choice questions."""
        body = {"seq": seq, "position": seq % 60 + 1, "response": "ABCD"[seq % 4], "is_flagged": False}
        return self.post(f"/api/v1/attempts/{attempt}/answers", body)


def measure() -> list[Figure]:
    """Rates beside the peer's, the floor beside them, and the crowd's lost answers and slowest saves."""
    from academy.app import create_app

    app = create_app()
    with app.app_context():
        _make_floor()
        users = learners_with_accounts(PEOPLE + CROWD)
        few, many = _sitting(users[:PEOPLE]), _sitting(users[PEOPLE:])
    people = [_candidate(app, number, user) for number, user in enumerate(users)]
    with stage.http_server() as address:
        figures = _sixteen(app, address, few, people[:PEOPLE])
        figures += _crowd(app, address, many, people[PEOPLE:])
    return figures


def _candidate(app: Flask, number: int, user_id: int) -> Candidate:
    cookie, token = session_of(app, user_id)
    return Candidate(f"{cookie}; exam_device={number:032}", token)


def _make_floor() -> None:
    from academy.core.db import db, transaction

    with transaction():
        db.session.execute(text("CREATE TABLE IF NOT EXISTS floor_answer (id serial PRIMARY KEY, body text)"))


def _sitting(user_ids: list[int]) -> str:
    """A sitting that is open now with the national paper, for a class whose people have attended everything; its code."""
    from academy.attendance.models import AttendanceMark
    from academy.attendance.rules import MarkState
    from academy.core.access import SYSTEM
    from academy.core.clock import now
    from academy.core.codes import random_code16
    from academy.core.db import db, transaction
    from academy.enrollment.models import Enrollment
    from academy.exams import queries as exams
    from academy.exams import services
    from academy.exams.sample import NATIONAL_PAPER
    from academy.people.models import Learner
    from academy.timetable import queries as timetable
    from academy.timetable.rules import ClassState

    at, class_code = now(), open_class(seats=len(user_ids))
    with transaction():
        found = timetable.get_class(class_code)
        ids = db.session.scalars(select(Learner.id).where(Learner.user_id.in_(user_ids)).order_by(Learner.id)).all()
        found.state, found.admitted_count = ClassState.RUNNING, len(ids)
        shared = {"class_id": found.id, "state": "admitted", "source": "staff", "applied_at": at, "admitted_at": at}
        db.session.execute(insert(Enrollment), [{**shared, "code": random_code16(), "learner_id": id_} for id_ in ids])
        sessions = timetable.sessions_of(found.id)
        marks = [
            {"session_id": one.id, "learner_id": id_, "version": 1, "is_current": True, "state": MarkState.PRESENT,
             "minutes": one.minutes, "marked_by": "bench", "marked_at": at}
            for one in sessions for id_ in ids
        ]  # fmt: skip
        db.session.execute(insert(AttendanceMark), marks)
        paper = next(one for one in exams.papers() if one.title_zh == NATIONAL_PAPER)
        sitting = services.plan_sitting(
            class_id=found.id, paper_id=paper.id, title_zh="结业考试", opens_at=at - timedelta(minutes=1),
            closes_at=at + timedelta(hours=3), minutes=120, actor=SYSTEM, now=at,
        )  # fmt: skip
        services.set_shuffling(sitting_id=sitting.id, is_shuffled=True, actor=SYSTEM, now=at)
        code = sitting.code
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    return code


def _attempts(app: Flask, sitting: str) -> list[str]:
    """The attempts' codes in the order of the candidates."""
    from academy.exams import queries

    with app.app_context():
        return [one.code for one in sorted(queries.attempts_of(queries.get_sitting(sitting).id), key=lambda a: a.learner_id)]


def _sixteen(app: Flask, address: tuple[str, int], sitting: str, people: list[Candidate]) -> list[Figure]:
    """Everybody starts, saves twelve times and hands in, sixteen at a time."""
    floor = client.request("POST", "/floor/answer", body=b'{"seq":1,"position":2,"response":"A"}')
    client.run(address, [floor] * 300, at_once=AT_ONCE)  # the workers have loaded what they load with their first request
    start = client.run(address, (one.enter(sitting) for one in people), at_once=AT_ONCE)
    _require(start, 302)
    codes = _attempts(app, sitting)
    rates, floors = [], []
    for turn in range(SAVES // 4):
        saves = client.run(address, _saves(people, codes, range(turn * 4 + 1, turn * 4 + 5)), at_once=AT_ONCE)
        _require(saves, 200)
        rates.append(saves.rate)
        floors.append(client.run(address, [floor] * 1_000, at_once=AT_ONCE).rate)
    save, bare = statistics.median(rates), statistics.median(floors)
    hand_in = client.run(
        address,
        (one.post(f"/api/v1/attempts/{code}/submit", {}) for one, code in zip(people, codes, strict=True)),
        at_once=AT_ONCE,
    )
    _require(hand_in, 200)
    scored = len(people) / (hand_in.seconds + _score(app, sitting))
    return [
        Figure("exams", "one answer saved, beside the peer", save, "a second", floor=PEER_SAVE, goal=7.0),
        Figure("exams", "one answer saved, beside a bare INSERT", save, "a second", floor=bare),
        Figure("exams", "one attempt started, beside the peer", start.rate, "a second", floor=PEER_START, goal=20.0),
        Figure("exams", "one attempt started, beside a bare INSERT", start.rate, "a second", floor=bare),
        Figure("exams", "one attempt handed in and scored, beside the peer", scored, "a second", floor=PEER_HAND_IN, goal=6.0),
        Figure("exams", "one attempt handed in, receipt included", hand_in.rate, "a second", floor=bare),
    ]


def _saves(people: list[Candidate], codes: list[str], numbers: range) -> Iterator[bytes]:
    """In rounds, so that no two answers of one candidate are under way at once."""
    for seq in numbers:
        for one, code in zip(people, codes, strict=True):
            yield one.save(code, seq)


def _require(load: client.Load, status: int) -> None:
    if load.count(status) != len(load.answers):
        raise RuntimeError(f"{len(load.answers) - load.count(status)} of {len(load.answers)} were not answered with {status}")


def _score(app: Flask, sitting: str) -> float:
    """Seconds to score and store everybody's answers by the national rule."""
    from academy.core.access import SYSTEM
    from academy.core.clock import now
    from academy.core.db import transaction
    from academy.exams import queries
    from academy.scoring import services

    with app.app_context():
        began = time.perf_counter()
        with transaction():
            services.score_sitting(sitting_id=queries.get_sitting(sitting).id, actor=SYSTEM, now=now())
        return time.perf_counter() - began


def _crowd(app: Flask, address: tuple[str, int], sitting: str, people: list[Candidate]) -> list[Figure]:
    """2,000 enter within ten seconds, each opens the paper as a browser does, then saves every 20 to 40 seconds."""
    rng = random.Random(2026)
    acknowledged: dict[str, int] = {}
    paced = pace.run(address, [_begin(sitting, one, rng.uniform(0, STARTS_WITHIN), rng, acknowledged) for one in people])
    _require_only(paced, {"start": 302, "page": 200, "paper": 200, "save": 200})
    lost = sum(acknowledged.values()) - _held(app, sitting, acknowledged)
    return [
        Figure(
            "exams", "2,000 at once: p99 of a save", paced.percentile("save", 0.99), "s", goal=MOST_P99, more_is_better=False
        ),
        Figure("exams", "2,000 at once: p99 of a start", paced.percentile("start", 0.99), "s"),
        Figure("exams", "2,000 at once: p99 of opening the paper", paced.percentile("page", 0.99), "s"),
        Figure(
            "exams",
            f"2,000 at once: answers lost of {sum(acknowledged.values())}",
            lost,
            "answers",
            goal=0,
            more_is_better=False,
        ),
    ]


def _begin(sitting: str, one: Candidate, due: float, rng: random.Random, acknowledged: dict[str, int]) -> pace.Job:
    """Enter; then the page and its questions; then the first answer."""

    def entered(status: int, head: bytes) -> list[pace.Job]:
        if status != 302:
            return []
        path = head.lower().split(b"location: ")[1].split(b"\r\n")[0]
        code = path.decode().rpartition("/")[2].upper()
        acknowledged[code] = 0
        page = client.request("GET", f"/exams/attempts/{code}", cookie=one.cookie)
        questions = client.request("GET", f"/api/v1/attempts/{code}", cookie=one.cookie)
        return [
            pace.Job(due, page, "page"),
            pace.Job(due, questions, "paper"),
            _next_save(one, code, due, rng, acknowledged),
        ]

    return pace.Job(due, one.enter(sitting), "start", entered)


def _next_save(one: Candidate, code: str, after: float, rng: random.Random, acknowledged: dict[str, int]) -> pace.Job:
    due, seq = after + rng.uniform(20, 40), acknowledged[code] + 1

    def saved(status: int, _head: bytes) -> list[pace.Job]:
        if status == 200:
            acknowledged[code] = seq
        if due > SAVING_FOR:
            return []
        return [_next_save(one, code, due, rng, acknowledged)]

    return pace.Job(due, one.save(code, seq), "save", saved)


def _require_only(paced: pace.Paced, wanted: dict[str, int]) -> None:
    strange = {name: found for name, found in paced.statuses.items() if set(found) != {wanted[name]}}
    if strange:
        raise RuntimeError(f"unexpected answers: {strange}")


def _held(app: Flask, sitting: str, acknowledged: dict[str, int]) -> int:
    """How many of the acknowledged answers the server holds as events."""
    from academy.core.db import db
    from academy.exams import queries
    from academy.exams.models import AnswerEvent, Attempt

    with app.app_context():
        rows = db.session.execute(
            select(Attempt.code, AnswerEvent.seq)
            .join(AnswerEvent, AnswerEvent.attempt_id == Attempt.id)
            .where(Attempt.sitting_id == queries.get_sitting(sitting).id)
        ).all()
    return sum(seq <= acknowledged.get(code, 0) for code, seq in rows)
