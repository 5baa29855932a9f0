"""Rosters: kept sealed, previewed as often as wanted, imported once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from academy.accounts.queries import organizations, person_types
from academy.core.access import Actor
from academy.core.audit import record, record_many
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.files import store_file
from academy.core.sealed import blind_index, seal, unseal
from academy.core.sheets import Table, find_table, read_sheet
from academy.core.text import N_
from academy.people import queries
from academy.people.models import Learner, RosterImport, RosterState
from academy.people.policies import can_import
from academy.people.roster import (
    COLUMNS,
    REQUIRED,
    RosterRow,
    RowState,
    SheetNote,
    compare_with_register,
    folded,
    judge,
    notes_of,
    type_codes_of,
)
from academy.people.services import Person, new_learner


class RosterIsDecided(Conflict):
    """A roster is imported, or put aside, once."""

    message = N_("这份花名册已经处理过了，没有再导入一次。")
    next_step = N_("结果在本页；要再导入请重新上传。")


class NothingToImport(Conflict):
    """Every row is refused."""

    message = N_("没有可导入的行，什么都没有写入。")
    next_step = N_("请下载错误行，更正后重新上传。")


class RosterOverlaps(Conflict):
    """Another import registered one of these people at the same moment."""

    message = N_("另一份花名册刚刚登记了其中的人，本次一行都没有写入。")
    next_step = N_("请刷新预览，再导入一次。")


@dataclass(frozen=True)
class Preview:
    """What an import would do, as of now."""

    table: Table
    notes: list[SheetNote]
    rows: list[RosterRow]
    known: Mapping[str, Learner]  # by identity number
    units: Mapping[str, int]  # registered organizations by folded name

    @cached_property
    def counts(self) -> Counter[RowState]:
        """Rows by what will happen to them."""
        return Counter(row.state for row in self.rows)

    @property
    def importable(self) -> list[RosterRow]:
        """The rows that would go in."""
        return [row for row in self.rows if row.is_importable]

    @property
    def refused(self) -> list[RosterRow]:
        """The rows that would not."""
        return [row for row in self.rows if not row.is_importable]

    @property
    def known_count(self) -> int:
        """Importable rows of people who are registered."""
        return sum(row.id_number in self.known for row in self.importable)

    @property
    def unregistered_units(self) -> list[str]:
        """Work units as written that are not in the register."""
        return sorted({row.unit for row in self.importable if row.unit and folded(row.unit) not in self.units})


def upload_roster(*, name: str, content: bytes, actor: Actor, now: datetime) -> RosterImport:
    """Keep a roster for its preview; nothing is written to the register.

    Raises Forbidden, and what reading a sheet raises: a file that cannot be read is not kept.
    """
    if not can_import(actor):
        raise Forbidden
    find_table(read_sheet(content), columns=COLUMNS, required=REQUIRED)
    file = store_file(name=name, media_type="application/octet-stream", content=seal(content), now=now)
    roster = RosterImport(
        code=random_code16(),
        file_id=file.id,
        file_name=name[:255],
        state=RosterState.PREVIEWED,
        uploaded_by_id=actor.user_id,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
    db.session.add(roster)
    db.session.flush()
    record(actor, "people.roster_uploaded", f"roster:{roster.code}", now=now, after={"file": roster.file_name})
    return roster


def preview_roster(roster: RosterImport) -> Preview:
    """Read a kept roster again and compare it with the register as it is now. Writes nothing."""
    table = find_table(read_sheet(unseal(roster.file.content)), columns=COLUMNS, required=REQUIRED)
    rows = judge(table, type_codes_of((kind.code, kind.name_zh) for kind in person_types()))
    known = queries.learners_by_id_numbers(row.id_number for row in rows if row.is_importable)
    rows = compare_with_register(rows, {number: learner.name_zh for number, learner in known.items()})
    return Preview(table, notes_of(table), rows, known, {folded(unit.name_zh): unit.id for unit in organizations()})


def import_roster(*, code: str, actor: Actor, now: datetime) -> RosterImport:
    """Import the good rows of a roster, once: new people are registered, known ones updated, nobody is dropped.

    Of known people only unit, person type, education, mobile and e-mail change, and none of them to nothing. Raises
    Forbidden, NotFound, RosterIsDecided, NothingToImport, RosterOverlaps.
    """
    roster = _claim(code, RosterState.IMPORTED, actor, now)
    preview = preview_roster(roster)
    if not preview.importable:
        raise NothingToImport
    changes: list[tuple[str, Mapping[str, str | int | None] | None, Mapping[str, str | int | None] | None]] = []
    for row in preview.importable:
        person = _person(row, preview.units)
        learner = preview.known.get(row.id_number)
        if learner is None:
            learner = new_learner(person, now=now)
            db.session.add(learner)
            changes.append((f"learner:{learner.code}", None, _facts(learner)))
            roster.created_count += 1
            continue
        before = _facts(learner)
        has_new_mobile = _update(learner, person)
        if before != _facts(learner) or has_new_mobile:
            changes.append((f"learner:{learner.code}", before, {**_facts(learner), "mobile_changed": int(has_new_mobile)}))
            roster.updated_count += 1
        else:
            roster.unchanged_count += 1
    roster.refused_count = len(preview.refused)
    _flush()
    record_many(actor, "people.learner_imported", changes, now=now, reason=f"roster:{code}")
    record(actor, "people.roster_imported", f"roster:{code}", now=now, after=_counts(roster))
    return roster


def discard_roster(*, code: str, actor: Actor, now: datetime) -> RosterImport:
    """Import none of it. Raises Forbidden, NotFound, RosterIsDecided."""
    roster = _claim(code, RosterState.DISCARDED, actor, now)
    record(actor, "people.roster_discarded", f"roster:{code}", now=now)
    return roster


def reveal_roster(*, code: str, what: str, actor: Actor, now: datetime) -> RosterImport:
    """Write down that somebody sees a roster's numbers in full: on the page or in a file. Raises Forbidden, NotFound."""
    if not can_import(actor):
        raise Forbidden
    roster = queries.get_roster_import(code)
    record(actor, "people.roster_revealed", f"roster:{code}", now=now, reason=what)
    return roster


