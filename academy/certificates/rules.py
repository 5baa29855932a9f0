"""Pure decisions of the register: who is entitled, what a certificate is worth today, what its facts say."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from academy.core.text import N_, Text
from academy.core.verdict import Check, Verdict
from academy.core.wording import hours_from_minutes

FACTS_SCHEMA = 1
FORBIDDEN_WORDS = ("中华人民共和国", "中国", "中华", "国家", "全国", "职业资格", "岗位合格", "专业技术职务")
SHORTEST_REASON = 4


class Kind(StrEnum):
    """What the academy issues (domain.md: never a national qualification)."""

    COMPLETION = "completion"
    POSITION_COMPETENCE = "position_competence"
    HOURS_PROOF = "hours_proof"


class CertificateState(StrEnum):
    """What was decided about a certificate; expiry follows from its date and is not stored."""

    ISSUED = "issued"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"


class Standing(StrEnum):
    """What a certificate is worth on a given day, as the public page says it."""

    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What can happen to a certificate."""

    ISSUED = "issued"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    REVOKED = "revoked"
    REPLACED = "replaced"


class BatchState(StrEnum):
    """Where a batch stands: prepared by one person, approved by another, then issued in slices."""

    PREPARED = "prepared"
    ISSUING = "issuing"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class RowState(StrEnum):
    """What became of one person in a batch."""

    WAITING = "waiting"
    ISSUED = "issued"
    FAILED = "failed"
    REFUSED = "refused"


TITLES: dict[Kind, tuple[str, str]] = {
    Kind.COMPLETION: ("结业证书", "Certificate of Completion"),
    Kind.POSITION_COMPETENCE: ("岗位能力证书", "Certificate of Position Competence"),
    Kind.HOURS_PROOF: ("学时证明", "Certificate of Class Hours"),
}


@dataclass(frozen=True, slots=True)
class EligibilityFacts:
    """Everything that the entitlement of one person depends on, read at one instant.

    `attendance_pct` is None when nothing was marked; `result_total` is None when no released result exists.
    """

    at: datetime
    class_has_ended: bool
    is_enrolled: bool
    credited_minutes: int
    required_minutes: int
    attendance_pct: Decimal | None
    min_attendance_pct: Decimal
    needs_exam: bool
    pass_mark: Decimal
    result_total: Decimal | None
    result_passed: bool
    open_cases: tuple[Text, ...] = ()
    held_number: str | None = None
    name_problem: Text | None = None


def eligibility(facts: EligibilityFacts) -> Verdict:
    """Whether a person is entitled to the certificate of a class, and why (not).

    All must hold: the class has ended and the person stayed enrolled; credited minutes reach the program's minimum;
    attendance reaches the program's share; the exam result is released and passed (unless the kind proves hours only);
    no case is open; none was issued before; the name can be printed.
    """
    checks = (
        _enrollment_check(facts),
        _hours_check(facts),
        _attendance_check(facts),
        _exam_check(facts),
        _cases_check(facts),
        _first_check(facts),
        _name_check(facts),
    )
    return Verdict(tuple(check for check in checks if check is not None), facts.at)


def _enrollment_check(facts: EligibilityFacts) -> Check:
    if not facts.is_enrolled:
        return Check("enrollment", "no", Text(N_("不在本班的名册上，或已退班")))
    if not facts.class_has_ended:
        return Check("enrollment", "no", Text(N_("班还没有结束")), fix=Text(N_("结班后再准备证书。")))
    return Check("enrollment", "ok", Text(N_("读完了本班")))


def _hours_check(facts: EligibilityFacts) -> Check:
    has, needs = hours_from_minutes(facts.credited_minutes), hours_from_minutes(facts.required_minutes)
    record = Text(N_("记入 %(has)s 学时，项目要求 %(needs)s 学时。"), has=has, needs=needs)
    if facts.credited_minutes >= facts.required_minutes:
        return Check("hours", "ok", Text(N_("学时已满")), record)
    missing = hours_from_minutes(facts.required_minutes - facts.credited_minutes)
    fix = Text(N_("补课并记入考勤后可以再评。"))
    return Check("hours", "no", Text(N_("学时差 %(missing)s 学时"), missing=missing), record, fix)


