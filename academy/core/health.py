"""Health checks, metrics and request ids."""

import time
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text

from academy.core.access import public
from academy.core.codes import random_code
from academy.core.db import db
from academy.core.outbox import OutboxRow, OutboxState
from academy.core.queues import redis_client
from academy.core.secret_check import require_secret

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)

registry = CollectorRegistry()
REQUESTS = Counter("academy_http_requests", "Requests", ["endpoint", "status"], registry=registry)
SECONDS = Histogram("academy_http_seconds", "Seconds until the answer", ["endpoint"], registry=registry)
OUTBOX = Gauge("academy_outbox_rows", "Outbox rows by state", ["state"], registry=registry)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Database and Redis answer and the secret is the right one; 503 names what is not so."""
    checks = {"database": _probe(_ask_database), "redis": _probe(_ask_redis), "secret": _probe(require_secret)}
    ready = all(check["ok"] for check in checks.values())
    return jsonify({"ready": ready, "checks": checks}), 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus metrics of this process, and the outbox of the installation. Holds no personal data."""
    counts = dict(db.session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state)).all())
    for state in OutboxState:
        OUTBOX.labels(state.value).set(counts.get(state, 0))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _probe(ask: Any) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        ask()
    except Exception as error:
        return {"ok": False, "problem": type(error).__name__}
    return {"ok": True, "milliseconds": round((time.perf_counter() - began) * 1000, 1)}


def _ask_database() -> None:
    db.session.execute(text("SELECT 1"))


def _ask_redis() -> None:
    client = redis_client()
    if client is not None:
        client.ping()


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = random_code(10)


def _end(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    if hasattr(g, "began"):
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
        response.headers["X-Request-Id"] = g.request_id
    REQUESTS.labels(endpoint, response.status_code).inc()
    return response


def install(app: Flask) -> None:
    """Register the addresses and count every request."""
    app.register_blueprint(blueprint)
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_end)
