"""Annual statements: what one says, which there are, and what the public page and a handed-in file are checked against."""

import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.attendance import queries as attendance
from academy.attendance.queries import CreditEntry, RegistrationPeriod
from academy.attendance.rules import SOURCE_WORDS, EntryKind, HoursRule
from academy.catalog import queries as catalog
from academy.catalog.rules import MODE_WORDS
from academy.certificates.models import HoursStatement as HoursStatement  # what reads give back is public by name
from academy.certificates.models import SigningKey
from academy.certificates.numbers import is_statement_number, normalize_number
from academy.certificates.queries.verification import DoneCheck, FileFinding, FileOutcome, check_file, short_print, trusted
from academy.certificates.rules import canonical, digest_of
from academy.certificates.signing import facts_hold
from academy.certificates.uploads import read_upload
from academy.core.codes import is_code16, normalize
from academy.core.db import db
from academy.core.documents import academy_facts
from academy.core.errors import NotFound
from academy.core.files import get_file
from academy.core.sealed import mask_id_number, mask_name
from academy.core.text import N_, Text
from academy.core.wording import MINUTES_PER_HOUR
from academy.people.queries import Learner
from academy.people.rules import HELD_LEVEL_WORDS, HeldLevel
from academy.timetable import queries as timetable

SCHEMA = 1
NO_MODE = "—"


@dataclass(frozen=True, slots=True)
class YearContent:
    """What a statement of a person's year says, but for its number and instant; and the sum in minutes."""

    facts: dict[str, Any]
    minutes: int
    entries: int

    @property
    def digest(self) -> str:
        """The same as long as the ledger, the registration, the name and the rule say the same."""
        return digest_of(canonical(self.facts))


def year_content(learner: Learner, year: int, day: date) -> YearContent:
    """A person's ledger of a year as it stands: every line, countered ones and their counters included."""
    entries = attendance.entries_between(learner.id, date(year, 1, 1), date(year, 12, 31))
    period = _period_of(learner.id, year, day)
    facts: dict[str, Any] = {
        "schema": SCHEMA,
        "academy": academy_facts(),
        "year": year,
        "holder": _holder(learner, period),
        "entries": _lines(entries),
    }
    rule = attendance.yearly_rule_of(learner, period.period if period else None, year)
    if rule is not None:
        facts["required"] = {"hours": rule.hours, "rule": _rule_words(rule)}
    return YearContent(facts, sum(entry.minutes for entry in entries), len(entries))


def _period_of(learner_id: int, year: int, day: date) -> RegistrationPeriod | None:
    """The registration that holds on a day of the year, else the latest one that touches the year."""
    periods = attendance.periods_of(learner_id)
    within = min(max(day, date(year, 1, 1)), date(year, 12, 31))
    holding = (one for one in periods if one.starts_on <= within <= one.ends_on)
    touching = (one for one in periods if one.starts_on <= date(year, 12, 31) and one.ends_on >= date(year, 1, 1))
    return next(holding, None) or next(touching, None)


def _holder(learner: Learner, period: RegistrationPeriod | None) -> dict[str, Any]:
    unit = accounts.organizations_by_ids([learner.organization_id or 0]).get(learner.organization_id or 0)
    level = period.level if period else learner.held_level
    holder = {
        "name": learner.name_zh,
        "id_masked": mask_id_number(learner.id_number).replace("•", "*"),  # the dot is as wide as a character in print
        "org": (unit.name_zh if unit else learner.unit_zh) or NO_MODE,
        "level": "未登记" if level is HeldLevel.NONE else HELD_LEVEL_WORDS[level],
    }
    return {**holder, "registered_until": period.ends_on.isoformat()} if period else holder


def _rule_words(rule: HoursRule) -> str:
    return f"{HELD_LEVEL_WORDS[rule.level]}每年{rule.hours}学时（{rule.source_zh}）"


def _lines(entries: list[CreditEntry]) -> list[dict[str, Any]]:
    titles = attendance.entry_titles(entries)
    sessions = timetable.sessions_by_ids({one.session_id for one in entries if one.session_id})
    courses = catalog.courses_by_ids({one.course_id for one in sessions.values() if one.course_id})
    modes = {id_: MODE_WORDS[courses[one.course_id].mode] for id_, one in sessions.items() if one.course_id in courses}
    return [_line(one, titles[one.id][0], modes.get(one.session_id or 0, NO_MODE)) for one in entries]


