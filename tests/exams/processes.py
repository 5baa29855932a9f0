"""Real processes that begin at the same moment: forks of the test, each with its own connections and sessions."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from academy.core.db import db
from tests.conftest import LiveApp

fork = multiprocessing.get_context("fork")
Work = Callable[[], Any]


def together(live_app: LiveApp, works: Sequence[Work]) -> list[Any]:
    """What each piece of work gave, run at once in a process of its own; an exception of one fails the test."""
    db.session.commit()
    gate = fork.Barrier(len(works))
    started = []
    for work in works:
        ours, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_child, args=(live_app, gate, theirs, work))
        process.start()
        started.append((process, ours))
    outcomes = []
    for process, ours in started:
        assert ours.poll(120), "a process did not answer"
        outcomes.append(ours.recv())
        process.join(20)
        assert process.exitcode == 0, outcomes[-1]
    db.session.expire_all()
    return outcomes


def _child(live_app: LiveApp, gate: Barrier, answer: Connection, work: Work) -> None:
    with live_app.app.app_context():
        db.engine.dispose(close=False)  # the parent's sockets are not ours
        gate.wait(60)
        try:
            outcome = work()
        except Exception as error:
            answer.send(repr(error))
            raise
        answer.send(outcome)


def serve(live_app: LiveApp, port: int) -> None:
    """A web server with its own connections, until it is killed."""
    with live_app.app.app_context():
        db.engine.dispose(close=False)
    live_app.app.run(port=port, threaded=True, use_reloader=False)
