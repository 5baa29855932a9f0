"""Certificates: CPU of one from decision to register, memory over 2,000, and the verification page beside its floor."""

import json
import resource
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import client, stage, walk
from bench.figures import Figure

MANY, EARLY = 2000, 200
CPU_LIMIT_MS = 25.0
PAGE_GOAL = 0.7
MEMORY_GOAL = 1.2


def measure() -> list[Figure]:
    """All of it."""
    from academy.app import create_app

    with create_app().app_context():
        public_id, facts = _a_certificate()
        made, bare, memory = _make_many(facts)
    step = walk.report()["certificates"]
    count = int(str(step["outcome"]).split()[0])
    whole = float(step["cpu_seconds"]) * 1000 / count
    return [
        Figure("certificates", "one made and signed, CPU", made, "ms", goal=CPU_LIMIT_MS, more_is_better=False),
        Figure("certificates", "the same, beside the bare Typst page", made, "ms", floor=bare, more_is_better=False),
        Figure("certificates", f"one of {count}: drawn, signed, registered, letter sent", whole, "ms CPU"),
        Figure("certificates", "memory after 2,000 beside 200", memory, "times", goal=MEMORY_GOAL, more_is_better=False),
        *_page(public_id),
    ]


def _a_certificate() -> tuple[str, str]:
    from academy.certificates.models import Certificate
    from academy.core.db import db

    row = db.session.execute(select(Certificate.public_id, Certificate.facts).order_by(Certificate.id).limit(1)).one()
    return row.public_id, row.facts if isinstance(row.facts, str) else json.dumps(row.facts, ensure_ascii=False)


def _make_many(facts: str) -> tuple[float, float, float]:
    """CPU milliseconds of one (made and signed; bare typst compile), and memory after 2,000 over memory after 200."""
    from academy.certificates.services.issuing import Drawn, make_files
    from academy.core.db import db
    from academy.core.documents import render_document

    at = datetime.now(UTC)
    sizes: dict[int, int] = {}
    began = 0.0
    for number in range(1, MANY + 1):
        drawn = Drawn(number, number, number, "0" * 16, _named(facts, number), at)
        (made,) = make_files([drawn], now=at)
        if made.problem is not None:
            raise RuntimeError(str(made.problem))
        if number == EARLY:
            began = time.process_time()
        if number in (EARLY, MANY):
            sizes[number] = _resident_bytes()
    cpu = (time.process_time() - began) * 1000 / (MANY - EARLY)
    db.session.rollback()
    began = time.process_time()
    for number in range(EARLY):
        known: dict[str, Any] = json.loads(_named(facts, number))
        render_document(template=known["template"]["name"], facts=known, stamp=at)
    bare = (time.process_time() - began) * 1000 / EARLY
    return cpu, bare, sizes[MANY] / sizes[EARLY]


def _named(facts: str, number: int) -> str:
    """The same facts for another person."""
    known = json.loads(facts)
    known["holder"]["name"] = "李王张刘陈杨赵黄周吴"[number % 10] + "一二三四五六七八九十"[number // 10 % 10]
    return json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _page(public_id: str) -> list[Figure]:
    from bench.floors import page_file

    with stage.http_server() as address:
        path = f"/c/{public_id}"
        with urllib.request.urlopen(f"http://{address[0]}:{address[1]}{path}") as answer:
            page_file("verify").write_bytes(answer.read())
        ours, floor = client.alternate(
            address, client.request("GET", path), client.request("GET", f"/floor/row/verify?key={public_id}")
        )
    return [Figure("certificates", "verification page", ours, "requests/s", floor=floor, goal=PAGE_GOAL)]
