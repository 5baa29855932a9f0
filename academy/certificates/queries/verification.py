"""What the public page checks: the register entry behind an address, and files that people hand in.

The page checks at the moment of asking: the number's check character, the entry and its state, SHA-256 and the ECDSA
signature of the frozen facts. One statement by unique key and two hashes; the signature of the PDF itself is checked
when somebody hands in the file.
"""

import base64
import hashlib
import hmac
import json
import time
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from academy.certificates.models import Certificate, SigningKey
from academy.certificates.numbers import is_number, normalize_number
from academy.certificates.rules import Standing, digest_of, standing
from academy.certificates.signing import facts_hold, fingerprint
from academy.certificates.uploads import Upload, read_upload
from academy.core.clock import today
from academy.core.codes import is_code16, normalize
from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.files import get_file
from academy.core.sealed import mask_name
from academy.core.text import N_, Text

# plain columns, not mapped attributes: the page needs one row and no objects
_one: Any = Certificate.__table__.c
_successor: Any = Certificate.__table__.alias("successor")
_key: Any = SigningKey.__table__.c
_ENTRY = (
    select(
        _one.public_id,
        _one.number,
        _one.state,
        _one.valid_until,
        _one.issued_at,
        _one.revoked_at,
        _one.revoked_reason,
        _one.event_count,
        _one.facts,
        _one.facts_sha256,
        _one.facts_signature,
        _one.signing_key_id,
        _one.file_id,
        _one.file_sha256,
        _one.signed_digest,
        _key.certificate.label("key_certificate"),
        _successor.c.number.label("successor_number"),
        _successor.c.public_id.label("successor_public_id"),
    )
    .join(SigningKey.__table__, _key.id == _one.signing_key_id)
    .outerjoin(_successor, _successor.c.id == _one.replaced_by_id)
    .limit(2)
)
_BY_PUBLIC_ID = _ENTRY.where(_one.public_id == bindparam("public_id"))
_BY_NUMBER = select(_one.public_id, _one.holder_name).where(_one.number == bindparam("number"))
_BY_DIGEST = _ENTRY.where(_one.signed_digest.in_(bindparam("digests", expanding=True)))


@dataclass(frozen=True, slots=True)
class DoneCheck:
    """One check that was just made: what, with what outcome, when."""

    code: str
    passed: bool
    say: Text
    detail: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What the register says about one certificate at one instant."""

    standing: Standing
    public_id: str
    number: str
    facts: dict[str, Any]
    checks: tuple[DoneCheck, ...]
    at: datetime
    milliseconds: float
    valid_until: date | None
    revoked_at: datetime | None
    revoked_reason: str
    successor_number: str | None
    successor_public_id: str | None
    facts_sha256: str
    entry: tuple[Any, ...]  # the register's row as it was read: the same row gives the same page but for its instants

    @property
    def is_sound(self) -> bool:
        """Whether what is shown is what was signed. If not, no state may be trusted."""
        return all(check.passed for check in self.checks if check.code != "state")

    @property
    def masked_name(self) -> str:
        """The holder as the public page shows her."""
        return mask_name(self.facts["holder"]["name"])

    @property
    def issued_on(self) -> date:
        """The printed date."""
        return date.fromisoformat(self.facts["certificate"]["issued_on"])

    @property
    def period(self) -> tuple[date, date]:
        """First and last day of the training."""
        program = self.facts["program"]
        return date.fromisoformat(program["start_on"]), date.fromisoformat(program["end_on"])


class _Stopwatch:
    """Instants of checks: the door's `now` plus what has passed since."""

    def __init__(self, now: datetime) -> None:
        self._now, self._started = now, time.perf_counter()

    def elapsed(self) -> float:
        return (time.perf_counter() - self._started) * 1000

    def instant(self) -> datetime:
        return self._now + timedelta(milliseconds=self.elapsed())


def verify(public_id: str, *, now: datetime) -> Finding:
    """The certificate of an address with everything that was checked just now. Raises NotFound."""
    watch = _Stopwatch(now)
    code = normalize(public_id)
    row = db.session.execute(_BY_PUBLIC_ID, {"public_id": code}).one_or_none() if is_code16(code) else None
    if row is None:
        raise NotFound
    return _finding(row, watch, now)


