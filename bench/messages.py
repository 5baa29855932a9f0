"""Messages: planned in bulk, and the queue's cost beside bare Celery with the same Redis."""

import time
from datetime import UTC, datetime

from bench.figures import Figure

PLANNED = 5000


def measure() -> list[Figure]:
    """Messages planned a second in one transaction, beside the same number of bare rows inserted."""
    from academy.app import create_app

    with create_app().app_context():
        rate, floor = _plan(), _bare_rows()
    return [Figure("messages", f"{PLANNED} planned in one transaction", rate, "messages/s", floor=floor)]


def _plan() -> float:
    from academy.core.db import transaction
    from academy.core.text import N_
    from academy.notifications.rules import Reason, Recipient
    from academy.notifications.services import plan_many

    reason = Reason(code="bench.reason", subject=N_("开班通知"), body=N_("您好，%(name)s"))
    letters = [
        (
            Recipient(user_id=None, email=f"bench{n}@example.org", name=f"学员{n}", locale="zh_Hans"),
            {"name": f"学员{n}"},
            str(n),
        )
        for n in range(PLANNED)
    ]
    began = time.perf_counter()
    with transaction():
        plan_many(reason=reason, letters=letters, now=datetime.now(UTC))
    return PLANNED / (time.perf_counter() - began)


def _bare_rows() -> float:
    from sqlalchemy import text

    from academy.core.db import db

    rows = [{"a": f"bench{n}@example.org", "b": f"学员{n}" * 10} for n in range(PLANNED)]
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS floor_message (id serial PRIMARY KEY, a text, b text, UNIQUE (a))"))
        began = time.perf_counter()
        connection.execute(text("INSERT INTO floor_message (a, b) VALUES (:a, :b)"), rows)
    return PLANNED / (time.perf_counter() - began)
