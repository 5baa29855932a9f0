"""What waits is found, counted, sorted and handed to the right people."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.core import outbox
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.outbox import OutboxRow, OutboxState
from academy.core.text import Text
from academy.reports.queries.worklist import waiting, waiting_count
from academy.reports.rules.worklist import (
    KIND_ROLES,
    KIND_WORDS,
    Due,
    WorkFilter,
    WorkItem,
    WorkKind,
    kinds_for,
    picked,
    tally,
)
from tests.certificates.factories import prepare
from tests.conftest import ContextClient
from tests.notifications.factories import plan, stranger
from tests.reports.factories import make_academy

SignIn = Callable[[ContextClient, Any], None]
Client = ContextClient


def _item(
    now: datetime, *, due_in: int | None, since: int = 0, kind: WorkKind = WorkKind.APPROVE, title: str = "事"
) -> WorkItem:
    due = None if due_in is None else now + timedelta(hours=due_in)
    words = Text("%(t)s", t=title)
    return WorkItem(kind, words, "", "wait", "待", now, due, "办", "reports.worklist")


def test_every_kind_has_words_and_somebody_to_do_it() -> None:
    assert set(KIND_WORDS) == set(KIND_ROLES) == set(WorkKind)
    assert kinds_for([Role.ADMINISTRATOR]) == list(WorkKind)
    assert kinds_for([Role.CERTIFICATE_OFFICER]) == [WorkKind.RESULTS, WorkKind.LOST]
    assert kinds_for([Role.LEARNER, Role.AUDITOR]) == []


def test_urgency_follows_the_academys_day(now: datetime) -> None:
    assert [_item(now, due_in=h).due_at(now) for h in (-1, 2, 14, 71, 200)] == [
        Due.LATE, Due.TODAY, Due.SOON, Due.SOON, Due.OPEN
    ]  # fmt: skip
    assert _item(now, due_in=None).due_at(now) is Due.OPEN


def test_the_most_urgent_comes_first_and_what_has_no_date_last(now: datetime) -> None:
    items = [_item(now, due_in=None, title="无"), _item(now, due_in=50, title="迟"), _item(now, due_in=-5, title="早")]
    assert [str(i.title) for i in picked(items, WorkFilter(), now)] == ["早", "迟", "无"]
    assert [str(i.title) for i in picked(items, WorkFilter(search="迟"), now)] == ["迟"]
    assert [str(i.title) for i in picked(items, WorkFilter(due=Due.LATE), now)] == ["早"]
    assert picked(items, WorkFilter(kind=WorkKind.LOST), now) == []


def test_tiles_count_what_the_list_holds(now: datetime) -> None:
    items = [_item(now, due_in=-1), _item(now, due_in=1), _item(now, due_in=None, kind=WorkKind.LOST)]
    tiles = tally(items, [WorkKind.APPROVE, WorkKind.LOST], now)
    assert [(t.count, t.late, t.today) for t in tiles] == [(3, 1, 1), (2, 1, 1), (1, 0, 0)]


@pytest.fixture
def failed_row(session: Session, now: datetime) -> Iterator[OutboxRow]:
    """A background row that was given up."""
    known = dict(outbox._subscriptions)
    outbox.subscribe("test.fails", name="test.fails")(lambda **_: None)
    with transaction():
        outbox.announce("test.fails", now=now)
    row = session.scalars(select(OutboxRow).where(OutboxRow.event == "test.fails")).one()
    row.state, row.last_error = OutboxState.FAILED, "坏了 100%s <b>"
    session.commit()
    yield row
    outbox._subscriptions.clear()
    outbox._subscriptions.update(known)


def test_everything_that_waits_is_found_and_counted(session: Session, failed_row: OutboxRow, now: datetime) -> None:
    academy = make_academy(now)
    prepare(academy.graduates, now)
    plan(stranger(email=None, name="张三"), now, key="1")
    plan(stranger(email=None, name="李四"), now, key="2")
    items = waiting(WorkKind, now)
    by_kind = {kind: sorted(str(i.title) for i in items if i.kind is kind) for kind in WorkKind}
    assert by_kind[WorkKind.APPROVE] == [academy.world.program.title_zh]
    assert by_kind[WorkKind.ATTENDANCE] == ["第 1 节还有 1 人没有记考勤"]
    assert by_kind[WorkKind.RESULTS] == ["6 张证书等第二人确认"]
    assert by_kind[WorkKind.LOST] == ["2 封邮件没有送到", "后台任务 test.fails 没有做成"]
    assert waiting_count(WorkKind, now) == len(items)


def test_nothing_waits_in_an_empty_academy(session: Session, now: datetime) -> None:
    assert waiting(WorkKind, now) == []
    assert waiting_count(WorkKind, now) == 0
    assert waiting_count([], now) == 0


def test_an_administrator_starts_a_failed_row_again_once(
    session: Session, client: Client, sign_in: SignIn, failed_row: OutboxRow, now: datetime
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    page = client.get("/worklist").get_data(as_text=True)
    assert "&lt;b&gt;" in page
    path = f"/worklist/outbox/{failed_row.id}/retry"
    for _ in range(2):
        client.post_form(path, page="/manage/users/new")
    session.expire_all()
    assert failed_row.state is OutboxState.PENDING
    assert len(session.scalars(select(AuditRow).where(AuditRow.action == "outbox.retried")).all()) == 1


def test_only_an_administrator_may(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["class_manager"])
    answer = client.post_form("/worklist/outbox/1/retry", page="/manage/learners/import")
    assert answer.status_code == 403


def test_the_list_is_exported_as_it_is_filtered(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    book = load_workbook(BytesIO(client.get("/worklist.xlsx?kind=attendance").data))
    rows = list(book.active.iter_rows(values_only=True)) if book.active else []
    assert rows[0][:2] == ("类别", "事项")
    assert [row[0] for row in rows[1:]] == ["考勤未记"]


def test_a_partial_update_brings_the_list_alone(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    part = client.get("/worklist", headers={"HX-Request": "true", "HX-Target": "list"}).get_data(as_text=True)
    assert part.strip().startswith('<div id="list">')
    assert "<html" not in part
