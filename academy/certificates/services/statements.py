"""Issuing annual statements in three steps, safe against a death at any instant.

1. `draw_statement` (one transaction) freezes what the ledger says under a number, or finds that it was stated before.
2. `make_statement` (no transaction) renders and signs.
3. `record_statement` (one transaction) keeps file and signature, and lets the new version replace the former one.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from academy.certificates.models import HoursStatement, HoursStatementRegister
from academy.certificates.numbers import make_statement_number
from academy.certificates.policies import can_issue_statement
from academy.certificates.queries.statements import (
    YearContent,
    find_drawn_statement,
    find_live_statement,
    year_content,
)
from academy.certificates.rules import canonical, digest_of
from academy.certificates.signing import Signer
from academy.config import settings
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import local, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.documents import check_characters, render_document
from academy.core.errors import Conflict, NotFound
from academy.core.files import store_file
from academy.core.text import N_
from academy.people import queries as people

TEMPLATE = "hours_statement"
FIRST_YEAR = 2000


class NothingToState(Conflict):
    """A year without a line, or one that has not come."""

    message = N_("%(year)s 年还没有入账的学时，没有开具证明。")
    next_step = N_("有学时入账之后再开具。")


class StatementWasRedrawn(Conflict):
    """The ledger changed while the file was being made."""

    message = N_("开具的时候台账有变动，没有签发。")
    next_step = N_("请再按一次。")


@dataclass(frozen=True, slots=True)
class DrawnStatement:
    """A number with its frozen facts, ready to be made into a file; or one that exists, as it is."""

    id: int
    facts: str
    drawn_at: datetime
    is_issued: bool


@dataclass(frozen=True, slots=True)
class MadeStatement:
    """A signed file for a drawn number."""

    drawn: DrawnStatement
    pdf: bytes
    signed_digest: str
    facts_signature: bytes
    key_id: int


def draw_statement(*, learner_id: int, year: int, actor: Actor, now: datetime) -> DrawnStatement:
    """What the ledger says about a year, under a number. The same ledger gives the same statement, however often.

    To those who may not have it made the learner does not exist. Raises NotFound, NothingToState, UndrawableCharacter.
    """
    learner = people.learner_by_id(learner_id)
    if not can_issue_statement(actor, learner):
        raise NotFound
    if not FIRST_YEAR <= year <= today(now).year:
        raise NothingToState(year=year)
    people.lock_learner(learner_id)  # two who ask at once take turns
    content = year_content(learner, year, today(now))
    if not content.entries:
        raise NothingToState(year=year)
    live = find_live_statement(learner_id, year)
    if live is not None and live.content_digest == content.digest:
        return _drawn(live)
    row = find_drawn_statement(learner_id, year)
    if row is None:
        row = _draw_number(learner_id, year, now)
    elif row.content_digest == content.digest:
        return _drawn(row)
    _freeze(row, content, live, actor, now)
    db.session.add(row)
    db.session.flush()
    return _drawn(row)


def _drawn(row: HoursStatement) -> DrawnStatement:
    return DrawnStatement(row.id, row.facts, row.drawn_at, row.file_id is not None)


def _draw_number(learner_id: int, year: int, now: datetime) -> HoursStatement:
    mine = HoursStatement.learner_id == learner_id, HoursStatement.year == year
    version = (db.session.scalar(select(func.max(HoursStatement.version)).where(*mine)) or 0) + 1
    number = make_statement_number(today(now).year, _next_serial(today(now).year))
    return HoursStatement(public_id=random_code16(), number=number, learner_id=learner_id, year=year, version=version)


def _next_serial(year: int) -> int:
    """The next number of the year of issue, under the lock of the year's row."""
    locked = select(HoursStatementRegister).where(HoursStatementRegister.year == year).with_for_update()
    register = db.session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if register is None:
        _open_year(year)
        register = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    register.last_serial += 1
    return register.last_serial


def _freeze(row: HoursStatement, content: YearContent, live: HoursStatement | None, actor: Actor, now: datetime) -> None:
    at = local(now)
    said: dict[str, Any] = {
        "number": row.number,
        "version": row.version,
        "as_of": f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",  # Chinese, whoever asks
        "issued_on": today(now).isoformat(),
    }
    if live is not None:
        said["replaces"] = live.number
    facts = {**content.facts, "statement": said, "verify": {"url": f"{settings().address}/s/{row.public_id}"}}
    check_characters(facts)
    row.content_digest, row.minutes = content.digest, content.minutes
    row.holder_name, row.facts = content.facts["holder"]["name"], canonical(facts)
    row.facts_sha256, row.issued_on = digest_of(row.facts), today(now)
    row.drawn_at, row.drawn_by_id, row.drawn_by = now, actor.user_id, actor.name[:120]


def make_statement(drawn: DrawnStatement, signer: Signer) -> MadeStatement:
    """Render and sign: the same facts, the same page. Raises DocumentRefused."""
    facts = json.loads(drawn.facts)
    document = render_document(template=TEMPLATE, facts=facts, stamp=drawn.drawn_at)
    if document.signature_box is None:
        raise LookupError("the statement template has no signature field")
    signed = signer.sign_pdf(
        document.pdf,
        box=document.signature_box,
        caption=(signer.subject, f"电子签名 · {facts['statement']['issued_on']} · ECDSA P-256"),
        description=f"{signer.subject}的电子签名",
        now=drawn.drawn_at,
    )
    return MadeStatement(drawn, signed.content, signed.signed_digest, signer.sign_facts(drawn.facts), signer.key_id)


def record_statement(*, made: MadeStatement, actor: Actor, now: datetime) -> HoursStatement:
    """Keep the signed file. What somebody else recorded meanwhile stays. Raises StatementWasRedrawn."""
    row = _locked(made.drawn.id)
    if row.file_id is not None:
        return row
    if row.facts != made.drawn.facts:
        raise StatementWasRedrawn
    file = store_file(name=f"{row.number}.pdf", media_type="application/pdf", content=made.pdf, now=now)
    former = find_live_statement(row.learner_id, row.year)
    if former is not None:
        former.is_live, former.replaced_by_id = False, row.id
        db.session.flush()
    row.file_id, row.file_sha256, row.signed_digest = file.id, file.sha256, made.signed_digest
    row.facts_signature, row.signing_key_id = made.facts_signature, made.key_id
    row.issued_at, row.is_live = now, True
    db.session.flush()
    after = {"facts_sha256": row.facts_sha256, "version": row.version, "replaces": former.number if former else None}
    record(actor, "certificates.statement_issued", f"statement:{row.number}", now=now, after=after)
    return row


def _locked(statement_id: int) -> HoursStatement:
    """The row, under its person's lock: drawing and recording for one person take turns."""
    row = db.session.get(HoursStatement, statement_id)
    if row is None:
        raise NotFound
    people.lock_learner(row.learner_id)
    return db.session.get_one(HoursStatement, statement_id, with_for_update=True, populate_existing=True)


def _open_year(year: int) -> None:
    """Make the year's row unless somebody else was faster."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    db.session.execute(dialect.insert(HoursStatementRegister).values(year=year, last_serial=0).on_conflict_do_nothing())
