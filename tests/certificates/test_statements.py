"""Annual statements: signed, stored, numbered, the same bytes each time, replaced when the ledger has changed."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.accounts.models import Organization
from academy.attendance import services as attendance
from academy.certificates import queries, services
from academy.certificates.models import HoursStatement
from academy.certificates.numbers import is_number, is_statement_number, make_statement_number
from academy.certificates.queries import FileOutcome, StatementFile
from academy.certificates.services import NothingToState, StatementWasRedrawn
from academy.certificates.statement_production import produce_statement
from academy.core.access import SYSTEM, Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.documents import UndrawableCharacter
from academy.core.errors import NotFound
from academy.core.files import get_file
from academy.people.models import Learner
from academy.people.rules import HeldLevel
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.attendance.hours_factories import carry_out, give_period, make_keeper, make_registered, write_down

MAY = date(2026, 5, 1)


@pytest.fixture
def keeper(session: Session) -> Actor:
    """Somebody who keeps the ledger."""
    return make_keeper()


@pytest.fixture
def learner(session: Session, keeper: Actor, now: datetime) -> Learner:
    """Somebody registered with twelve hours this year."""
    found = make_registered(now, user=make_user(Role.LEARNER), name="阿卜杜热西提·买买提吐尔逊")
    give_period(found, keeper, now)
    write_down(found, 12, MAY, keeper, now)
    return found


def issue(learner: Learner, now: datetime, *, year: int = 2026, actor: Actor = SYSTEM) -> HoursStatement:
    return produce_statement(learner_id=learner.id, year=year, actor=actor, now=now)


def pdf_of(statement: HoursStatement) -> bytes:
    return get_file(statement.file_id or 0).content


def text_of(statement: HoursStatement) -> str:
    pages = pypdf.PdfReader(BytesIO(pdf_of(statement))).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


def test_it_says_what_the_ledger_says(learner: Learner, now: datetime) -> None:
    made = issue(learner, now)
    assert is_statement_number(made.number)
    assert not is_number(made.number)  # never taken for a certificate's
    assert (made.year, made.version, made.minutes, made.is_live) == (2026, 1, 12 * 45, True)
    facts = json.loads(made.facts)
    assert facts["required"] == {"hours": 30, "rule": "社会工作师每年30学时（山东登记实施办法 2017）"}
    assert facts["holder"]["registered_until"] == "2027-02-28"
    assert learner.id_number not in made.facts  # masked, never whole
    shown = text_of(made)
    for words in (made.number, "12", "尚差18学时", "2027年2月28日", facts["verify"]["url"].split("/")[-1]):
        assert words in shown


def test_the_same_ledger_gives_the_same_statement_and_bytes(session: Session, learner: Learner, now: datetime) -> None:
    first = issue(learner, now)
    content = pdf_of(first)
    again = issue(learner, now + timedelta(days=3), actor=actor_of(make_user(Role.ADMINISTRATOR)))
    assert (again.id, again.number, pdf_of(again)) == (first.id, first.number, content)
    assert len(session.scalars(select(AuditRow).where(AuditRow.action == "certificates.statement_issued")).all()) == 1


def test_a_changed_ledger_gives_a_new_version_that_says_what_it_replaces(
    learner: Learner, keeper: Actor, now: datetime
) -> None:
    first = issue(learner, now)
    content = pdf_of(first)
    entry = write_down(learner, 20, MAY, keeper, now)
    second = issue(learner, now)
    assert (second.version, second.minutes) == (2, 32 * 45)
    assert second.number != first.number
    with transaction():
        attendance.counter_written_down(entry_id=entry, reason="记重了吧", actor=keeper, now=now)
    third = issue(learner, now)
    db.session.expire_all()
    assert (first.is_live, first.replaced_by_id, second.replaced_by_id, third.is_live) == (False, second.id, third.id, True)
    assert pdf_of(first) == content  # what was issued never changes
    assert f"第3版，替代{second.number}" in text_of(third)
    assert "冲正台账号" in text_of(third)
    finding = queries.verify_statement(first.public_id, now=now)
    assert finding.is_sound
    assert finding.successor is not None
    assert not next(check for check in finding.checks if check.code == "state").passed


def test_a_longer_registration_is_a_new_version_too(learner: Learner, keeper: Actor, now: datetime) -> None:
    first = issue(learner, now)
    carry_out(keeper, now)
    assert issue(learner, now).version == first.version + 1


def test_each_year_stands_alone(learner: Learner, keeper: Actor, now: datetime) -> None:
    write_down(learner, 7, date(2025, 12, 31), keeper, now)
    this_year, last_year = issue(learner, now), issue(learner, now, year=2025)
    assert (last_year.minutes, last_year.version) == (7 * 45, 1)
    assert this_year.minutes == 12 * 45
    for empty in (2024, 2027, 1999, 0):
        with pytest.raises(NothingToState):
            issue(learner, now, year=empty)


def test_a_person_without_registration_gets_one_as_well(session: Session, keeper: Actor, now: datetime) -> None:
    nobody = make_registered(now, level=HeldLevel.NONE)
    write_down(nobody, 3, MAY, keeper, now)
    made = issue(nobody, now)
    assert "required" not in json.loads(made.facts)
    assert "未登记" in text_of(made)


def test_many_entries_run_over_pages_and_are_still_signed(learner: Learner, keeper: Actor, now: datetime) -> None:
    for day in range(90):
        write_down(learner, 1, MAY + timedelta(days=day), keeper, now)
    made = issue(learner, now)
    assert len(pypdf.PdfReader(BytesIO(pdf_of(made))).pages) >= 3
    result = queries.check_document(pdf_of(made), now=now)
    assert isinstance(result, StatementFile)
    assert result.outcome is FileOutcome.GENUINE


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_finds_the_signature_valid(learner: Learner, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "file.pdf").write_bytes(pdf_of(issue(learner, now)))
    said = subprocess.run(["pdfsig", "-nocert", "file.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_structural_error(learner: Learner, now: datetime, tmp_path: Path) -> None:
    (tmp_path / "file.pdf").write_bytes(pdf_of(issue(learner, now)))
    assert subprocess.run(["qpdf", "--check", "file.pdf"], cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_death_before_the_file_is_recorded_costs_no_number(
    session: Session, learner: Learner, keeper: Actor, now: datetime
) -> None:
    with transaction():
        signer = services.current_signer(now=now)
        drawn = services.draw_statement(learner_id=learner.id, year=2026, actor=SYSTEM, now=now)
    services.make_statement(drawn, signer)  # and the process dies
    assert queries.statements_of(learner.id) == []
    made = issue(learner, now + timedelta(hours=1))
    assert made.id == drawn.id
    assert queries.find_drawn_statement(learner.id, 2026) is None
    write_down(learner, 1, MAY, keeper, now)
    with transaction():
        stale = services.draw_statement(learner_id=learner.id, year=2026, actor=SYSTEM, now=now)
    write_down(learner, 1, MAY, keeper, now)
    with transaction():
        fresh = services.draw_statement(learner_id=learner.id, year=2026, actor=SYSTEM, now=now)
    assert fresh.id == stale.id  # the number never left the house: it is given to what the ledger says now
    with pytest.raises(StatementWasRedrawn), transaction():
        services.record_statement(made=services.make_statement(stale, signer), actor=SYSTEM, now=now)
    serials = sorted(int(number[6:13]) for number in session.scalars(select(HoursStatement.number)))
    assert serials == [1, 2]


def test_recording_twice_keeps_the_first(learner: Learner, now: datetime) -> None:
    with transaction():
        signer = services.current_signer(now=now)
        drawn = services.draw_statement(learner_id=learner.id, year=2026, actor=SYSTEM, now=now)
    both = [services.make_statement(drawn, signer) for _ in range(2)]
    digests = []
    for made in both:
        with transaction():
            digests.append(services.record_statement(made=made, actor=SYSTEM, now=now).file_sha256)
    assert digests[0] == digests[1]


def test_the_database_keeps_one_live_statement_a_year(session: Session, learner: Learner, now: datetime) -> None:
    made = issue(learner, now)
    copy = {column.name: getattr(made, column.name) for column in HoursStatement.__table__.columns if column.name != "id"}
    copy |= {"public_id": "X", "number": "X", "version": 2, "file_sha256": "X", "signed_digest": "X"}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(HoursStatement(**copy))


def test_an_altered_file_or_row_is_found(session: Session, learner: Learner, now: datetime) -> None:
    made = issue(learner, now)
    content = pdf_of(made)
    cut = content.replace(b"/Producer", b"/Produced", 1) if b"/Producer" in content else content[:200] + b" " + content[201:]
    for altered, outcome in ((cut, FileOutcome.ALTERED), (content + b"\n% more", FileOutcome.ADDED_TO)):
        result = queries.check_document(altered, now=now)
        assert isinstance(result, StatementFile)
        assert result.outcome is outcome
    made.minutes += 45
    session.commit()
    assert not queries.verify_statement(made.public_id, now=now).is_sound


def test_a_name_that_cannot_be_printed_is_refused_with_the_character(session: Session, keeper: Actor, now: datetime) -> None:
    odd = make_registered(now, name="王𠮷")
    write_down(odd, 3, MAY, keeper, now)
    with pytest.raises(UndrawableCharacter, match="U\\+20BB7"):
        issue(odd, now)
    assert session.scalars(select(HoursStatement)).all() == []


def coordinator_of(unit: Organization) -> Actor:
    return actor_of(make_user(Role.ORGANIZATION_COORDINATOR, organization=unit))


def test_to_others_she_does_not_exist(session: Session, learner: Learner, now: datetime) -> None:
    unit, other = make_organization(), make_organization()
    learner.organization_id = unit.id
    session.commit()
    for stranger in (actor_of(make_user(Role.LEARNER)), actor_of(make_user(Role.INSTRUCTOR)), coordinator_of(other)):
        with pytest.raises(NotFound):
            issue(learner, now, actor=stranger)
    assert issue(learner, now, actor=coordinator_of(unit)).version == 1


def test_the_pages_issue_fetch_and_check(
    session: Session,
    client: FlaskClient,
    sign_in: Callable[..., None],
    learner: Learner,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    monkeypatch.setattr("academy.certificates.web.statements.now", lambda: now)
    monkeypatch.setattr("academy.certificates.web.statements.today", lambda: now.date())
    unit = make_organization()
    learner.organization_id = unit.id
    session.commit()
    owner = db.session.get_one(type(make_user(Role.LEARNER)), learner.user_id)
    sign_in(client, owner)
    path = f"/statements/{learner.code}/2026"
    shown = client.post_form(path, page="/my/hours", follow_redirects=True).get_data(as_text=True)  # type: ignore[attr-defined]
    assert "已开具，可以下载" in shown
    [made] = queries.statements_of(learner.id)
    file = client.get(f"/statements/{made.public_id}.pdf")
    assert (file.status_code, file.data) == (200, pdf_of(made))
    assert client.get(f"/statements/{made.public_id}.pdf").data == file.data
    for other in (
        make_user(Role.LEARNER),
        make_user(Role.INSTRUCTOR),
        make_user(Role.ORGANIZATION_COORDINATOR, organization=make_organization()),
    ):
        sign_in(client, other)
        assert client.get(f"/statements/{made.public_id}.pdf").status_code == 404
        assert client.post_form(path, page="/verify").status_code == 404  # type: ignore[attr-defined]
    for insider in (
        make_user(Role.CLASS_MANAGER),
        make_user(Role.CERTIFICATE_OFFICER),
        make_user(Role.AUDITOR),
        make_user(Role.ORGANIZATION_COORDINATOR, organization=unit),
    ):
        sign_in(client, insider)
        assert client.get(f"/statements/{made.public_id}.pdf").status_code == 200
        assert client.get(f"/manage/learners/{learner.code}/hours").status_code == 200
    sign_in(client, make_user(Role.AUDITOR))
    assert client.post_form(path, page="/verify").status_code == 404  # type: ignore[attr-defined]  # who only reads issues nothing
    with client.session_transaction() as kept:
        kept.clear()
    page = client.get(f"/s/{made.public_id}").get_data(as_text=True)
    assert made.number in page
    assert learner.name_zh not in page  # masked
    assert client.get("/s/0000000000000000").status_code == 404
    upload = {"pdf": (BytesIO(file.data), "x.pdf")}
    checked = client.post_form("/verify/file", upload, page="/verify", content_type="multipart/form-data")  # type: ignore[attr-defined]
    assert learner.name_zh in checked.get_data(as_text=True)  # who has the file sees the whole name
    found = client.post_form("/verify", {"number": made.number.lower(), "name": learner.name_zh}, page="/verify")  # type: ignore[attr-defined]
    assert found.headers["Location"].endswith(f"/s/{made.public_id}")
    missed = client.post_form("/verify", {"number": made.number, "name": "别人"}, page="/verify")  # type: ignore[attr-defined]
    assert missed.status_code == 404


def test_the_document_is_chinese_whoever_asks(app: Flask, learner: Learner, now: datetime) -> None:
    with app.test_request_context("/?lang=en", headers={"Accept-Language": "en"}), force_locale("en"):
        facts = json.loads(issue(learner, now).facts)
    assert facts["statement"]["as_of"] == "2026年11月23日 10:42"
    assert facts["holder"]["level"] == "社会工作师"


def test_numbers_check_themselves() -> None:
    number = make_statement_number(2026, 9000233)
    assert number.startswith("XS20269000233")
    assert is_statement_number(number)
    assert not any(is_statement_number(number[:-1] + other) for other in "0123456789X" if other != number[-1])
