"""Real processes that begin at the same instant.

They are forked from the test's own process, which has the product loaded already: to load it anew costs each of them seconds.
Each makes an application, and with it connections, of its own.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Iterable
from typing import Any

from academy.config import settings
from academy.core.db import db
from tests.conftest import LiveApp

_FORK = multiprocessing.get_context("fork")
PATIENCE = 240  # seconds


def begin_together(live_app: LiveApp, program: str, given: Iterable[object]) -> list[Any]:
    """Run a program in a process for each of what is given (JSON in argv[1]); what each printed as JSON, in that order.

    A program says "ready", waits for a line, and prints its outcome. One that ends with an error fails the test.
    """
    started = [_start(live_app, program, json.dumps(one)) for one in given]
    for *_, said in started:
        assert said.readline() == "ready\n"
    for _, told, _ in started:
        told.write("go\n")
        told.close()
    outcomes = []
    for process, _, said in started:
        outcomes.append(said.read())
        process.join(PATIENCE)
        assert process.exitcode == 0
    db.session.rollback()
    db.session.expire_all()
    return [json.loads(one) for one in outcomes]


def run_each(live_app: LiveApp, program: str, given: Iterable[object]) -> list[int]:
    """Run a program in a process for each of what is given, all at once; their exit codes, -9 for one that was killed."""
    started = [_start(live_app, program, json.dumps(one)) for one in given]
    for process, *pipes in started:
        process.join(PATIENCE)
        for pipe in pipes:
            pipe.close()
    db.session.rollback()
    db.session.expire_all()
    return [process.exitcode for process, *_ in started]


def _start(live_app: LiveApp, program: str, given: str) -> Any:
    (told, tell), (hear, say) = os.pipe(), os.pipe()
    process = _FORK.Process(target=_run, args=(live_app.environment, program, given, told, say))
    process.start()
    os.close(told)
    os.close(say)
    return process, os.fdopen(tell, "w"), os.fdopen(hear)


def _run(environment: dict[str, str], program: str, given: str, told: int, say: int) -> None:
    os.environ.update(environment)
    settings.cache_clear()
    sys.stdin, sys.stdout, sys.argv = os.fdopen(told), os.fdopen(say, "w"), ["-c", given]
    exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})
    sys.stdout.flush()
