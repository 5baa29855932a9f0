"""Celery: its settings, the drain task, and @job for periodic work."""

from collections.abc import Callable
from typing import Any

import structlog
from celery.signals import worker_process_init
from flask import Flask

from academy.config import Settings
from academy.core import outbox
from academy.core.audit import extend_chain
from academy.core.clock import now
from academy.core.db import db, transaction
from academy.core.queues import Queue, celery_app, poke, poke_key, redis_client

log = structlog.get_logger(__name__)

SLICE = 500  # deliveries per drain task, so that one queue's backlog does not hold a worker for minutes
VISIBILITY_SECONDS = 12 * 3600  # Redis gives an unacknowledged message back after this; the outbox lease decides anyway

Job = Callable[..., None]


def connect(app: Flask, config: Settings) -> None:
    """Configure Celery for this application: tasks run inside its context."""
    celery_app.conf.update(
        broker_url=config.redis_url or "memory://",
        broker_transport_options={"visibility_timeout": VISIBILITY_SECONDS, "socket_timeout": 5, "socket_connect_timeout": 5},
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_default_queue=Queue.DEFAULT.value,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        timezone="Asia/Shanghai",
    )
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    worker_process_init.connect(lambda **_: _forget_connections(app), weak=False)


def _forget_connections(app: Flask) -> None:
    """A forked worker must not share its parent's database sockets."""
    with app.app_context():
        db.engine.dispose(close=False)


def _in_context(function: Callable[[], Any]) -> Any:
    app = celery_app.flask_app
    with app.app_context():
        return function()


def bind(app: Flask) -> None:
    """Name the application whose context the tasks of this process enter."""
    celery_app.flask_app = app


def job(*, queue: Queue = Queue.DEFAULT, every: float) -> Callable[[Job], Job]:
    """Run a function every `every` seconds, as `function(now=…)`. It opens its own transactions."""

    def register(function: Job) -> Job:
        name = f"{function.__module__}.{function.__name__}"

        def run() -> None:
            _in_context(lambda: function(now=now()))

        celery_app.task(name=name, ignore_result=True)(run)
        celery_app.conf.beat_schedule = {
            **(celery_app.conf.beat_schedule or {}),
            name: {"task": name, "schedule": every, "options": {"queue": queue.value, "expires": max(every, 5)}},
        }
        return function

    return register


@celery_app.task(name="academy.drain", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery ships no types
def drain_queue(queue: str) -> None:
    """Deliver what is due in one queue; asks for another turn when a slice was not enough."""
    client = redis_client()
    if client is not None:
        client.delete(poke_key(Queue(queue)))
    made = _in_context(lambda: outbox.drain(now=now(), queue=Queue(queue), limit=SLICE))
    if made >= SLICE:
        poke(Queue(queue))


@job(queue=Queue.DEFAULT, every=15)
def sweep(*, now: Any) -> None:
    """Find work whose poke was lost or whose worker died."""
    for queue in Queue:
        poke(queue)


@job(queue=Queue.DEFAULT, every=30)
def chain_audit_rows(*, now: Any) -> None:
    """Chain the audit rows that have settled."""
    with transaction():
        extend_chain(now=now)
