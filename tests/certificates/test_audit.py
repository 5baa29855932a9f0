"""The register is checked against itself: whoever edits the database by hand is found, by row."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from academy.certificates import queries, services
from academy.certificates.models import Certificate, CertificateEvent, CertificateRegister
from academy.certificates.rules import CertificateState, EventKind
from academy.core.db import transaction
from academy.core.files import StoredFile
from tests.certificates.factories import certificates, issue, make_graduates


def faults() -> set[str]:
    return {fault.subject for fault in queries.audit_register().faults}


@pytest.mark.parametrize(
    "values",
    [
        {"holder_name": "别人"},
        {"number": "XA20250120037S"},
        {"issued_on": date(2020, 1, 1)},
        {"valid_until": None},
        {"facts": "{}"},
        {"facts_sha256": "0" * 64},
        {"facts_signature": b"x"},
        {"file_sha256": "1" * 64},
        {"last_event_digest": "2" * 64},
        {"event_count": 2},
        {"public_id": "0" * 16},
        {"state": CertificateState.SUSPENDED},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_edited_column_is_found(session: Session, now: datetime, values: dict[str, Any]) -> None:
    one, other = issue(make_graduates(now, 2), now)
    session.execute(update(Certificate).where(Certificate.id == one.id).values(**values))
    session.commit()
    assert faults() == {values.get("number", one.number)}
    assert other.number not in faults()


def test_a_revocation_undone_by_hand_is_found(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 1)
    (one,) = issue(graduates, now)
    with transaction():
        services.revoke(number=one.number, reason="出勤记录不实", actor=graduates.officer, now=now)
    assert faults() == set()
    session.execute(update(Certificate).values(state=CertificateState.ISSUED, revoked_at=None, revoked_reason=""))
    session.commit()
    assert faults() == {one.number}


@pytest.mark.parametrize("change", [{"reason": "改写"}, {"actor_name": "别人"}, {"kind": EventKind.RESTORED}])
def test_an_edited_event_is_found(session: Session, now: datetime, change: dict[str, Any]) -> None:
    (one,) = issue(make_graduates(now, 1), now)
    session.execute(update(CertificateEvent).values(**change))
    session.commit()
    assert faults() == {one.number}


def test_a_deleted_event_is_found(session: Session, now: datetime) -> None:
    (one,) = issue(make_graduates(now, 1), now)
    session.execute(delete(CertificateEvent))
    session.commit()
    assert faults() == {one.number}


def test_an_exchanged_file_is_found(session: Session, now: datetime) -> None:
    one, _ = issue(make_graduates(now, 2), now)
    session.execute(update(StoredFile).where(StoredFile.id == one.file_id).values(content=b"%PDF-1.7 other"))
    session.commit()
    assert faults() == {one.number}
    assert queries.audit_register(with_files=False).faults == ()


def test_a_deleted_certificate_leaves_a_gap_that_is_found(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 3)
    one = issue(graduates, now)[1]
    session.execute(delete(CertificateEvent).where(CertificateEvent.certificate_id == one.id))
    session.execute(delete(Certificate).where(Certificate.id == one.id))
    session.commit()
    assert faults() == {f"class:{graduates.id}:0002"}


def test_a_certificate_slipped_in_beyond_the_drawn_serials_is_found(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 1)
    (one,) = issue(graduates, now)
    session.execute(update(CertificateRegister).values(last_serial=0))
    session.commit()
    assert faults() == {f"class:{graduates.id}:0001"}
    copy = {column.key: getattr(one, column.key) for column in Certificate.__table__.columns if column.key != "id"}
    copy |= {"number": "XA20260020001X", "serial": 7, "public_id": "0" * 16, "file_sha256": "1" * 64, "signed_digest": "2"}
    copy |= {"learner_id": graduates.learners[0].id, "is_live": False, "state": "replaced", "replaced_by_id": one.id}
    session.execute(insert(Certificate), [copy])
    session.commit()
    assert "XA20260020001X" in faults()
    assert len(certificates(graduates)) == 2
