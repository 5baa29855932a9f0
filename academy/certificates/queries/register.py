"""The register as its officers, holders and reports read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from academy.certificates.models import Certificate, CertificateBatch, CertificateBatchRow, CertificateEvent, SigningKey
from academy.certificates.numbers import normalize_number
from academy.certificates.rules import BatchState, CertificateState
from academy.core.codes import is_code16, normalize
from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.runs import JobRun
from academy.people import queries as people
from academy.timetable import queries as timetable
from academy.timetable.rules import ClassState


def certificates_of(class_id: int) -> list[Certificate]:
    """The certificates of a class by serial, replaced ones included."""
    query = select(Certificate).where(Certificate.class_id == class_id).order_by(Certificate.serial)
    return list(db.session.scalars(query))


def certificates_of_learner(learner_id: int) -> list[Certificate]:
    """A person's certificates, newest first, whatever became of them."""
    query = select(Certificate).where(Certificate.learner_id.in_(people.own_ids(learner_id)))
    return list(db.session.scalars(query.order_by(Certificate.issued_at.desc(), Certificate.id.desc())))


def certificates_of_user(user_id: int) -> list[Certificate]:
    """The certificates of the learner whom a user is."""
    learner = people.find_learner_of_user(user_id)
    return certificates_of_learner(learner.id) if learner else []


def certified_counts(class_ids: Iterable[int]) -> dict[int, int]:
    """How many live certificates each of these classes has, in one statement."""
    query = (
        select(Certificate.class_id, func.count(Certificate.id))
        .where(Certificate.class_id.in_(list(class_ids)), Certificate.is_live)
        .group_by(Certificate.class_id)
    )
    return dict(db.session.execute(query).all())


def issued_count(*, since: date | None = None, until: date | None = None) -> int:
    """How many live, unrevoked certificates were issued in a period (both days included)."""
    query = select(func.count(Certificate.id)).where(Certificate.is_live, Certificate.state != CertificateState.REVOKED)
    if since is not None:
        query = query.where(Certificate.issued_on >= since)
    if until is not None:
        query = query.where(Certificate.issued_on <= until)
    return db.session.scalar(query) or 0


def certificate_by_id(certificate_id: int) -> Certificate:
    """A certificate by id. Raises NotFound."""
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    return certificate


def find_by_public_id(public_id: str) -> Certificate | None:
    """A certificate by the code in its address, however it is typed."""
    code = normalize(public_id)
    if not is_code16(code):
        return None
    return db.session.scalars(select(Certificate).where(Certificate.public_id == code)).one_or_none()


def get_certificate(number: str) -> Certificate:
    """A certificate by number, for people of the house. Raises NotFound."""
    query = select(Certificate).where(Certificate.number == normalize_number(number))
    certificate = db.session.scalars(query).one_or_none()
    if certificate is None:
        raise NotFound
    return certificate


def events_of(certificate_id: int) -> list[CertificateEvent]:
    """What happened to a certificate, in order."""
    query = select(CertificateEvent).where(CertificateEvent.certificate_id == certificate_id)
    return list(db.session.scalars(query.order_by(CertificateEvent.seq)))


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the register is narrowed to: a part of a name, a number or its beginning, a class, a state."""

    search: str = ""
    state: CertificateState | None = None
    class_id: int | None = None


def register_page(filter_: RegisterFilter, *, limit: int, offset: int) -> tuple[list[Certificate], int]:
    """A page of the register, newest first, and how many there are in all."""
    conditions = _matching(filter_)
    total = db.session.scalar(select(func.count(Certificate.id)).where(*conditions)) or 0
    order = (Certificate.issued_at.desc(), Certificate.id.desc())
    query = select(Certificate).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return list(db.session.scalars(query)), total


def _matching(filter_: RegisterFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filter_.state is not None:
        conditions.append(Certificate.state == filter_.state)
    if filter_.class_id is not None:
        conditions.append(Certificate.class_id == filter_.class_id)
    search = filter_.search.replace("\0", "").strip()
    number = normalize_number(search)
    if number.startswith("XA"):
        conditions.append(Certificate.number.startswith(number, autoescape=True))
    elif search:
        named = Certificate.holder_name.contains(search, autoescape=True)
        conditions.append(named | Certificate.program_zh.contains(search, autoescape=True))
    return conditions


def get_batch(code: str) -> CertificateBatch:
    """A batch by its code. Raises NotFound."""
    batch = db.session.scalars(select(CertificateBatch).where(CertificateBatch.code == code)).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def batch_rows(batch_id: int) -> list[CertificateBatchRow]:
    """The people of a batch in the order in which they are issued."""
    query = select(CertificateBatchRow).where(CertificateBatchRow.batch_id == batch_id)
    return list(db.session.scalars(query.order_by(CertificateBatchRow.id)))


def recent_batches(limit: int = 10) -> list[CertificateBatch]:
    """The newest batches first."""
    query = select(CertificateBatch).order_by(CertificateBatch.prepared_at.desc(), CertificateBatch.id.desc())
    return list(db.session.scalars(query.limit(limit)))


def certificates_of_batch(batch_id: int) -> dict[int, Certificate]:
    """What a batch has issued, by learner id."""
    query = select(Certificate).where(Certificate.batch_id == batch_id)
    return {certificate.learner_id: certificate for certificate in db.session.scalars(query)}


def find_run(batch: CertificateBatch) -> JobRun | None:
    """The progress of a batch; None before it was approved."""
    return db.session.get(JobRun, batch.run_id) if batch.run_id is not None else None


def find_open_batch(class_id: int) -> CertificateBatch | None:
    """The batch of a class that waits or is being issued."""
    is_open = CertificateBatch.state.in_([BatchState.PREPARED, BatchState.ISSUING])
    return db.session.scalars(select(CertificateBatch).where(CertificateBatch.class_id == class_id, is_open)).one_or_none()


@dataclass(frozen=True, slots=True)
class ReadyClass:
    """A class that has ended, how many certificates it has, and the batch that is open for it."""

    code: str
    title: str
    ends_on: date
    people: int
    certified: int
    batch_code: str | None


def ready_classes(limit: int = 12) -> list[ReadyClass]:
    """Closed classes, those without certificates first, then by last day. Four statements however many there are."""
    closed = timetable.classes([ClassState.CLOSED])
    certified = certified_counts([found.id for found in closed])
    is_open = CertificateBatch.state.in_([BatchState.PREPARED, BatchState.ISSUING])
    batches = dict(db.session.execute(select(CertificateBatch.class_id, CertificateBatch.code).where(is_open)).all())
    ready = [
        ReadyClass(
            code=found.code,
            title=found.title_zh,
            ends_on=found.ends_on,
            people=found.admitted_count,
            certified=certified.get(found.id, 0),
            batch_code=batches.get(found.id),
        )
        for found in closed
    ]
    return sorted(ready, key=lambda one: (one.certified > 0, -one.ends_on.toordinal(), one.code))[:limit]


def waiting_batches() -> list[CertificateBatch]:
    """Batches that wait for a second person, the oldest first."""
    query = select(CertificateBatch).where(CertificateBatch.state == BatchState.PREPARED)
    return list(db.session.scalars(query.order_by(CertificateBatch.prepared_at, CertificateBatch.id)))


def find_root_certificate() -> bytes | None:
    """The root certificate in use, DER; None before the first start has made one."""
    query = select(SigningKey.certificate).where(SigningKey.role == "root", SigningKey.retired_at.is_(None))
    return db.session.scalars(query).one_or_none()
