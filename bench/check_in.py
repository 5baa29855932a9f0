"""400 learners come through the door: each scans, opens the page and presses, over real HTTP on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import insert, text

from bench import client, stage
from bench.crowd import learners_with_accounts, open_class, session_of
from bench.figures import Figure

PEOPLE, AT_ONCE = 400, 16
SECONDS = 20.0  # the life of one code: whoever sits in the room has checked in before it is gone


def measure() -> list[Figure]:
    """Seconds for all three steps of everybody, and the rate of the writing one."""
    from academy.app import create_app
    from academy.attendance import queries, services
    from academy.core.clock import now

    app = create_app()
    with app.app_context():
        user_ids = learners_with_accounts()[:PEOPLE]
        session_id, opening_code = _open(user_ids)
    people = [(*session_of(app, user_id), f"{number:032}") for number, user_id in enumerate(user_ids)]
    with app.app_context():
        opening = queries.get_opening(opening_code)
        shown, at = _code(opening.secret), now()
        tickets = [services.issue_ticket(opening=opening, code=shown, device=one[2], now=at) or "" for one in people]
    paths: tuple[Callable[[int], str], ...] = (
        lambda _: f"/attendance/check-in/{opening_code}/{_code(opening.secret)}",
        lambda at: f"/attendance/check-in/{opening_code}?{urlencode({'ticket': tickets[at]})}",
    )
    with stage.http_server() as address:
        seconds = [client.run(address, _reads(people, path), at_once=AT_ONCE).seconds for path in paths]
        press = client.run(address, _presses(people, opening_code, tickets), at_once=AT_ONCE)
    _check(app, session_id, press)
    whole, spread = sum(seconds) + press.seconds, press.percentile(0.99) / press.percentile(0.5)
    return [
        Figure("enrollment", "400 scan, open the page and press", whole, "s", goal=SECONDS, more_is_better=False),
        Figure("enrollment", "presses", press.rate, "requests/s"),
        Figure("enrollment", "p99 beside p50", spread, "times", goal=10.0, more_is_better=False),
    ]


def _code(secret: str) -> str:
    from academy.attendance.rules import code_at
    from academy.core.clock import now

    return code_at(secret, now())


def _open(user_ids: list[int]) -> tuple[int, str]:
    """A running class with these people in it, one session that goes on now, and check-in open; ids and code."""
    from academy.attendance import services
    from academy.attendance.rules import CheckInKind
    from academy.core.access import SYSTEM
    from academy.core.clock import now
    from academy.core.codes import random_code16
    from academy.core.db import db, transaction
    from academy.enrollment.models import Enrollment
    from academy.timetable import queries as timetable
    from academy.timetable.rules import ClassState

    at, class_code = now(), open_class(seats=PEOPLE)
    with transaction():
        found = timetable.get_class(class_code)
        ids = db.session.scalars(
            text("SELECT id FROM learner WHERE user_id = ANY(:users) ORDER BY id").bindparams(users=user_ids)
        ).all()
        found.state, found.admitted_count = ClassState.RUNNING, len(ids)
        session = timetable.sessions_of(found.id)[0]
        session.starts_at, session.ends_at = at - timedelta(minutes=1), at + timedelta(hours=3)
        shared = {"class_id": found.id, "state": "admitted", "source": "staff", "applied_at": at, "admitted_at": at}
        rows = [{**shared, "code": random_code16(), "learner_id": id_} for id_ in ids]
        db.session.execute(insert(Enrollment), rows)
        session_id = session.id
    with transaction():
        opening = services.open_check_in(session_id=session_id, kind=CheckInKind.IN, actor=SYSTEM, now=at)
        return session_id, opening.code


def _reads(people: list[tuple[str, str, str]], path: Callable[[int], str]) -> Iterator[bytes]:
    for at, (cookie, _, device) in enumerate(people):
        yield client.request("GET", path(at), cookie=f"{cookie}; device={device}")


def _presses(people: list[tuple[str, str, str]], opening: str, tickets: list[str]) -> Iterator[bytes]:
    form = "application/x-www-form-urlencoded"
    for (cookie, token, device), ticket in zip(people, tickets, strict=True):
        body = urlencode({"csrf_token": token, "ticket": ticket}).encode()
        path, both = f"/attendance/check-in/{opening}", f"{cookie}; device={device}"
        yield client.request("POST", path, cookie=both, body=body, Content_Type=form)


def _check(app: Flask, session_id: int, load: client.Load) -> None:
    """Everybody must be marked, once."""
    from academy.attendance import queries

    with app.app_context():
        marks = queries.marks_of_session(session_id)
    if len(marks) != PEOPLE or load.count(302) != PEOPLE:
        raise RuntimeError(f"{len(marks)} marked, {load.count(302)} redirected of {PEOPLE}")
