"""Worker processes for tests: they issue what is due, and may be told to die at a named point as by kill -9.

This process imports the academy once and forks a worker for each order that it reads, all orders of a line at the same
time. It answers with their exit codes; a death by a signal is its negative number. The points stand between and inside
the steps of a slice; the product knows nothing of them.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

from academy.app import create_app
from academy.certificates import jobs, pades, queries, services  # noqa: F401 - pades is slow to import: once, here
from academy.certificates.services import issuing
from academy.config import settings
from academy.core import documents, outbox
from academy.core.db import transaction

issuing.SLICE, issuing.DRAW = 3, 5


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        die()

    return call


def die_in_the_middle(drawn: list[Any], *, now: Any) -> Any:
    real(drawn[:1], now=now)
    die()


real = services.make_files
POINTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "numbers drawn, not committed": lambda: setattr(services, "draw_slice", dying_after(services.draw_slice)),
    "numbers committed, nothing made": lambda: setattr(services, "make_files", die),
    "one file of the slice made": lambda: setattr(services, "make_files", die_in_the_middle),
    "all files made": lambda: setattr(services, "record_slice", die),
    "recorded, not committed": lambda: setattr(services, "record_slice", dying_after(services.record_slice)),
    "recorded, work not given back": lambda: setattr(jobs, "Again", die),
    "finished, not committed": lambda: setattr(services, "finish_batch", dying_after(services.finish_batch)),
}


def obey(order: dict[str, Any]) -> None:
    """Do one order in this (forked) process, against the order's database."""
    os.environ["DATABASE_URL"] = order["database_url"]
    settings.cache_clear()
    now = datetime.fromisoformat(order["now"])
    with create_app().app_context():
        if order["what"] == "drain":
            POINTS[order["point"]]()
            outbox.drain(now=now)
        elif order["what"] == "make keys":
            with transaction():
                services.ensure_keys(now=now)
            assert queries.find_root_certificate()
        else:
            for batch_id in order["batches"]:
                while jobs.issue(now=now, batch_id=batch_id):
                    pass


def forked(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        obey(order)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    create_app()  # imports every domain, so that the workers need not
    documents.is_drawable("安")
    for line in sys.stdin:
        pids = [forked(order) for order in json.loads(line)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        print(json.dumps(codes), flush=True)


if __name__ == "__main__":
    main()