def _finding(row: Any, watch: _Stopwatch, now: datetime) -> Finding:
    worth = standing(row.state, row.valid_until, today(now))
    facts = json.loads(row.facts)
    checks = (
        _number_check(row, watch),
        _entry_check(row, watch),
        _facts_check(row, facts, watch),
        _state_check(worth, row, watch),
    )
    return Finding(
        standing=worth,
        public_id=row.public_id,
        number=row.number,
        facts=facts,
        checks=checks,
        at=now,
        milliseconds=watch.elapsed(),
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
        successor_number=row.successor_number,
        successor_public_id=row.successor_public_id,
        facts_sha256=row.facts_sha256,
        entry=tuple(row),
    )


def _number_check(row: Any, watch: _Stopwatch) -> DoneCheck:
    passed = is_number(row.number)
    detail = Text(N_("按 ISO 7064 MOD 37,36 计算，末位应为 %(last)s，相符。"), last=row.number[-1])
    if not passed:
        detail = Text(N_("按 ISO 7064 MOD 37,36 计算，末位不符。"))
    return DoneCheck("number", passed, Text(N_("编号校验位")), detail, watch.instant())


def _entry_check(row: Any, watch: _Stopwatch) -> DoneCheck:
    detail = Text(N_("有此编号，状态链 %(count)s 条，从%(issued)s签发起。"), count=row.event_count, issued=today(row.issued_at))
    return DoneCheck("register", passed=True, say=Text(N_("登记簿")), detail=detail, at=watch.instant())


def _facts_check(row: Any, facts: dict[str, Any], watch: _Stopwatch) -> DoneCheck:
    passed = (
        hmac.compare_digest(digest_of(row.facts), row.facts_sha256)
        and facts_hold(row.facts, row.facts_signature, row.key_certificate)
        and facts["certificate"]["number"] == row.number
        and facts["certificate"].get("valid_until") == (row.valid_until.isoformat() if row.valid_until else None)
    )
    detail = Text(
        N_("上面的内容与签发时签名的一致（ECDSA P-256），公钥证书指纹 %(print)s。"), print=short_print(row.key_certificate)
    )
    if not passed:
        detail = Text(N_("登记簿里的内容与签发时签名的不一致，请不要采信，并联系证书室。"))
    return DoneCheck("facts", passed, Text(N_("登记内容的数字签名")), detail, watch.instant())


def _state_check(worth: Standing, row: Any, watch: _Stopwatch) -> DoneCheck:
    details = {
        Standing.VALID: Text(N_("没有记录。")),
        Standing.EXPIRED: Text(N_("有效期到%(day)s为止。"), day=row.valid_until),
        Standing.SUSPENDED: Text(N_("目前暂停使用。")),
        Standing.REVOKED: Text(N_("%(day)s撤销。"), day=today(row.revoked_at) if row.revoked_at else None),
        Standing.REPLACED: Text(N_("已由%(number)s替换。"), number=row.successor_number),
    }
    say = Text(N_("暂停、撤销、替换与有效期"))
    return DoneCheck("state", worth is Standing.VALID, say, details[worth], watch.instant())


def short_print(certificate: bytes) -> str:
    """A fingerprint as a person compares it: 9C4E 71B0 … 2AD8."""
    whole = fingerprint(certificate).upper()
    return f"{whole[:4]} {whole[4:8]} … {whole[-4:]}"


def find_by_number_and_name(number: str, name: str) -> str | None:
    """The public id of a certificate by its number together with the holder's whole name.

    A wrong number and a wrong name take the same statement and the same comparison: the answer tells nothing.
    """
    row = db.session.execute(_BY_NUMBER, {"number": normalize_number(number)[:14]}).one_or_none()
    holder = row.holder_name if row is not None else "\0"
    is_hers = hmac.compare_digest(_comparable(holder), _comparable(name))
    return row.public_id if row is not None and is_hers else None


def _comparable(name: str) -> bytes:
    """A name without differences that people do not see: width, spaces, forms of the middle dot."""
    plain = unicodedata.normalize("NFKC", name).translate({ord(dot): "·" for dot in "・•‧∙⋅."})
    return hashlib.sha256("".join(plain.split()).casefold().encode("utf-8", "surrogatepass")).digest()


class FileOutcome(StrEnum):
    """What is known about a file that somebody handed in."""

    GENUINE = "genuine"
    ALTERED = "altered"
    ADDED_TO = "added_to"
    NOT_REGISTERED = "not_registered"
    FOREIGN = "foreign"
    UNSIGNED = "unsigned"
    NOT_PDF = "not_pdf"


