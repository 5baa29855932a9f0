"""The register checked against itself: hashes, signatures, check characters, chains of events, serials without gaps."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from academy.certificates.models import (
    Certificate,
    CertificateBatchRow,
    CertificateEvent,
    CertificateRegister,
    SigningKey,
)
from academy.certificates.numbers import parse_number
from academy.certificates.rules import CertificateState, EventKind, RowState, digest_of, event_digest
from academy.certificates.signing import facts_hold
from academy.core.db import db
from academy.core.files import StoredFile
from academy.core.text import N_

CHUNK = 200
LAST_EVENT = {
    CertificateState.ISSUED: {EventKind.ISSUED, EventKind.RESTORED},
    CertificateState.SUSPENDED: {EventKind.SUSPENDED},
    CertificateState.REVOKED: {EventKind.REVOKED},
    CertificateState.REPLACED: {EventKind.REPLACED},
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is not as it was written: which, and what is wrong with it (a message id)."""

    subject: str
    problem: str


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What an audit of the register found."""

    checked: int
    faults: tuple[Fault, ...]
    explained_gaps: tuple[str, ...]


def audit_register(*, with_files: bool = True) -> RegisterReport:
    """Recompute everything from the rows as they are now. `with_files` also hashes every stored file."""
    faults: list[Fault] = []
    checked = 0
    keys = dict(db.session.execute(select(SigningKey.id, SigningKey.certificate)).all())
    for certificates in _chunks():
        events = _events([one.id for one in certificates])
        for one in certificates:
            checked += 1
            problems = [*_facts_problems(one, keys[one.signing_key_id]), *_chain_problems(one, events[one.id])]
            if with_files:
                problems += _file_problems(one)
            faults += [Fault(one.number, problem) for problem in problems]
    gap_faults, explained = _gaps()
    return RegisterReport(checked, (*faults, *gap_faults), explained)


def _chunks() -> Iterator[list[Any]]:
    """Plain rows, not objects: a register of any size is read in constant memory."""
    last = 0
    while True:
        query = select(Certificate.__table__).where(Certificate.id > last).order_by(Certificate.id).limit(CHUNK)
        found = list(db.session.execute(query))
        if not found:
            return
        last = found[-1].id
        yield found


def _events(certificate_ids: list[int]) -> dict[int, list[Any]]:
    query = select(CertificateEvent.__table__).where(CertificateEvent.certificate_id.in_(certificate_ids))
    found: dict[int, list[Any]] = defaultdict(list)
    for event in db.session.execute(query.order_by(CertificateEvent.certificate_id, CertificateEvent.seq)):
        found[event.certificate_id].append(event)
    return found


def _file_problems(one: Any) -> Iterator[str]:
    content = db.session.scalar(select(StoredFile.content).where(StoredFile.id == one.file_id)) or b""
    if hashlib.sha256(content).hexdigest() != one.file_sha256:
        yield N_("存档的文件与登记的 SHA-256 不符")


def _facts_problems(one: Any, key_certificate: bytes) -> Iterator[str]:
    parts = parse_number(one.number)
    if parts is None or parts.serial != one.serial:
        yield N_("编号的校验位或序号不符")
    if digest_of(one.facts) != one.facts_sha256:
        yield N_("冻结内容与登记的 SHA-256 不符")
    if not facts_hold(one.facts, one.facts_signature, key_certificate):
        yield N_("冻结内容与签名不符")
    try:
        said = json.loads(one.facts)
        columns = (one.number, one.holder_name, one.issued_on.isoformat(), one.valid_until and one.valid_until.isoformat())
        certificate = said["certificate"]
        signed = (certificate["number"], said["holder"]["name"], certificate["issued_on"], certificate["valid_until"])
    except (ValueError, KeyError, TypeError):
        yield N_("冻结内容读不出来")
        return
    if columns != signed or not said["verify"]["url"].endswith(f"/c/{one.public_id}"):
        yield N_("登记栏与冻结内容不符")


def _chain_problems(one: Any, events: list[Any]) -> Iterator[str]:
    previous = ""
    for seq, event in enumerate(events, 1):
        fields = {
            "number": one.number,
            "seq": seq,
            "kind": event.kind.value,
            "actor": event.actor_name,
            "reason": event.reason,
            "at": event.at.isoformat(),
        }
        if event.seq != seq or event_digest(previous, fields) != event.digest:
            yield N_("状态链被改动或缺一条")
            return
        previous = event.digest
    if not events or previous != one.last_event_digest or len(events) != one.event_count:
        yield N_("状态链与登记簿不符")
    elif events[-1].kind not in LAST_EVENT[one.state]:
        yield N_("状态与状态链的最后一条不符")


def _gaps() -> tuple[list[Fault], tuple[str, ...]]:
    """Serials that were drawn and are nowhere; and those whose absence is explained."""
    used: dict[int, set[int]] = defaultdict(set)
    for class_id, serial in db.session.execute(select(Certificate.class_id, Certificate.serial)):
        used[class_id].add(serial)
    at_work = _drawn_serials()
    faults, explained = [], []
    registers = {register.class_id: register for register in db.session.scalars(select(CertificateRegister))}
    for class_id in sorted(used.keys() | registers.keys()):
        register = registers.get(class_id)
        last = register.last_serial if register else 0
        free = set(register.released) if register else set()
        for serial in sorted({*range(1, last + 1), *used[class_id]} - (used[class_id] & set(range(1, last + 1)))):
            subject = f"class:{class_id}:{serial:04}"
            if serial in free or serial in at_work[class_id]:
                explained.append(subject)
            else:
                faults.append(Fault(subject, N_("序号缺失或超出已抽取的范围，没有记录说明")))
    return faults, tuple(explained)


def _drawn_serials() -> dict[int, set[int]]:
    query = select(CertificateBatchRow.class_id, CertificateBatchRow.serial).where(
        CertificateBatchRow.serial.is_not(None), CertificateBatchRow.state == RowState.WAITING
    )
    found: dict[int, set[int]] = defaultdict(set)
    for class_id, serial in db.session.execute(query):
        found[class_id].add(serial or 0)
    return found
