"""A finding as people read it: every field as a ready piece of text, for the public page, the file page and the register."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from flask import url_for
from markupsafe import Markup, escape

from academy.certificates.queries import Finding
from academy.certificates.rules import Standing
from academy.core.clock import local
from academy.core.text import N_, Text, render
from academy.core.wording import date_words, is_english

Shown: TypeAlias = Mapping[str, str]
KEEP = Markup('<span class="keep">%s</span>')

# state → (class of the paper, sign, class of the sign, headline)
HEADLINES: dict[Standing, tuple[str, str, str, str]] = {
    Standing.VALID: ("", "ok", "", N_("有效")),
    Standing.EXPIRED: ("paper--wait", "wait", "wait", N_("已过有效期")),
    Standing.SUSPENDED: ("paper--wait", "wait", "wait", N_("已暂停")),
    Standing.REPLACED: ("paper--wait", "wait", "wait", N_("已被替换")),
    Standing.REVOKED: ("paper--lost", "no", "lost", N_("已撤销")),
}
UNCONFIRMED = ("paper--lost", "no", "lost", N_("不能确认"))


def headline(finding: Finding) -> tuple[str, str, str, str]:
    """How a page says what a certificate is worth; nothing is vouched for when the signature does not hold."""
    return HEADLINES[finding.standing] if finding.is_sound else UNCONFIRMED


def clock(instant: datetime) -> str:
    """10:42:07.02, for the instant of a check."""
    return local(instant).strftime("%H:%M:%S.%f")[:-4]


def fields(finding: Finding, *, name: str | None = None) -> Shown:
    """Every field of a finding in the reader's language, escaped where it holds markup; the name masked unless given."""
    said = finding.facts
    english = is_english()
    first, last = finding.period
    hours = render(Text(N_("，%(hours)s 学时"), hours=said["program"]["hours"]))
    return {
        "number": finding.number,
        "public_id": finding.public_id,
        "title": said["certificate"]["title_en" if english else "title_zh"],
        "name": name or finding.masked_name,
        "training": f"{said['program']['title_zh']}{said['program']['run_zh']}{hours}",
        "period": KEEP % date_words(first, weekday=False) + "—" + KEEP % date_words(last, weekday=False),
        "class_code": said["program"]["class_code"],
        "issued": _issued(finding),
        "academy": said["academy"]["name_en" if english else "name_zh"],
        **instants(finding),
    }


def instants(finding: Finding) -> dict[str, str]:
    """What differs between two readings of the same entry."""
    shown = {"now": seconds(finding.at), "milliseconds": f"{finding.milliseconds:.1f}"}
    for place, check in enumerate(finding.checks):
        shown[f"at{place}"] = check.at.isoformat()
        shown[f"clock{place}"] = clock(check.at)
    return shown


def _issued(finding: Finding) -> Markup:
    issued = KEEP % date_words(finding.issued_on)
    if finding.valid_until is None:
        return issued + render(N_("，长期有效"))
    return issued + render(N_("，有效至")) + KEEP % date_words(finding.valid_until)


def verdict(finding: Finding, now: str) -> str:
    """The sentence under the headline, said at an instant."""
    if not finding.is_sound:
        return render(N_("登记簿里的内容与签名对不上，请不要采信，并联系证书室。"))
    if finding.standing is Standing.REPLACED:
        return _successor_line(finding)
    revoked_on = local(finding.revoked_at).date() if finding.revoked_at else None
    lines = {
        Standing.VALID: Text(
            N_("截至%(at)s，由%(academy)s签发，未被暂停、替换或撤销。"),
            at=now,
            academy=finding.facts["academy"]["name_en" if is_english() else "name_zh"],
        ),
        Standing.REVOKED: Text(
            N_("%(day)s撤销。原因：%(reason)s。本页地址长期保留。"), day=revoked_on, reason=finding.revoked_reason.rstrip("。.")
        ),
        Standing.EXPIRED: Text(N_("有效期到%(day)s为止，之后没有换发。"), day=finding.valid_until),
        Standing.SUSPENDED: Text(N_("目前暂停使用，恢复前不能作为凭证。")),
    }
    return render(lines[finding.standing])


def seconds(instant: datetime) -> str:
    """2026年11月23日（周一）10:42:07."""
    return f"{date_words(instant)}{', ' if is_english() else ''}{local(instant):%H:%M:%S}"


def _successor_line(finding: Finding) -> Markup:
    address = url_for("certificates.show", public_id=finding.successor_public_id)
    link = Markup('<a class="mono" href="%s">%s</a>') % (address, finding.successor_number)
    return escape(render(N_("内容更正后换发。请查验新编号"))) + " " + link + escape(render(N_("。")))