@dataclass(frozen=True, slots=True)
class FileFinding:
    """The answer to "is this file ours, unaltered, and still valid?"."""

    outcome: FileOutcome
    sha256: str
    certificate: Finding | None = None
    checks: tuple[DoneCheck, ...] = field(default=())


def check_file(content: bytes, *, now: datetime) -> FileFinding:
    """Whether a file is one that we issued, byte for byte, and what the register says about it today.

    A file that is not identical to the stored one never reaches a PDF parser: signatures are found by their byte
    ranges, so that a hostile file costs a scan and some hashes, nothing more.
    """
    watch = _Stopwatch(now)
    upload = read_upload(content)
    if not upload.is_pdf:
        return FileFinding(FileOutcome.NOT_PDF, upload.sha256)
    if not upload.signatures:
        return FileFinding(FileOutcome.UNSIGNED, upload.sha256)
    digests = [signature.message_digest for signature in upload.signatures]
    row = db.session.execute(_BY_DIGEST, {"digests": digests}).first()
    if row is None:
        return FileFinding(_unknown_outcome(upload), upload.sha256)
    finding = _finding(row, watch, now)
    if hmac.compare_digest(upload.sha256, row.file_sha256):
        return _identical(row, finding, watch)
    ours = next(signature for signature in upload.signatures if signature.message_digest == row.signed_digest)
    outcome = FileOutcome.ADDED_TO if ours.is_intact and ours.covers < len(content) else FileOutcome.ALTERED
    return FileFinding(outcome, upload.sha256, finding)


def _unknown_outcome(upload: Upload) -> FileOutcome:
    known = set(db.session.scalars(select(SigningKey.fingerprint)))
    prints = {fingerprint(der) for signature in upload.signatures for der in signature.certificates}
    return FileOutcome.NOT_REGISTERED if prints & known else FileOutcome.FOREIGN


def _identical(row: Any, finding: Finding, watch: _Stopwatch) -> FileFinding:
    from academy.certificates.pades import is_signed_by  # pyHanko takes most of a second to import

    same = Text(N_("与签发时存档的文件逐字节相同（SHA-256 %(digest)s…）。"), digest=row.file_sha256[:16])
    checks = [DoneCheck("file", passed=True, say=Text(N_("文件")), detail=same, at=watch.instant())]
    passed = is_signed_by(get_file(row.file_id).content, trusted(row.signing_key_id), at=row.issued_at)
    words = N_("PAdES 签名通过，覆盖整个文件，证书链到学院的根证书。") if passed else N_("PDF 签名没有通过，请联系证书室。")
    checks.append(DoneCheck("pdf_signature", passed, Text(N_("PDF 数字签名")), Text(words), watch.instant()))
    outcome = FileOutcome.GENUINE if passed and finding.is_sound else FileOutcome.ALTERED
    return FileFinding(outcome, row.file_sha256, finding, tuple(checks))


def trusted(key_id: int) -> list[bytes]:
    """The certificates that may end the chain of a key: our roots, and what came with an imported key."""
    rows = db.session.execute(select(SigningKey.id, SigningKey.role, SigningKey.certificate, SigningKey.chain)).all()
    roots = [row.certificate for row in rows if row.role == "root"]
    chains = [base64.b64decode(der) for row in rows if row.id == key_id for der in row.chain]
    own = [row.certificate for row in rows if row.id == key_id and not row.chain]
    return [*roots, *chains, *own]


def as_document(finding: Finding) -> dict[str, Any]:
    """The answer for machines: what the page shows, the name masked."""
    facts = {**finding.facts, "holder": {"name_masked": finding.masked_name}}
    return {
        "public_id": finding.public_id,
        "number": finding.number,
        "state": finding.standing.value if finding.is_sound else "unconfirmed",
        "checked_at": finding.at.isoformat(),
        "valid_until": finding.valid_until.isoformat() if finding.valid_until else None,
        "revoked": {"at": finding.revoked_at.isoformat(), "reason": finding.revoked_reason} if finding.revoked_at else None,
        "replaced_by": {"number": finding.successor_number, "public_id": finding.successor_public_id}
        if finding.successor_number
        else None,
        "facts": facts,
        "facts_sha256": finding.facts_sha256,
        "checks": [
            {"code": check.code, "passed": check.passed, "at": check.at.isoformat(), "detail": str(check.detail)}
            for check in finding.checks
        ],
    }
