"""Batches: two people, one certificate for each entitlement, frozen facts, failures that stop nobody else."""

import hashlib
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pypdf
import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.catalog.models import Program
from academy.certificates import queries, services
from academy.certificates.models import Certificate, CertificateBatch, CertificateBatchRow, CertificateRegister
from academy.certificates.numbers import parse_number
from academy.certificates.rules import BatchState, CertificateState, RowState
from academy.certificates.services import batches, facts, issuing
from academy.core import documents, outbox
from academy.core.access import SYSTEM, Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.documents import DocumentWarning
from academy.core.errors import Forbidden
from academy.core.files import get_file
from academy.core.outbox import OutboxRow, drain
from academy.core.runs import JobRun, RunState
from academy.notifications.models import Message
from tests.accounts.factories import actor_of, make_user
from tests.certificates.factories import approve, certificates, give_account, issue, make_graduates, prepare


def test_everybody_entitled_gets_one_certificate_with_consecutive_numbers(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 5)
    issued = issue(graduates, now)
    parts = [parse_number(one.number) for one in issued]
    assert [p.serial for p in parts if p] == [1, 2, 3, 4, 5]
    assert {(p.year, p.class_serial) for p in parts if p} == {(2026, graduates.training_class.class_serial)}
    assert {one.learner_id for one in issued} == {learner.id for learner in graduates.learners}
    assert {one.valid_until for one in issued} == {date(2028, 11, 22)}


def test_the_file_says_what_the_register_says(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 1)
    (one,) = issue(graduates, now)
    content = get_file(one.file_id).content
    assert hashlib.sha256(content).hexdigest() == one.file_sha256
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    text = "".join(text.split())  # justified lines come out with spaces and breaks
    for words in ("学员1", one.number, "岗位能力证书", "社区议事协商主持人能力培训", f"/c/{one.public_id}", "8学时"):
        assert words in text
    assert "有效至2028年11月22日" in text


def test_progress_messages_audit_and_events_come_with_the_certificates(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 3)
    user = give_account(graduates.learners[0])
    issued = issue(graduates, now)
    run = session.query(JobRun).filter_by(kind=batches.RUN_KIND).one()
    assert (run.state, run.total, run.done, run.failed) == (RunState.DONE, 3, 3, 0)
    assert session.query(Message).filter_by(reason="certificates.issued", user_id=user.id, channel="in_app").count() == 1
    assert session.query(Message.person).filter_by(reason="certificates.issued").distinct().count() == 3
    assert session.query(AuditRow).filter_by(action="certificates.issued").count() == 3
    assert all([event.kind.value for event in queries.events_of(one.id)] == ["issued"] for one in issued)
    assert queries.audit_register().faults == ()


