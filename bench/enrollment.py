"""500 signed-in learners rush for 100 seats of one class, 16 at a time, over real HTTP on PostgreSQL."""

import secrets
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask_wtf.csrf import generate_csrf
from sqlalchemy import bindparam, insert, select, text, update

from bench import client, stage
from bench.figures import Figure

PEOPLE, SEATS, AT_ONCE, RUNS = 500, 100, 16, 5
PEER = 108.0  # enrollments a second of the best open-source peer, on a machine like this one
GOAL = 6.0
FIRST_DAY = date(2027, 9, 6)


def measure() -> list[Figure]:
    """Rates over several rushes, each on a class of its own; every rush must seat exactly 100."""
    from academy.app import create_app

    app = create_app()
    with app.app_context():
        codes, user_ids = _open_classes(RUNS + 1), learners_with_accounts()
        _make_floor()
    cookies = [session_of(app, user_id) for user_id in user_ids]  # each in a context of its own, or the tokens are shared
    rates, slowest, floors, oversold = [], [], [], 0
    with stage.http_server() as address:
        for code in codes:
            load = client.run(address, _rush(app, code, cookies), at_once=AT_ONCE)
            rates.append(load.rate)
            slowest.append(load.percentile(0.99) / load.percentile(0.5))
            oversold = max(oversold, _seated(app, code, load) - SEATS)
            floors.append(client.run(address, _floor_rush(), at_once=AT_ONCE).rate)
    rate, floor = statistics.median(rates[1:]), statistics.median(floors[1:])
    return [
        Figure("enrollment", "500 learners for 100 seats", rate, "requests/s", floor=PEER, goal=GOAL),
        Figure("enrollment", "the same, beside a bare transaction", rate, "requests/s", floor=floor),
        Figure("enrollment", "oversold seats, worst rush", oversold, "seats", goal=0.0, more_is_better=False),
        Figure("enrollment", "p99 beside p50", statistics.median(slowest[1:]), "times", goal=10.0, more_is_better=False),
    ]


def _open_classes(count: int) -> list[str]:
    """Classes of 100 seats that take applications now, approved by a second person."""
    from academy.accounts import queries as accounts
    from academy.core.access import Actor, Grant, Role
    from academy.core.clock import now
    from academy.core.db import transaction
    from academy.people import queries as people
    from academy.sites import services as sites
    from academy.timetable import services
    from academy.timetable.rules import Step
    from academy.timetable.services.classes import ClassPlan

    def actor(name: str) -> Actor:
        user = accounts.find_user_by_email(f"{name}@demo.example")
        assert user is not None
        return Actor(user.id, user.name_zh, frozenset({Grant(Role.ADMINISTRATOR)}))

    first, second, at, codes = actor("admin"), actor("admin2"), now(), []
    with transaction():
        sites.add_room(site_code="TS-T-001", code="BENCH", name_zh="量", capacity=SEATS, actor=first, now=at)
    for number in range(count):
        starts_on = FIRST_DAY + timedelta(weeks=3 * number)
        plan = ClassPlan(
            site_code="TS-T-001",
            room_code="BENCH",
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=13),
            seats=SEATS,
            enroll_opens_at=at - timedelta(hours=1),
            enroll_closes_at=datetime.combine(starts_on - timedelta(days=1), datetime.min.time(), tzinfo=at.tzinfo),
            audience=(),
        )
        with transaction():
            created = services.create_class(program_code="XA-001", plan=plan, actor=first, now=at)
            teachers = [instructor.id for instructor in people.instructors("PD-01")]
            services.generate_sessions(code=created.code, actor=first, now=at, instructor_ids=teachers)
        for step, who in ((Step.SUBMIT, first), (Step.APPROVE, second), (Step.OPEN, first)):
            with transaction():
                services.take_step(class_id=created.id, step=step, actor=who, now=at)
        codes.append(created.code)
    return codes


def learners_with_accounts() -> list[int]:
    """The user ids of 500 learners who can sign in."""
    from academy.accounts.models import RoleGrant, User
    from academy.core.access import Role
    from academy.core.clock import now
    from academy.core.codes import random_code16
    from academy.core.db import db, transaction
    from academy.people.models import Learner

    at = now()
    users = [
        {
            "code": random_code16(),
            "email": f"bench{n}@example.org",
            "name_zh": f"学员{n}",
            "password_hash": "-",
            "created_at": at,
        }
        for n in range(PEOPLE)
    ]
    with transaction():
        ids = list(db.session.scalars(insert(User).returning(User.id), users))
        db.session.execute(insert(RoleGrant), [{"user_id": id_, "role": Role.LEARNER} for id_ in ids])
        learners = list(db.session.scalars(select(Learner.id).where(Learner.user_id.is_(None)).limit(PEOPLE)))
        tie = update(Learner.__table__).where(Learner.__table__.c.id == bindparam("learner"))  # type: ignore[arg-type]
        db.session.execute(
            tie.values(user_id=bindparam("user")), [{"learner": a, "user": b} for a, b in zip(learners, ids, strict=True)]
        )
    return ids


def session_of(app: Flask, user_id: int) -> tuple[str, str]:
    """A session cookie and the CSRF token that belongs to it."""
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with app.test_request_context():
        from flask import session

        token = generate_csrf()
        session.update(_user_id=f"{user_id}.1", _fresh=True)
        return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}", token


def _rush(app: Flask, code: str, cookies: list[tuple[str, str]]) -> Iterator[bytes]:
    form = "application/x-www-form-urlencoded"
    for cookie, token in cookies:
        body = urlencode({"csrf_token": token}).encode()
        yield client.request("POST", f"/classes/{code}/enroll", cookie=cookie, body=body, Content_Type=form)


def _seated(app: Flask, code: str, load: client.Load) -> int:
    """How many got a seat; everybody else must stand in line, without a gap."""
    from academy.enrollment import queries
    from academy.timetable import queries as timetable

    with app.app_context():
        rows = queries.enrollments_of(timetable.get_class(code).id)
        seated = sum(row.waitlist_no is None for row in rows)
        numbers = sorted(row.waitlist_no for row in rows if row.waitlist_no is not None)
    if load.count(302) + load.count(303) != PEOPLE or numbers != list(range(1, PEOPLE - seated + 1)):
        raise RuntimeError(f"{code}: {load.count(302)} redirected, {seated} seated, {len(numbers)} waiting")
    return seated


@contextmanager
def _engine() -> Iterator[Any]:
    from academy.core.db import db

    with db.engine.begin() as connection:
        yield connection


def _make_floor() -> None:
    """The barest table of seats that can refuse."""
    with _engine() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS floor_class (id integer PRIMARY KEY, taken integer, seats integer)")
        )
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS floor_seat (class_id integer, person text, UNIQUE (class_id, person))")
        )
        connection.execute(text("INSERT INTO floor_class VALUES (1, 0, 1000000)"))


def _floor_rush() -> Iterator[bytes]:
    for _ in range(PEOPLE):
        yield client.request("POST", f"/floor/seat?person={secrets.token_hex(8)}")
