"""A worker process for tests: issues what is due, and may be told to die at a named point as by kill -9.

    python -m tests.certificates.worker drain NOW POINT
    python -m tests.certificates.worker issue NOW BATCH_ID…

The points stand between and inside the steps of a slice; the product knows nothing of them.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from academy.app import create_app
from academy.certificates import jobs, services
from academy.certificates.services import issuing
from academy.core import outbox

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


def main(command: str, instant: str, *arguments: str) -> None:
    now = datetime.fromisoformat(instant)
    app = create_app()
    with app.app_context():
        if command == "drain":
            POINTS[arguments[0]]()
            outbox.drain(now=now)
        else:
            for batch_id in arguments:
                while jobs.issue(now=now, batch_id=int(batch_id)):
                    pass


if __name__ == "__main__":
    main(*sys.argv[1:])