def test_the_preparer_cannot_approve(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    batch = prepare(graduates, now)
    with pytest.raises(batches.PreparedByYou), transaction():
        services.approve_batch(code=batch.code, actor=graduates.officer, now=now)
    with pytest.raises(IntegrityError), transaction():
        session.execute(update(CertificateBatch).values(approved_by_id=CertificateBatch.prepared_by_id))
    drain(now=now)
    assert certificates(graduates) == []


@pytest.mark.parametrize("role", [Role.LEARNER, Role.INSTRUCTOR, Role.AUDITOR, Role.CLASS_MANAGER])
def test_other_roles_neither_prepare_nor_approve(session: Session, now: datetime, role: Role) -> None:
    graduates = make_graduates(now)
    other = actor_of(make_user(role))
    with pytest.raises(Forbidden), transaction():
        services.prepare_batch(class_id=graduates.id, actor=other, now=now)
    batch = prepare(graduates, now)
    with pytest.raises(Forbidden), transaction():
        services.approve_batch(code=batch.code, actor=other, now=now)


def test_the_system_is_no_second_person(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    batch = prepare(graduates, now)
    with pytest.raises(Forbidden), transaction():
        services.approve_batch(code=batch.code, actor=SYSTEM, now=now)


def test_a_batch_is_approved_once(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    batch = prepare(graduates, now)
    approve(graduates, batch, now)
    with pytest.raises(batches.BatchIsDecided):
        approve(graduates, batch, now)
    assert session.query(OutboxRow).filter_by(event="certificates.batch_approved").count() == 1


def test_one_batch_of_a_class_at_a_time(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    prepare(graduates, now)
    with pytest.raises(batches.BatchIsOpen):
        prepare(graduates, now)


def test_a_withdrawn_batch_issues_nothing_and_keeps_its_reason(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    batch = prepare(graduates, now)
    with pytest.raises(batches.ReasonIsMissing), transaction():
        services.withdraw_batch(code=batch.code, reason=" 不 ", actor=graduates.officer, now=now)
    with transaction():
        services.withdraw_batch(code=batch.code, reason="名单要再核对", actor=graduates.officer, now=now)
    assert queries.get_batch(batch.code).withdrawn_reason == "名单要再核对"
    with pytest.raises(batches.BatchIsDecided):
        approve(graduates, batch, now)
    assert prepare(graduates, now).total == 3


def test_a_batch_for_nobody_is_refused(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 0)
    with pytest.raises(batches.NobodyIsEntitled):
        prepare(graduates, now)


def test_a_second_batch_finds_nobody_left(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    before = [(one.number, one.file_sha256) for one in issue(graduates, now)]
    with pytest.raises(batches.NobodyIsEntitled):
        prepare(graduates, now)
    assert [(one.number, one.file_sha256) for one in certificates(graduates)] == before


def test_running_the_job_again_changes_nothing(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    issued = [one.file_sha256 for one in issue(graduates, now)]
    session.execute(update(OutboxRow).values(state="pending", due_at=now))
    session.commit()
    drain(now=now)
    assert [one.file_sha256 for one in certificates(graduates)] == issued
    assert session.query(Message.person).filter_by(reason="certificates.issued").distinct().count() == 3
    run = session.query(JobRun).filter_by(kind=batches.RUN_KIND).one()
    assert (run.done, run.failed) == (3, 0)


def test_the_database_itself_refuses_a_second_certificate_for_an_entitlement(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 1)
    (one,) = issue(graduates, now)
    copy = {column.key: getattr(one, column.key) for column in Certificate.__table__.columns if column.key != "id"}
    copy |= {"number": "XA20260019999X", "serial": 9999, "public_id": "0" * 16, "file_sha256": "1" * 64, "signed_digest": "2"}
    with pytest.raises(IntegrityError), transaction():
        session.execute(insert(Certificate), [copy])


def test_a_title_that_looks_like_a_state_document_is_refused(session: Session, now: datetime) -> None:
    graduates = make_graduates(now)
    session.execute(update(Program).values(title_zh="全国社工职业资格班"))
    session.commit()
    with pytest.raises(facts.TitleIsForbidden, match="全国"):
        prepare(graduates, now)


def test_a_name_that_cannot_be_printed_stops_nobody_else(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 4)
    batch = prepare(graduates, now)
    graduates.learners[1].name_zh = "王𠮷祥"  # corrected between preparation and approval
    session.commit()
    approve(graduates, batch, now)
    drain(now=now)
    assert [one.serial for one in certificates(graduates)] == [1, 2, 3]
    (row,) = [row for row in queries.batch_rows(batch.id) if row.state is not RowState.ISSUED]
    assert row.state is RowState.REFUSED
    assert "𠮷" in str(row.problem_text) or "姓名" in str(row.problem_text)
    run = queries.find_run(queries.get_batch(batch.code))
    assert run
    assert (run.state, run.done, run.failed) == (RunState.DONE, 3, 1)
    assert len(run.problems) == 1


def fail_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the press refuse one person's file."""
    real = documents.render_document

    def render(*, template: str, facts: dict[str, Any], stamp: datetime) -> Any:
        if facts["holder"]["name"] == name:
            raise DocumentWarning("block may not occur inside of a paragraph and was ignored")
        return real(template=template, facts=facts, stamp=stamp)

    monkeypatch.setattr(issuing, "render_document", render)


def test_a_file_that_cannot_be_made_is_recorded_and_can_be_tried_again(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    graduates = make_graduates(now, 4)
    batch = prepare(graduates, now)
    second = queries.batch_rows(batch.id)[1].holder_name
    with monkeypatch.context() as patched:
        fail_for(second, patched)
        approve(graduates, batch, now)
        drain(now=now)
    assert [one.serial for one in certificates(graduates)] == [1, 3, 4]
    report = queries.audit_register()
    assert report.faults == ()
    assert report.explained_gaps == (f"class:{graduates.id}:0002",)
    issued = {one.number: one.file_sha256 for one in certificates(graduates)}

    with transaction():
        services.retry_failed(code=batch.code, actor=graduates.officer, now=now)
    drain(now=now + timedelta(days=1))
    again = certificates(graduates)
    assert [one.serial for one in again] == [1, 2, 3, 4]
    assert issued.items() <= {one.number: one.file_sha256 for one in again}.items()
    assert queries.audit_register().explained_gaps == ()
    assert queries.get_batch(batch.code).state is BatchState.DONE
    with pytest.raises(batches.NothingToRetry), transaction():
        services.retry_failed(code=batch.code, actor=graduates.officer, now=now)


def test_who_is_no_longer_entitled_at_issue_is_left_out_with_the_reason(session: Session, now: datetime) -> None:
    from academy.scoring.models import Result
    from academy.scoring.rules import ResultState

    graduates = make_graduates(now, 3)
    batch = prepare(graduates, now)
    session.execute(update(Result).where(Result.learner_id == graduates.learners[0].id).values(state=ResultState.CONFIRMED))
    session.commit()
    approve(graduates, batch, now)
    drain(now=now)
    assert [one.serial for one in certificates(graduates)] == [1, 2]
    assert [str(row.problem_text) for row in queries.batch_rows(batch.id) if row.problem] == ["没有已发布的考核成绩"]


def test_an_issued_certificate_never_changes(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    graduates = make_graduates(now, 1)
    (one,) = issue(graduates, now)
    before = (one.facts, one.facts_sha256, get_file(one.file_id).content)
    graduates.learners[0].name_zh = "改名后"
    session.execute(update(Program).values(title_zh="改过的项目", validity_months=1, min_hours=99))
    graduates.training_class.title_zh = "改过的班"
    graduates.training_class.ends_on = date(2027, 1, 1)
    session.commit()
    drain(now=now + timedelta(days=400))
    (after,) = certificates(graduates)
    assert (after.facts, after.facts_sha256, get_file(after.file_id).content) == before
    finding = queries.verify(after.public_id, now=now)
    assert finding.facts["holder"]["name"] == "学员1"
    assert finding.facts["program"]["title_zh"] == "社区议事协商主持人能力培训"
    assert queries.audit_register().faults == ()


def test_facts_frozen_when_the_number_was_drawn_survive_a_death(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 2)
    batch = prepare(graduates, now)
    approve(graduates, batch, now)
    with transaction():
        drawn = services.draw_slice(batch_id=batch.id, now=now)
    graduates.learners[0].name_zh = "改名后"
    session.commit()
    drain(now=now + timedelta(days=2))
    assert [one.facts for one in certificates(graduates)] == [item.facts for item in drawn]
    assert json.loads(drawn[0].facts)["certificate"]["issued_on"] == "2026-11-23"


def test_two_workers_on_one_slice_record_it_once(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 3)
    batch = prepare(graduates, now)
    approve(graduates, batch, now)
    with transaction():
        first = services.draw_slice(batch_id=batch.id, now=now)
    with transaction():
        second = services.draw_slice(batch_id=batch.id, now=now)
    assert first == second
    for drawn in (first, second):
        made = services.make_files(drawn, now=now)
        with transaction():
            services.record_slice(batch_id=batch.id, made=made, now=now)
    assert len(certificates(graduates)) == 3
    assert session.get(CertificateRegister, graduates.id).last_serial == 3  # type: ignore[union-attr]
    assert session.query(JobRun).filter_by(kind=batches.RUN_KIND).one().done == 3


def test_more_people_than_a_slice_are_issued_in_several(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "SLICE", 2)
    monkeypatch.setattr(issuing, "DRAW", 3)
    graduates = make_graduates(now, 7)
    assert [one.serial for one in issue(graduates, now)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_revoked_certificate_is_not_issued_again_by_a_batch(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 2)
    one, _ = issue(graduates, now)
    with transaction():
        services.revoke(number=one.number, reason="出勤记录不实", actor=graduates.officer, now=now)
    with pytest.raises(batches.NobodyIsEntitled):
        prepare(graduates, now)
    assert certificates(graduates)[0].state is CertificateState.REVOKED


def test_rows_of_a_batch_are_listed_in_the_order_of_their_numbers(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 4)
    issue(graduates, now)
    rows = session.query(CertificateBatchRow).filter_by(class_id=graduates.id).order_by(CertificateBatchRow.id)
    assert [row.serial for row in rows] == [1, 2, 3, 4]
    assert outbox.failed_rows() == []
    assert isinstance(graduates.officer, Actor)
    assert db.session.query(Certificate).filter_by(class_id=graduates.id).count() == 4
