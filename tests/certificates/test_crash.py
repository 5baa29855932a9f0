"""Real processes: workers that are killed at every step, and workers that run at the same time."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from academy.certificates import queries
from academy.certificates.models import CertificateRegister, SigningKey
from academy.certificates.rules import BatchState
from academy.certificates.services import batches
from academy.core.db import db
from academy.core.files import StoredFile
from academy.core.outbox import LEASE
from academy.core.runs import JobRun, RunState
from academy.notifications.models import Message
from tests.certificates.factories import Graduates, approve, certificates, make_graduates, prepare
from tests.certificates.worker import POINTS
from tests.conftest import LiveApp

PEOPLE = 17
AFTER_THE_LEASE = LEASE + timedelta(minutes=1)


class Workers:
    """Real processes that carry out orders on a database."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.certificates.worker"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, live_app: LiveApp, now: datetime, *orders: dict[str, Any]) -> list[int]:
        """Carry out all orders at the same time; their exit codes."""
        assert self._process.stdin
        assert self._process.stdout
        common = {"database_url": live_app.database_url, "now": now.isoformat()}
        self._process.stdin.write(json.dumps([{**common, **order} for order in orders]) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    started = Workers()
    yield started
    started.close()


def assert_exact(graduates: Graduates, count: int) -> None:
    """One certificate, one number, one file and one message for each person; no gap; every hash right."""
    issued = certificates(graduates)
    assert [one.serial for one in issued] == list(range(1, count + 1))
    assert {one.learner_id for one in issued} == {learner.id for learner in graduates.learners}
    assert len({one.file_id for one in issued}) == count
    messages = db.session.query(Message).filter(
        Message.reason == "certificates.issued", Message.key.in_([c.number for c in issued])
    )
    assert {message.key for message in messages} == {one.number for one in issued}
    assert messages.count() == count
    register = db.session.get(CertificateRegister, graduates.id)
    assert register
    assert (register.last_serial, register.released) == (count, [])


@pytest.mark.parallel
def test_workers_killed_at_every_step_leave_exact_numbers_certificates_and_messages(
    live_app: LiveApp, workers: Workers, now: datetime
) -> None:
    graduates = make_graduates(now, PEOPLE)
    batch = prepare(graduates, now)
    approve(graduates, batch, now)
    db.session.commit()
    for step, point in enumerate(point for point in POINTS if point != "none"):
        codes = workers.run(live_app, now + step * AFTER_THE_LEASE, {"what": "drain", "point": point})
        assert codes == [-signal.SIGKILL], point
    assert workers.run(live_app, now + len(POINTS) * AFTER_THE_LEASE, {"what": "drain", "point": "none"}) == [0]

    assert_exact(graduates, PEOPLE)
    assert db.session.query(StoredFile).filter_by(media_type="application/pdf").count() == PEOPLE
    assert queries.get_batch(batch.code).state is BatchState.DONE
    run = db.session.query(JobRun).filter_by(kind=batches.RUN_KIND).one()
    assert (run.state, run.done, run.failed) == (RunState.DONE, PEOPLE, 0)
    report = queries.audit_register()
    assert (report.checked, report.faults, report.explained_gaps) == (PEOPLE, (), ())


@pytest.mark.parallel
def test_workers_that_run_at_once_never_share_a_number(live_app: LiveApp, workers: Workers, now: datetime) -> None:
    first = make_graduates(now, 8)
    second = make_graduates(now, 7, world=first.world)
    ids = []
    for graduates in (first, second):
        batch = prepare(graduates, now)
        approve(graduates, batch, now)
        ids.append(batch.id)
    db.session.commit()
    orders = [{"what": "issue", "batches": order} for order in (ids, ids[::-1], ids, ids[::-1])]
    assert workers.run(live_app, now, *orders) == [0, 0, 0, 0]
    assert_exact(first, 8)
    assert_exact(second, 7)
    assert db.session.query(StoredFile).filter_by(media_type="application/pdf").count() == 15
    numbers = [one.number for graduates in (first, second) for one in certificates(graduates)]
    assert len(set(numbers)) == 15
    assert queries.audit_register().faults == ()


@pytest.mark.parallel
def test_processes_that_start_together_agree_on_the_keys(live_app: LiveApp, workers: Workers, now: datetime) -> None:
    db.session.commit()
    assert workers.run(live_app, now, *[{"what": "make keys"}] * 4) == [0, 0, 0, 0]
    assert sorted(key.role for key in db.session.query(SigningKey)) == ["root", "signer"]
