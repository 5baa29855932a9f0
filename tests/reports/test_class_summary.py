"""The class summary: the same instant gives the same content, and everybody sees her own rows only."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from academy.attendance.models import AttendanceMark
from academy.attendance.rules import MarkState
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden, NotFound
from academy.core.outbox import drain
from academy.core.runs import JobRun
from academy.core.runs import RunState as JobState
from academy.notifications import queries as notifications
from academy.reports import production, services
from academy.reports.files import render
from academy.reports.models import ReportFile, ReportRun
from academy.reports.queries.class_summary import summary
from academy.reports.queries.runs import get_report_run, report_runs
from academy.reports.rules.definitions import Format, RunState
from tests.accounts.factories import actor_of, make_user
from tests.certificates.factories import issue
from tests.conftest import ContextClient
from tests.reports.factories import Academy, make_academy

SignIn = Callable[[ContextClient, Any], None]
Client = ContextClient


def _request(academy: Academy, role: str, now: datetime, as_of: datetime | None = None) -> ReportRun:
    with transaction():
        return services.request_class_summary(
            class_code=academy.graduates.training_class.code,
            as_of=as_of or now,
            actor=actor_of(academy.users[role]),
            now=now,
        )


def _correct_a_mark(academy: Academy, now: datetime) -> None:
    with transaction() as session:
        old = session.scalars(select(AttendanceMark).order_by(AttendanceMark.id)).first()
        assert old is not None
        session.execute(update(AttendanceMark).where(AttendanceMark.id == old.id).values(is_current=False))
        session.add(
            AttendanceMark(
                session_id=old.session_id, learner_id=old.learner_id, version=2, state=MarkState.ABSENT, minutes=0,
                marked_by="讲师", marked_at=now,
            )
        )  # fmt: skip


def test_the_figures_come_from_the_rows(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    found = summary(academy.graduates.id, now)
    assert len(found.people) == 6
    assert (found.planned, found.rate, found.passed) == (360, Decimal("100.0"), 6)
    assert found.bins == [0, 0, 0, 0, 0, 6, 0]
    assert found.statistics == (Decimal("80.0"), Decimal("80.0"), Decimal("0.0"))
    assert [s.present for s in found.sessions] == [6, 6]


def test_what_happens_later_does_not_change_the_report_of_an_earlier_instant(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    before = summary(academy.graduates.id, now)
    files = {format_: render(before, format_) for format_ in Format}
    _correct_a_mark(academy, now + timedelta(hours=1))
    issue(academy.graduates, now + timedelta(hours=1))
    again = summary(academy.graduates.id, now)
    assert again.checksum == before.checksum
    assert {format_: render(again, format_) for format_ in Format} == files
    later = summary(academy.graduates.id, now + timedelta(hours=2))
    assert later.checksum != before.checksum
    assert later.rate == Decimal("91.7")
    assert sum(1 for person in later.people if person.certificate) == 5  # who was absent is not entitled


def test_an_earlier_instant_knows_less(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    assert summary(academy.graduates.id, now - timedelta(days=4)).people == ()


def test_both_files_are_made_kept_and_announced_once(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    run = _request(academy, "administrator", now)
    drain(now=now)
    drain(now=now)
    production.produce(run_id=run.id, now=now)
    session.expire_all()
    assert run.state is RunState.DONE
    assert run.content_sha256 == summary(academy.graduates.id, now).checksum
    assert [file.format for file in run.files] == [Format.PDF, Format.XLSX]
    assert (run.progress.state, run.progress.done, run.progress.total) == (JobState.DONE, 2, 2)
    assert [m.key for m in notifications.inbox(academy.users["administrator"].id)[0]] == [run.code]
    assert session.scalars(select(AuditRow).where(AuditRow.action == "reports.requested")).one().subject == f"report:{run.code}"


def test_a_worker_that_dies_between_two_files_is_taken_over(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    run = _request(academy, "administrator", now)
    production.produce(run_id=run.id, now=now)  # one slice, then the worker is gone
    session.expire_all()
    assert (run.state, len(run.files)) == (RunState.WAITING, 1)
    drain(now=now)
    session.expire_all()
    assert run.state is RunState.DONE
    assert len(session.scalars(select(ReportFile)).all()) == 2
    assert run.progress.done == 2


def test_a_name_that_cannot_be_printed_ends_with_its_reason(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    academy.graduates.training_class.title_zh = "班\u200b"
    session.commit()
    run = _request(academy, "administrator", now)
    drain(now=now)
    session.expire_all()
    assert run.state is RunState.FAILED
    assert run.problem is not None
    assert session.scalars(select(JobRun).where(JobRun.id == run.job_run_id)).one().state is JobState.FAILED


def test_the_workbook_holds_texts_as_texts_and_numbers_as_numbers(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    academy.graduates.learners[0].name_zh = '=HYPERLINK("http://x.example","点我")'
    session.commit()
    found = summary(academy.graduates.id, now)
    book = load_workbook(BytesIO(render(found, Format.XLSX)))
    assert book.sheetnames == ["培训总结", "学员", "课程", "成绩分布", "定义"]
    people = book["学员"]
    assert people.freeze_panes == "A2"
    assert people.auto_filter.ref
    cells = {cell.value: cell for row in people.iter_rows() for cell in row if cell.value is not None}
    assert cells['=HYPERLINK("http://x.example","点我")'].data_type == "s"
    assert cells[80].data_type == "n"
    assert found.checksum in {cell.value for row in book["定义"].iter_rows() for cell in row}


def test_the_printed_report_says_the_same(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    found = summary(academy.graduates.id, now)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(render(found, Format.PDF))).pages)
    assert "培训总结报告" in text
    assert found.class_code in text
    assert found.checksum[:16] in text


def test_the_future_cannot_be_reported(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    with pytest.raises(services.AsOfIsInTheFuture):
        _request(academy, "administrator", now, now + timedelta(seconds=1))
    with pytest.raises(services.NobodyWasSeated):
        _request(academy, "administrator", now, now - timedelta(days=30))


def test_a_coordinator_gets_the_rows_of_her_own_organization_only(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    run = _request(academy, "organization_coordinator", now)
    drain(now=now)
    session.expire_all()
    assert run.scope == [academy.ours.id]
    workbook = next(file.file for file in run.files if file.format is Format.XLSX)
    people = list(load_workbook(BytesIO(workbook.content))["学员"].iter_rows(min_row=2, values_only=True))
    assert [row[2] for row in people] == sorted(["学员2", "学员4", "学员6"], key=[row[2] for row in people].index)
    assert {row[3] for row in people} == {academy.ours.name_zh}


def test_a_class_without_her_people_does_not_exist_for_a_coordinator(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    for person in academy.graduates.learners:
        person.organization_id = academy.theirs.id
    session.commit()
    with pytest.raises(NotFound):
        _request(academy, "organization_coordinator", now)


def test_an_instructor_gets_her_own_classes_only(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    with pytest.raises(NotFound):
        _request(academy, "instructor", now)


def test_a_learner_may_not_ask(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    with pytest.raises(Forbidden):
        _request(academy, "learner", now)


def test_kept_reports_belong_to_who_asked(session: Session, now: datetime) -> None:
    academy = make_academy(now)
    run = _request(academy, "administrator", now)
    with pytest.raises(Forbidden):
        get_report_run(run.code, actor_of(academy.users["class_manager"]))
    with pytest.raises(NotFound):
        get_report_run(run.code, actor_of(academy.users["organization_coordinator"]))
    assert get_report_run(run.code, actor_of(academy.users["auditor"])).id == run.id
    assert report_runs(actor_of(academy.users["organization_coordinator"])) == ([], 0)


def test_the_pages_ask_watch_and_fetch(session: Session, client: Client, sign_in: SignIn, now: datetime) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    answer = client.post_form("/reports", {"class_code": academy.graduates.training_class.code})
    path = answer.headers["Location"]
    waiting = client.get(path).get_data(as_text=True)
    assert 'hx-trigger="every 1s"' in waiting
    drain(now=now)
    done = client.get(path).get_data(as_text=True)
    assert "hx-trigger" not in done
    assert client.get(f"{path}/xlsx").data[:2] == b"PK"
    assert client.get(f"{path}/pdf").data[:5] == b"%PDF-"
    again = client.post_form("/reports", {"class_code": academy.graduates.training_class.code, "as_of": "2026-11-23T10:42:00"})
    drain(now=now)
    session.expire_all()
    assert again.headers["Location"] != path
    assert len({run.content_sha256 for run in session.scalars(select(ReportRun))}) == 1
    sign_in(client, make_user(Role.ORGANIZATION_COORDINATOR, organization=academy.theirs))
    assert client.get(path).status_code == 404
    assert client.get(f"{path}/pdf").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"class_code": "nothing"},
        {"class_code": "", "as_of": "x"},
        {"as_of": "2999-01-01T00:00"},
        {"as_of": "0001-01-01T00:00"},
    ],
)
def test_a_bad_request_comes_back_with_its_reason(
    session: Session, client: Client, sign_in: SignIn, now: datetime, data: dict[str, str]
) -> None:
    academy = make_academy(now)
    sign_in(client, academy.users["administrator"])
    good = {"class_code": academy.graduates.training_class.code} if "class_code" not in data and data else {}
    answer = client.post_form("/reports", {**good, **data})
    assert answer.status_code == 422
    assert "note--lost" in answer.get_data(as_text=True)
    assert session.scalars(select(ReportRun)).all() == []
