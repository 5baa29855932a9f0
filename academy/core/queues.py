"""The queues, and the poke that tells a worker that a commit left work behind."""

from enum import StrEnum
from functools import cache
from threading import Timer

import redis
import structlog
from celery import Celery

from academy.config import settings

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
POKE_HOLDS_MS = 500  # while a poke waits in its queue, further ones say nothing new


class Queue(StrEnum):
    """By what a person feels when it is late."""

    URGENT = "urgent"
    DEFAULT = "default"
    DOCUMENTS = "documents"


celery_app = Celery("academy")


@cache
def redis_client() -> "redis.Redis | None":
    """This process's connection pool to Redis, None when there is no REDIS_URL."""
    url = settings().redis_url
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) if url else None


_gathering: set[Queue] = set()  # queues for which this process sends a poke in a moment


def poke(queue: Queue) -> None:
    """Ask a worker to drain a queue soon. Never raises: the periodic drain finds what a lost poke left.

    Pokes of a moment are sent as one, after it: a rush of commits would ask Redis once each, a tenth of their time.
    """
    if redis_client() is None or queue in _gathering:
        return
    _gathering.add(queue)
    Timer(GATHER_SECONDS, _send_poke, [queue]).start()


def _send_poke(queue: Queue) -> None:
    _gathering.discard(queue)  # first: whoever commits from here on asks anew
    client = redis_client()
    if client is None:
        return
    try:
        if client.set(poke_key(queue), 1, nx=True, px=POKE_HOLDS_MS):
            celery_app.send_task("academy.drain", args=[queue.value], queue=queue.value, retry=False)
    except Exception as error:  # Redis away, broker full: the work is safe in the outbox
        log.warning("poke.lost", queue=queue.value, error=repr(error))


def poke_key(queue: Queue) -> str:
    """The Redis key that marks a poke as waiting."""
    return f"academy:poke:{queue.value}"
