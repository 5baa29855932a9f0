"""Issuing in slices, safe against a death at any instant.

1. `draw_slice` (one transaction) decides once more, draws serials under the class's lock and freezes the facts.
2. `make_files` (no transaction) renders and signs.
3. `record_slice` (one transaction) writes certificate, file, event, message and progress together, each row claimed by
   its state. A death before 3 leaves drawn rows: the next run makes the same numbers from the same frozen facts.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import select, update

from academy.accounts import queries as accounts
from academy.certificates import messages
from academy.certificates.models import (
    Certificate,
    CertificateBatch,
    CertificateBatchRow,
    CertificateRegister,
)
from academy.certificates.queries.entitlement import Entitled, evaluate_class
from academy.certificates.rules import (
    BatchState,
    CertificateState,
    EventKind,
    RowState,
    canonical,
    digest_of,
)
from academy.certificates.services.events import event_row, first_digest
from academy.certificates.services.facts import ClassFacts, certificate_facts, class_facts
from academy.certificates.services.keys import current_signer
from academy.certificates.signing import Signer
from academy.core.access import SYSTEM, Actor
from academy.core.audit import record_many
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.documents import DocumentWarning, check_characters, render_document
from academy.core.errors import DomainError, NotFound
from academy.core.files import StoredFile
from academy.core.outbox import announce_many
from academy.core.runs import advance_run, finish_run
from academy.core.text import N_, Text, render
from academy.notifications.rules import Recipient
from academy.notifications.services import plan_many
from academy.people import queries as people

log = structlog.get_logger(__name__)

SLICE = 20  # files made and recorded together
DRAW = 100  # numbers drawn together: deciding reads the whole class, so it is not done for every slice


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row with its number and frozen facts, ready to be made into a file."""

    row_id: int
    learner_id: int
    serial: int
    public_id: str
    facts: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a drawn row: a signed file, or the reason why there is none."""

    drawn: Drawn
    pdf: bytes = b""
    signed_digest: str = ""
    facts_signature: bytes = b""
    key_id: int = 0
    problem: Text | None = None


def draw_slice(*, batch_id: int, now: datetime) -> list[Drawn]:
    """The next rows to make, with numbers and facts; rows drawn before a death come first. Empty when all are done."""
    batch = db.session.get(CertificateBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound
    if batch.state is not BatchState.ISSUING:
        return []
    drawn = _waiting(batch_id, limit=SLICE, is_drawn=True)
    while not drawn and (fresh := _waiting(batch_id, limit=DRAW, is_drawn=False)):
        _draw(batch, fresh, now)  # every one of them may be refused: then look further
        drawn = _waiting(batch_id, limit=SLICE, is_drawn=True)
    return [_as_drawn(row) for row in drawn]


def _waiting(batch_id: int, *, limit: int, is_drawn: bool) -> list[CertificateBatchRow]:
    query = select(CertificateBatchRow).where(
        CertificateBatchRow.batch_id == batch_id,
        CertificateBatchRow.state == RowState.WAITING,
        CertificateBatchRow.serial.is_not(None) if is_drawn else CertificateBatchRow.serial.is_(None),
    )
    return list(db.session.scalars(query.order_by(CertificateBatchRow.id).limit(limit)))


def _as_drawn(row: CertificateBatchRow) -> Drawn:
    assert row.serial is not None and row.public_id and row.facts and row.drawn_at  # noqa: S101, PT018 - drawn together
    return Drawn(row.id, row.learner_id, row.serial, row.public_id, row.facts, row.drawn_at)


def _draw(batch: CertificateBatch, rows: list[CertificateBatchRow], now: datetime) -> None:
    """Decide again who is entitled (a result may have changed since the preview), and draw for those."""
    common = class_facts(batch.class_id)
    verdicts = {p.learner_id: p for p in evaluate_class(batch.class_id, now=now, only=[r.learner_id for r in rows])}
    register = _locked_register(batch.class_id)
    for row in rows:
        problem = _draw_one(row, verdicts.get(row.learner_id), common, register, now)
        if problem is not None:
            _settle(batch, row, RowState.REFUSED, problem)
    db.session.flush()


def _draw_one(
    row: CertificateBatchRow, person: Entitled | None, common: ClassFacts, register: CertificateRegister, now: datetime
) -> Text | None:
    """Give a row its number, or say why not. A row that is refused takes no number."""
    if person is None or not person.verdict.allowed:
        return person.verdict.unmet[0].say if person else Text(N_("不在本班的名册上，或已退班"))
    public_id = random_code16()
    facts = certificate_facts(
        common,
        name=person.name,
        credited_minutes=person.credited_minutes,
        serial=_next_serial(register),
        public_id=public_id,
        now=now,
    )
    try:
        check_characters(facts)
    except DomainError as error:
        return error.text
    row.serial, row.public_id, row.drawn_at = _take_serial(register), public_id, now
    row.holder_name, row.facts = person.name, canonical(facts)
    return None


def _locked_register(class_id: int) -> CertificateRegister:
    register = db.session.get(CertificateRegister, class_id, with_for_update=True, populate_existing=True)
    if register is None:  # the batch's lock keeps others out: a class has one open batch
        register = CertificateRegister(class_id=class_id, last_serial=0, released=[])
        db.session.add(register)
        db.session.flush()
    return register


def _next_serial(register: CertificateRegister) -> int:
    return min(register.released, default=register.last_serial + 1)


def _take_serial(register: CertificateRegister) -> int:
    serial = _next_serial(register)
    register.released = [kept for kept in register.released if kept != serial]
    register.last_serial = max(register.last_serial, serial)
    return serial


def make_files(drawn: Iterable[Drawn], *, now: datetime) -> list[Made]:
    """Render and sign. Needs the database only for the key; a row that cannot be made carries its reason."""
    signer = current_signer(now=now)
    return [_make(item, signer) for item in drawn]


def _make(item: Drawn, signer: Signer) -> Made:
    facts = json.loads(item.facts)
    try:
        document = render_document(template=facts["template"]["name"], facts=facts, stamp=item.drawn_at)
    except DomainError as error:
        return Made(item, problem=error.text)
    except DocumentWarning as error:
        log.error("certificates.template_warned", row=item.row_id, error=str(error))
        return Made(item, problem=Text(N_("排版时出现警告，没有签发；已通知管理员。")))
    if document.signature_box is None:
        raise LookupError("the certificate template has no signature field")
    signed = signer.sign_pdf(
        document.pdf,
        box=document.signature_box,
        caption=(signer.subject, f"电子签名 · {facts['certificate']['issued_on']} · ECDSA P-256"),
        description=f"{signer.subject}的电子签名",
        now=item.drawn_at,
    )
    return Made(item, signed.content, signed.signed_digest, signer.sign_facts(item.facts), signer.key_id)


def record_slice(*, batch_id: int, made: list[Made], now: datetime) -> None:
    """Write what was made. A row that somebody else recorded meanwhile is left as it is."""
    batch = db.session.get(CertificateBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise NotFound
    ids = [item.drawn.row_id for item in made]
    query = select(CertificateBatchRow).where(CertificateBatchRow.id.in_(ids), CertificateBatchRow.state == RowState.WAITING)
    rows = {row.id: row for row in db.session.scalars(query.execution_options(populate_existing=True))}
    open_items = [item for item in made if item.drawn.row_id in rows]
    done = [item for item in open_items if item.problem is None]
    for item in open_items:
        if item.problem is not None:
            _release(batch, rows[item.drawn.row_id], item.problem)
    if done:
        _write(batch, done, rows, now)
    if batch.run_id is not None:
        advance_run(batch.run_id, done=len(done))


def _release(batch: CertificateBatch, row: CertificateBatchRow, problem: Text) -> None:
    """A number whose file could not be made has never left the house: the next person gets it."""
    register = _locked_register(batch.class_id)
    if row.serial is not None:
        register.released = sorted({*register.released, row.serial})
    row.serial = row.public_id = row.facts = row.drawn_at = None
    _settle(batch, row, RowState.FAILED, problem)


def _settle(batch: CertificateBatch, row: CertificateBatchRow, state: RowState, problem: Text) -> None:
    row.state, row.problem = state, problem.as_json()
    if batch.run_id is not None:
        advance_run(batch.run_id, failed=1, problems=[f"{row.holder_name}：{render(problem)}"])


def _write(batch: CertificateBatch, done: list[Made], rows: dict[int, CertificateBatchRow], now: datetime) -> None:
    files = [_file(item, now) for item in done]
    db.session.add_all(files)
    db.session.flush()
    actor = Actor(batch.approved_by_id, batch.approved_by) if batch.approved_by else SYSTEM
    pairs = list(zip(done, files, strict=True))
    certificates = [_certificate(batch, item, file, actor, now) for item, file in pairs]
    db.session.add_all(certificates)
    db.session.flush()
    db.session.add_all(event_row(one, EventKind.ISSUED, actor, now=now) for one in certificates)
    for item in done:
        rows[item.drawn.row_id].state = RowState.ISSUED
    subjects = [(f"certificate:{one.number}", None, {"facts_sha256": one.facts_sha256}) for one in certificates]
    record_many(actor, "certificates.issued", list(subjects), now=now)
    announce_many("certificates.issued", [{"certificate_id": one.id} for one in certificates], now=now)
    _tell(certificates, now)


def _file(item: Made, now: datetime) -> StoredFile:
    facts = json.loads(item.drawn.facts)
    return StoredFile(
        code=random_code16(),
        name=f"{facts['certificate']['number']}.pdf",
        media_type="application/pdf",
        sha256=hashlib.sha256(item.pdf).hexdigest(),
        size=len(item.pdf),
        created_at=now,
        content=item.pdf,
    )


def _certificate(batch: CertificateBatch, item: Made, file: StoredFile, actor: Actor, now: datetime) -> Certificate:
    facts: dict[str, Any] = json.loads(item.drawn.facts)
    said = facts["certificate"]
    return Certificate(
        public_id=item.drawn.public_id,
        number=said["number"],
        class_id=batch.class_id,
        learner_id=item.drawn.learner_id,
        batch_id=batch.id,
        kind=batch.kind,
        serial=item.drawn.serial,
        holder_name=facts["holder"]["name"],
        title_zh=said["title_zh"],
        program_zh=facts["program"]["title_zh"],
        state=CertificateState.ISSUED,
        is_live=True,
        issued_at=now,
        issued_on=date.fromisoformat(said["issued_on"]),
        valid_until=date.fromisoformat(said["valid_until"]) if said["valid_until"] else None,
        event_count=1,
        last_event_digest=first_digest(said["number"], actor, now),
        facts=item.drawn.facts,
        facts_sha256=digest_of(item.drawn.facts),
        facts_signature=item.facts_signature,
        signing_key_id=item.key_id,
        file_id=file.id,
        file_sha256=file.sha256,
        signed_digest=item.signed_digest,
    )


def _tell(certificates: list[Certificate], now: datetime) -> None:
    learners = people.learners_by_ids([one.learner_id for one in certificates])
    users = accounts.users_by_ids([person.user_id for person in learners.values() if person.user_id])
    letters = []
    for one in certificates:
        learner = learners[one.learner_id]
        user = users.get(learner.user_id or 0)
        recipient = Recipient(
            user_id=learner.user_id,
            email=(user.email if user else learner.email) or None,
            name=one.holder_name,
            locale=user.locale if user else "zh_Hans",
        )
        address = json.loads(one.facts)["verify"]["url"]
        said = {"name": one.holder_name, "title": one.title_zh, "program": one.program_zh, "number": one.number}
        letters.append((recipient, {**said, "issued_on": one.issued_on, "address": address}, one.number))
    plan_many(reason=messages.ISSUED, letters=letters, now=now)


def finish_batch(*, batch_id: int, now: datetime) -> None:
    """Close a batch whose rows are all settled. Closing it again changes nothing."""
    closed = db.session.execute(
        update(CertificateBatch)
        .where(CertificateBatch.id == batch_id, CertificateBatch.state == BatchState.ISSUING)
        .values(state=BatchState.DONE, finished_at=now)
        .returning(CertificateBatch.code, CertificateBatch.run_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if closed is not None and closed.run_id is not None:
        finish_run(closed.run_id, now=now, result_url=f"/manage/certificates/batches/{closed.code}")


def issue_whole_batch(*, batch_id: int, now: datetime) -> None:
    """Issue a small batch inside the caller's transaction (sample data); real batches go through the background job."""
    while drawn := draw_slice(batch_id=batch_id, now=now):
        record_slice(batch_id=batch_id, made=make_files(drawn, now=now), now=now)
    finish_batch(batch_id=batch_id, now=now)