def _attendance_check(facts: EligibilityFacts) -> Check:
    if facts.attendance_pct is None:
        fix = Text(N_("请讲师补记考勤。"))
        return Check("attendance", "no", Text(N_("没有考勤记录")), fix=fix)
    params = {"has": _plain(facts.attendance_pct), "needs": _plain(facts.min_attendance_pct)}
    record = Text(N_("出勤率 %(has)s%%，要求不低于 %(needs)s%%。"), **params)
    if facts.attendance_pct >= facts.min_attendance_pct:
        return Check("attendance", "ok", Text(N_("出勤率达到要求")), record)
    return Check("attendance", "no", Text(N_("出勤率不够")), record, Text(N_("考勤有误的，请讲师更正。")))


def _exam_check(facts: EligibilityFacts) -> Check | None:
    if not facts.needs_exam:
        return None
    if facts.result_total is None:
        fix = Text(N_("成绩由另一人确认并发布后再评。"))
        return Check("exam", "no", Text(N_("没有已发布的考核成绩")), fix=fix)
    params = {"total": _plain(facts.result_total), "needs": _plain(facts.pass_mark)}
    record = Text(N_("%(total)s 分，%(needs)s 分及格。"), **params)
    if facts.result_passed:
        return Check("exam", "ok", Text(N_("考核合格")), record)
    return Check("exam", "no", Text(N_("考核不及格")), record, Text(N_("补考合格后再评。")))


def _cases_check(facts: EligibilityFacts) -> Check | None:
    if not facts.open_cases:
        return None
    return Check("cases", "no", Text(N_("有未了结的事项")), facts.open_cases[0], Text(N_("了结后再评。")))


def _first_check(facts: EligibilityFacts) -> Check | None:
    if facts.held_number is None:
        return None
    record = Text(N_("证书 %(number)s。"), number=facts.held_number)
    return Check("first", "no", Text(N_("这个班已经发过证书")), record)


def _name_check(facts: EligibilityFacts) -> Check | None:
    if facts.name_problem is None:
        return None
    return Check("name", "no", Text(N_("姓名排印不出来")), facts.name_problem, Text(N_("请管理员添加字形，或核对姓名。")))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def forbidden_word(title: str) -> str | None:
    """The first word of a title that would make it look like a state qualification; None when there is none."""
    compact = "".join(title.split())
    return next((word for word in FORBIDDEN_WORDS if word in compact), None)


def standing(state: CertificateState, valid_until: date | None, today: date) -> Standing:
    """What a certificate is worth on a day. `valid_until` is the last day on which it holds."""
    if state is not CertificateState.ISSUED:
        return Standing(state.value)
    if valid_until is not None and today > valid_until:
        return Standing.EXPIRED
    return Standing.VALID


def valid_until(issued_on: date, months: int | None) -> date | None:
    """The last valid day of a certificate that holds for so many months; None when it does not expire.

    Issued on 20 June 2025 for 36 months: to 19 June 2028. A day that a month lacks becomes its last day.
    """
    if months is None:
        return None
    years, month = divmod(issued_on.month - 1 + months, 12)
    year = issued_on.year + years
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    days_in_month = (first_of_next - date(year, month + 1, 1)).days
    anniversary = date(year, month + 1, min(issued_on.day, days_in_month))
    return anniversary if issued_on.day > days_in_month else date.fromordinal(anniversary.toordinal() - 1)


def canonical(facts: Mapping[str, Any]) -> str:
    """Facts as the one text that is hashed, signed and kept: sorted keys, no spaces, characters as they are."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def event_digest(previous: str, fields: Mapping[str, Any]) -> str:
    """The hash of one event of a certificate, and through `previous` of all events before it."""
    return hashlib.sha256(f"{previous}{canonical(fields)}".encode()).hexdigest()
