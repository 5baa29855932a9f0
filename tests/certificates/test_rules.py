"""The one rule of entitlement, and the other pure decisions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.certificates.rules import (
    FORBIDDEN_WORDS,
    CertificateState,
    EligibilityFacts,
    Standing,
    canonical,
    digest_of,
    eligibility,
    event_digest,
    forbidden_word,
    standing,
    valid_until,
)
from academy.core.text import Text

GOOD = EligibilityFacts(
    at=datetime(2026, 11, 23, 2, 42, tzinfo=UTC),
    class_has_ended=True,
    is_enrolled=True,
    credited_minutes=900,
    required_minutes=900,
    attendance_pct=Decimal("80"),
    min_attendance_pct=Decimal("80"),
    needs_exam=True,
    pass_mark=Decimal("60"),
    result_total=Decimal("60"),
    result_passed=True,
)


def test_who_meets_every_rule_exactly_is_entitled() -> None:
    verdict = eligibility(GOOD)
    assert verdict.allowed
    assert [check.code for check in verdict.met] == ["enrollment", "hours", "attendance", "exam"]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"is_enrolled": False}, "enrollment", "不在本班的名册上"),
        ({"class_has_ended": False}, "enrollment", "班还没有结束"),
        ({"credited_minutes": 899}, "hours", "要求 20 学时"),
        ({"attendance_pct": Decimal("79.99")}, "attendance", "79.99%"),
        ({"attendance_pct": None}, "attendance", "没有考勤记录"),
        ({"result_total": None}, "exam", "没有已发布的考核成绩"),
        ({"result_passed": False, "result_total": Decimal("59.5")}, "exam", "59.5 分，60 分及格"),
        ({"open_cases": (Text("成绩复核中"),)}, "cases", "成绩复核中"),
        ({"held_number": "XA20250120037S"}, "first", "XA20250120037S"),
        ({"name_problem": Text("“王𠮷”里的 𠮷 排印不出来")}, "name", "𠮷"),
    ],
)
def test_each_unmet_rule_alone_refuses_and_names_the_record(change: dict[str, Any], code: str, words: str) -> None:
    verdict = eligibility(replace(GOOD, **change))
    assert not verdict.allowed
    assert [check.code for check in verdict.unmet] == [code]
    check = verdict.unmet[0]
    assert words in f"{check.say}{check.record or ''}"


def test_a_proof_of_hours_needs_no_exam() -> None:
    verdict = eligibility(replace(GOOD, needs_exam=False, result_total=None, result_passed=False))
    assert verdict.allowed


def test_every_unmet_rule_is_named_at_once() -> None:
    verdict = eligibility(replace(GOOD, credited_minutes=0, attendance_pct=Decimal(0), result_total=None))
    assert [check.code for check in verdict.unmet] == ["hours", "attendance", "exam"]


@pytest.mark.parametrize("word", FORBIDDEN_WORDS)
def test_words_of_state_documents_are_found_in_a_title(word: str) -> None:
    assert forbidden_word(f"社工{word}培训班") is not None


@pytest.mark.parametrize("title", ["中 国社工班", "全\u3000国社工班", "国家\n级研修"])
def test_spaces_do_not_hide_a_forbidden_word(title: str) -> None:
    assert forbidden_word(title) is not None


def test_an_honest_title_passes() -> None:
    assert forbidden_word("社工站站长岗位能力研修") is None


@pytest.mark.parametrize(
    ("issued_on", "months", "until"),
    [
        (date(2025, 6, 20), 36, date(2028, 6, 19)),
        (date(2025, 1, 1), 12, date(2025, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2025, 12, 1), 1, date(2025, 12, 31)),
        (date(2025, 6, 20), None, None),
    ],
)
def test_validity_ends_the_day_before_its_anniversary(issued_on: date, months: int | None, until: date | None) -> None:
    assert valid_until(issued_on, months) == until


def test_the_last_valid_day_still_counts() -> None:
    until = date(2026, 11, 23)
    assert standing(CertificateState.ISSUED, until, date(2026, 11, 23)) is Standing.VALID
    assert standing(CertificateState.ISSUED, until, date(2026, 11, 24)) is Standing.EXPIRED


@pytest.mark.parametrize("state", [CertificateState.REVOKED, CertificateState.SUSPENDED, CertificateState.REPLACED])
def test_a_decision_outweighs_the_date(state: CertificateState) -> None:
    assert standing(state, date(2000, 1, 1), date(2026, 1, 1)).value == state.value
    assert standing(state, None, date(2026, 1, 1)).value == state.value


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.one_of(st.text(max_size=20).map(lambda t: t.encode("utf-8", "ignore").decode()), st.integers(), st.none()),
        max_size=6,
    )
)
def test_canonical_facts_do_not_depend_on_the_order_of_keys(facts: dict[str, Any]) -> None:
    clean = {key.encode("utf-8", "ignore").decode(): value for key, value in facts.items()}
    turned = dict(reversed(list(clean.items())))
    assert digest_of(canonical(clean)) == digest_of(canonical(turned))


def test_canonical_facts_keep_chinese_as_it_is() -> None:
    assert canonical({"b": 1, "a": "孙婷"}) == '{"a":"孙婷","b":1}'


def test_an_event_s_hash_depends_on_all_before_it() -> None:
    first = event_digest("", {"seq": 1})
    assert event_digest(first, {"seq": 2}) != event_digest("", {"seq": 2})