def _line(entry: CreditEntry, title: str, mode: str) -> dict[str, Any]:
    line = {
        "on": entry.earned_on.isoformat(),
        "title": title,
        "category": SOURCE_WORDS[entry.source],
        "mode": mode,
        "minutes": entry.minutes,
        "hours": _hours(entry.minutes),
        "entry": f"HL-{entry.id:06}",
        "kind": entry.kind.value,
    }
    return {**line, "counters": f"HL-{entry.counters_id:06}"} if entry.kind is EntryKind.COUNTER else line


def _hours(minutes: int) -> int | str:
    """Whole hours as a number; else one decimal, as text, so that no float is ever hashed."""
    whole, rest = divmod(minutes, MINUTES_PER_HOUR)
    return whole if not rest else f"{minutes / MINUTES_PER_HOUR:.1f}"


def statements_of(learner_id: int) -> list[HoursStatement]:
    """A person's issued statements, the latest year and version first."""
    query = select(HoursStatement).where(HoursStatement.learner_id == learner_id, HoursStatement.file_id.is_not(None))
    return list(db.session.scalars(query.order_by(HoursStatement.year.desc(), HoursStatement.version.desc())))


def find_live_statement(learner_id: int, year: int) -> HoursStatement | None:
    """The statement of a year that no other has replaced."""
    query = select(HoursStatement).where(
        HoursStatement.learner_id == learner_id, HoursStatement.year == year, HoursStatement.is_live
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_drawn_statement(learner_id: int, year: int) -> HoursStatement | None:
    """A number of the year that was drawn and whose file was never recorded."""
    query = select(HoursStatement).where(
        HoursStatement.learner_id == learner_id, HoursStatement.year == year, HoursStatement.file_id.is_(None)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get_statement(public_id: str) -> HoursStatement:
    """An issued statement by the code in its address. Raises NotFound."""
    code = normalize(public_id)
    query = select(HoursStatement).where(HoursStatement.public_id == code, HoursStatement.file_id.is_not(None))
    found = db.session.scalars(query).one_or_none() if is_code16(code) else None
    if found is None:
        raise NotFound
    return found


def find_statement_by_number_and_name(number: str, name: str) -> str | None:
    """The public id of a statement by its number together with the holder's whole name."""
    query = select(HoursStatement.public_id, HoursStatement.holder_name).where(
        HoursStatement.number == normalize_number(number)[:14], HoursStatement.file_id.is_not(None)
    )
    row = db.session.execute(query).one_or_none()
    typed, holder = "".join(name.split()), row.holder_name if row else "\0"
    is_hers = hmac.compare_digest(typed.encode("utf-8", "surrogatepass"), "".join(holder.split()).encode())
    return row.public_id if row is not None and is_hers else None


@dataclass(frozen=True, slots=True)
class StatementFinding:
    """What the register says about one statement at one instant."""

    statement: HoursStatement
    facts: dict[str, Any]
    successor: HoursStatement | None
    checks: tuple[DoneCheck, ...]
    at: datetime

    @property
    def is_sound(self) -> bool:
        """Whether what is shown is what was signed."""
        return all(check.passed for check in self.checks if check.code != "state")

    @property
    def masked_name(self) -> str:
        """The holder as the public page shows her."""
        return mask_name(self.facts["holder"]["name"])

    @property
    def required_minutes(self) -> int | None:
        """What the year asked for."""
        required = self.facts.get("required")
        return required["hours"] * MINUTES_PER_HOUR if required else None


def verify_statement(public_id: str, *, now: datetime) -> StatementFinding:
    """The statement of an address with everything that was checked just now. Raises NotFound."""
    return _finding(get_statement(public_id), now)


def _finding(found: HoursStatement, now: datetime) -> StatementFinding:
    key = db.session.get_one(SigningKey, found.signing_key_id)
    successor = db.session.get(HoursStatement, found.replaced_by_id) if found.replaced_by_id else None
    facts = json.loads(found.facts)
    checks = (_number_check(found, now), _facts_check(found, facts, key, now), _state_check(successor, now))
    return StatementFinding(found, facts, successor, checks, now)


def _number_check(found: HoursStatement, now: datetime) -> DoneCheck:
    passed = is_statement_number(found.number)
    detail = Text(N_("按 ISO 7064 MOD 37,36 计算，末位应为 %(last)s，相符。"), last=found.number[-1])
    if not passed:
        detail = Text(N_("按 ISO 7064 MOD 37,36 计算，末位不符。"))
    return DoneCheck("number", passed, Text(N_("编号校验位")), detail, now)


def _facts_check(found: HoursStatement, facts: dict[str, Any], key: SigningKey, now: datetime) -> DoneCheck:
    passed = (
        hmac.compare_digest(digest_of(found.facts), found.facts_sha256)
        and facts_hold(found.facts, found.facts_signature or b"", key.certificate)
        and facts["statement"]["number"] == found.number
        and sum(line["minutes"] for line in facts["entries"]) == found.minutes
    )
    detail = Text(
        N_("条目与合计和签发时签名的一致（ECDSA P-256），公钥证书指纹 %(print)s。"), print=short_print(key.certificate)
    )
    if not passed:
        detail = Text(N_("登记簿里的内容与签发时签名的不一致，请不要采信，并联系证书室。"))
    return DoneCheck("facts", passed, Text(N_("登记内容的数字签名")), detail, now)


def _state_check(successor: HoursStatement | None, now: datetime) -> DoneCheck:
    detail = Text(N_("这是这一年最新的一版。"))
    if successor is not None:
        words = N_("台账后来有变动，已由第 %(version)s 版 %(number)s 替代。")
        detail = Text(words, version=successor.version, number=successor.number)
    return DoneCheck("state", successor is None, Text(N_("是否有新版")), detail, now)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """The answer about a handed-in file that is, or was made from, an annual statement."""

    outcome: FileOutcome
    sha256: str
    finding: StatementFinding
    checks: tuple[DoneCheck, ...] = ()


def check_document(content: bytes, *, now: datetime) -> FileFinding | StatementFile:
    """`check_file` for certificates and annual statements: byte for byte, then the signature."""
    result = check_file(content, now=now)
    if result.certificate is not None or result.outcome not in (FileOutcome.NOT_REGISTERED, FileOutcome.FOREIGN):
        return result
    upload = read_upload(content)
    digests = [signature.message_digest for signature in upload.signatures]
    found = db.session.scalars(select(HoursStatement).where(HoursStatement.signed_digest.in_(digests))).first()
    if found is None:
        return result
    finding = _finding(found, now)
    if hmac.compare_digest(upload.sha256, found.file_sha256 or ""):
        return _identical(found, finding, now)
    ours = next(signature for signature in upload.signatures if signature.message_digest == found.signed_digest)
    is_longer = ours.is_intact and ours.covers < len(content)
    return StatementFile(FileOutcome.ADDED_TO if is_longer else FileOutcome.ALTERED, upload.sha256, finding)


def _identical(found: HoursStatement, finding: StatementFinding, now: datetime) -> StatementFile:
    from academy.certificates.pades import is_signed_by  # pyHanko takes most of a second to import

    sha256, file_id, key_id = found.file_sha256 or "", found.file_id or 0, found.signing_key_id or 0
    same = Text(N_("与签发时存档的文件逐字节相同（SHA-256 %(digest)s…）。"), digest=sha256[:16])
    checks = [DoneCheck("file", passed=True, say=Text(N_("文件")), detail=same, at=now)]
    passed = is_signed_by(get_file(file_id).content, trusted(key_id), at=found.issued_at or now)
    words = N_("PAdES 签名通过，覆盖整个文件，证书链到学院的根证书。") if passed else N_("PDF 签名没有通过，请联系证书室。")
    checks.append(DoneCheck("pdf_signature", passed, Text(N_("PDF 数字签名")), Text(words), now))
    outcome = FileOutcome.GENUINE if passed and finding.is_sound else FileOutcome.ALTERED
    return StatementFile(outcome, sha256, finding, tuple(checks))


def statement_by_id(statement_id: int) -> HoursStatement:
    """A statement by id. Raises NotFound."""
    found = db.session.get(HoursStatement, statement_id)
    if found is None:
        raise NotFound
    return found