def _claim(code: str, state: RosterState, actor: Actor, now: datetime) -> RosterImport:
    """Decide about a roster by conditional update: of two confirmations one wins."""
    if not can_import(actor):
        raise Forbidden
    roster = queries.get_roster_import(code)
    claim = (
        update(RosterImport)
        .where(RosterImport.id == roster.id, RosterImport.state == RosterState.PREVIEWED)
        .values(state=state, decided_at=now)
    )
    if not db.session.execute(claim).rowcount:  # type: ignore[attr-defined]
        raise RosterIsDecided
    db.session.refresh(roster)
    return roster


def _person(row: RosterRow, units: Mapping[str, int]) -> Person:
    return Person(
        name_zh=row.name,
        gender=row.gender,
        id_number=row.id_number,
        mobile=row.mobile,
        email=row.email,
        organization_id=units.get(folded(row.unit)),
        unit_zh="" if folded(row.unit) in units else row.unit[:120],
        person_type_code=row.person_type_code,
        education=row.education,
    )


def _update(learner: Learner, person: Person) -> bool:
    """Bring a known person up to date; returns whether the mobile number is another one."""
    if person.organization_id is not None or person.unit_zh:
        learner.organization_id, learner.unit_zh = person.organization_id, person.unit_zh
    learner.person_type_code = person.person_type_code
    learner.education = person.education or learner.education
    learner.email = person.email or learner.email
    if learner.mobile == person.mobile:
        return False
    learner.mobile, learner.mobile_index = person.mobile, blind_index(person.mobile)
    return True


def _facts(learner: Learner) -> dict[str, str | int | None]:
    """What the audit trail keeps of a learner: no numbers."""
    return {
        "name_zh": learner.name_zh,
        "organization_id": learner.organization_id,
        "unit_zh": learner.unit_zh,
        "person_type": learner.person_type_code,
        "education": learner.education.value if learner.education else None,
        "email": learner.email,
    }


def _counts(roster: RosterImport) -> dict[str, int]:
    return {
        "created": roster.created_count,
        "updated": roster.updated_count,
        "unchanged": roster.unchanged_count,
        "refused": roster.refused_count,
    }


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise RosterOverlaps from error
