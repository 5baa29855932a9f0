"""Rosters at the door: kept sealed, told which column is which, decided about once. Reading and importing follow."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, update

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.files import store_file
from academy.core.outbox import announce
from academy.core.runs import start_run
from academy.core.sealed import seal, unseal
from academy.core.sheets import ColumnsAreMissing, Heading, Limits, Sheet, SheetIsEmpty, read_sheet
from academy.core.text import N_, Text
from academy.people import queries
from academy.people.models import RosterImport, RosterLine, RosterMapping, RosterState
from academy.people.policies import can_import, can_import_for, can_see_roster
from academy.people.rules.layout import Layout, headings_at, recognized, said_about, signature_of, with_remembered
from academy.people.rules.roster import COLUMNS

LIMITS = Limits(rows=20_020, columns=60, cells=600_000, megabytes=64)  # 20,000 people, their header and titles
LOOKED_AT = 40  # rows in which a header is looked for
MOST_SHEETS = 6
MAY_BE_MAPPED = frozenset({RosterState.MAPPING, RosterState.PREVIEWED, RosterState.UNREADABLE})
MAY_BE_DISCARDED = MAY_BE_MAPPED | {RosterState.READING}


class RosterIsDecided(Conflict):
    """A roster is imported, or put aside, once."""

    message = N_("这份花名册已经处理过了，没有再导入一次。")
    next_step = N_("结果在本页；要再导入请重新上传。")


class RosterIsBusy(Conflict):
    """It is being read, or imported."""

    message = N_("这份花名册正在处理，现在不能改。")
    next_step = N_("请等它结束。")


class NothingToImport(Conflict):
    """Every row is refused."""

    message = N_("没有可导入的行，什么都没有写入。")
    next_step = N_("请下载错误行，更正后重新上传。")


class OrganizationIsMissing(Invalid):
    """A coordinator of several organizations says for which one she uploads."""

    message = N_("请选为哪个单位导入。什么都没有写入。")


class ColumnIsTwice(Invalid):
    """Two columns of the house cannot be one column of the file."""

    message = N_("“%(first)s”和“%(second)s”选了同一列。")


class Proposal:
    """What is known of a file's columns before a person says anything: the layout, the columns to choose from."""

    def __init__(self, layout: Layout, found: list[Heading], said: RosterMapping | None, sheets: tuple[str, ...]) -> None:
        self.layout, self.headings, self.said, self.sheets = layout, found, said, sheets


def upload_roster(
    *, name: str, content: bytes, actor: Actor, now: datetime, organization_id: int | None = None, subject: str = ""
) -> RosterImport:
    """Keep a roster; nothing is written to the register. It is read in the background, or waits to be told its columns.

    A coordinator uploads for her organization only. Raises Forbidden, OrganizationIsMissing, what reading a sheet raises,
    and ColumnsAreMissing when no choice of columns could be enough: such a file is not kept.
    """
    organization_id = _organization_for(actor, organization_id)
    proposal = _proposal(_looked_at(content), organization_id)
    file = store_file(name=name, media_type="application/octet-stream", content=seal(content), now=now)
    roster = RosterImport(
        code=random_code16(),
        file_id=file.id,
        file_name=name[:255],
        state=RosterState.MAPPING,
        uploaded_by_id=actor.user_id,
        uploaded_by=actor.name,
        uploaded_at=now,
        organization_id=organization_id,
        subject=subject,
        layout=proposal.layout.as_json(),
    )
    db.session.add(roster)
    db.session.flush()
    record(actor, "people.roster_uploaded", f"roster:{roster.code}", now=now, after={"file": roster.file_name})
    if not proposal.layout.missing and (proposal.said is None or not recognized_missing(proposal)):
        _start_reading(roster, proposal.layout, actor, now)
    return roster


def recognized_missing(proposal: Proposal) -> bool:
    """Whether what was said last time is needed: then a person confirms it, and it is not taken for granted."""
    by_title = {one.at: one.title for one in proposal.headings}
    places = proposal.layout.columns.items()
    own = {key for key, at in places if by_title.get(at, "") in COLUMNS[key]}
    return bool(replace(proposal.layout, columns={key: at for key, at in places if key in own}, person_type="").missing)


def propose(*, roster: RosterImport, sheet: str = "", header_row: int | None = None) -> Proposal:
    """What a person is offered to choose from, for the sheet and the header row that she asks for. Writes nothing."""
    kept = Layout.from_json(roster.layout) if roster.layout else None
    content = unseal(roster.file.content)
    looked = read_sheet(content, limits=LIMITS, first=LOOKED_AT, name=sheet or (kept.sheet if kept else ""))
    proposal = _proposal([looked], roster.organization_id, header_row=header_row, must_suffice=False)
    is_said = roster.state is not RosterState.MAPPING
    if kept and is_said and (kept.sheet, kept.header_row) == (proposal.layout.sheet, proposal.layout.header_row):
        proposal.layout = kept
    return proposal


def _organization_for(actor: Actor, organization_id: int | None) -> int | None:
    if not can_import(actor):
        raise Forbidden
    if organization_id is None and not can_import_for(actor, None):
        if len(actor.organizations) > 1:
            raise OrganizationIsMissing
        organization_id = next(iter(actor.organizations))
    if not can_import_for(actor, organization_id):
        raise Forbidden
    return organization_id


def _looked_at(content: bytes) -> list[Sheet]:
    """The first rows of the visible sheets that hold something."""
    first = read_sheet(content, limits=LIMITS, first=LOOKED_AT)
    others = first.others[: MOST_SHEETS - 1]
    return [first, *(sheet for name in others if (sheet := _sheet_or_none(content, name)) is not None)]


def _sheet_or_none(content: bytes, name: str) -> Sheet | None:
    try:
        return read_sheet(content, limits=LIMITS, first=LOOKED_AT, name=name)
    except Invalid:
        return None


def _proposal(
    sheets: list[Sheet], organization_id: int | None, *, header_row: int | None = None, must_suffice: bool = True
) -> Proposal:
    sheet = max(sheets, key=lambda one: len(recognized(one).columns))  # the first of equals
    layout = recognized(sheet)
    if header_row is not None and header_row != layout.header_row and any(row.number == header_row for row in sheet.rows):
        layout = Layout(sheet.name, header_row)
    found = headings_at(sheet, layout.header_row)
    remembered = queries.find_remembered(organization_id, signature_of(found))
    layout = with_remembered(layout, found, remembered[0] if remembered else None)
    unread = len({one.at for one in found} - set(layout.columns.values()))
    if must_suffice and unread < len(set(layout.missing) - {COLUMNS["person_type"][0]}):
        raise ColumnsAreMissing(columns="、".join(layout.missing))
    if must_suffice and not any(row.number > layout.header_row for row in sheet.rows):
        raise SheetIsEmpty
    names = (sheet.name, *sheet.others) if sheet.name else ()
    return Proposal(layout, found, remembered[1] if remembered else None, names)


def map_roster(
    *, code: str, sheet: str, header_row: int, columns: Mapping[str, int], person_type: str, actor: Actor, now: datetime
) -> RosterImport:
    """Say which column is which (a key of COLUMNS → its place from 0); remembered for the next file with such a header.

    The roster is read anew. Raises Forbidden, NotFound, RosterIsBusy, RosterIsDecided, ColumnIsTwice, LayoutIsIncomplete.
    """
    roster = lock_roster(code, actor)
    if roster.state not in MAY_BE_MAPPED:
        raise RosterIsBusy if roster.state in {RosterState.READING, RosterState.IMPORTING} else RosterIsDecided
    proposal = propose(roster=roster, sheet=sheet, header_row=header_row)
    there = {one.at for one in proposal.headings}
    layout = Layout(
        proposal.layout.sheet,
        proposal.layout.header_row,
        {key: at for key, at in columns.items() if key in COLUMNS and at in there},
        person_type if person_type in queries.scope_of(roster).type_names else "",
    ).checked()
    _check_twice(layout)
    _remember(roster.organization_id, layout, proposal.headings, actor, now)
    _start_reading(roster, layout, actor, now)
    record(actor, "people.roster_mapped", f"roster:{code}", now=now, after=layout.as_json())
    return roster


def _check_twice(layout: Layout) -> None:
    seen: dict[int, str] = {}
    for key, at in layout.columns.items():
        if at in seen:
            raise ColumnIsTwice(first=Text(COLUMNS[seen[at]][0]), second=Text(COLUMNS[key][0]))
        seen[at] = key


def _remember(organization_id: int | None, layout: Layout, found: list[Heading], actor: Actor, now: datetime) -> None:
    """Keep what was said; the academy's and each organization's memory are their own."""
    signature = signature_of(found)
    values = {
        "columns": said_about(layout, found),
        "person_type": layout.person_type,
        "said_by": actor.name[:120],
        "said_at": now,
    }
    of = RosterMapping.organization_id
    mine = of.is_(None) if organization_id is None else of == organization_id
    known = update(RosterMapping).where(mine, RosterMapping.signature == signature).values(**values)
    if not db.session.execute(known).rowcount:  # type: ignore[attr-defined]
        db.session.add(RosterMapping(organization_id=organization_id, signature=signature, **values))
        db.session.flush()


def _start_reading(roster: RosterImport, layout: Layout, actor: Actor, now: datetime) -> None:
    """Promise to read a roster from its beginning; what was read of it before is forgotten."""
    db.session.execute(delete(RosterLine).where(RosterLine.roster_id == roster.id))
    title = Text(N_("读取花名册：%(file)s"), file=roster.file_name)
    run = start_run(kind="people.roster_reading", title=title, subject=f"roster:{roster.code}", total=0, actor=actor, now=now)
    roster.layout, roster.job_run_id, roster.state, roster.problem = layout.as_json(), run.id, RosterState.READING, None
    roster.row_count = roster.read_count = roster.ok_count = roster.repaired_count = roster.error_count = 0
    roster.noted_count = roster.known_count = 0
    db.session.flush()
    announce("people.roster_uploaded", now=now, roster_id=roster.id, run_id=run.id)


def import_roster(*, code: str, actor: Actor, now: datetime) -> RosterImport:
    """Decide to import the good rows of a roster, once; they go in in the background.

    New people are registered, known ones updated, nobody is dropped. Of known people only unit, person type, education,
    mobile and e-mail change, and none of them to nothing. Raises Forbidden, NotFound, RosterIsDecided, NothingToImport.
    """
    roster = lock_roster(code, actor)
    if roster.state is not RosterState.PREVIEWED:
        raise RosterIsDecided
    if not roster.good_count:
        raise NothingToImport
    title = Text(N_("导入花名册：%(file)s"), file=roster.file_name)
    subject, kind = f"roster:{roster.code}", "people.roster_importing"
    run = start_run(kind=kind, title=title, subject=subject, total=roster.good_count, actor=actor, now=now)
    roster.state, roster.decided_at, roster.job_run_id = RosterState.IMPORTING, now, run.id
    roster.decided_by_id, roster.decided_by = actor.user_id, actor.name
    db.session.flush()
    record(actor, "people.roster_decided", subject, now=now, after={"good": roster.good_count, "errors": roster.error_count})
    announce("people.roster_decided", now=now, roster_id=roster.id)
    return roster


def discard_roster(*, code: str, actor: Actor, now: datetime) -> RosterImport:
    """Import none of it. Raises Forbidden, NotFound, RosterIsDecided."""
    roster = lock_roster(code, actor)
    if roster.state not in MAY_BE_DISCARDED:
        raise RosterIsDecided
    roster.state, roster.decided_at = RosterState.DISCARDED, now
    roster.decided_by_id, roster.decided_by = actor.user_id, actor.name
    db.session.flush()
    record(actor, "people.roster_discarded", f"roster:{code}", now=now)
    announce("people.roster_discarded", now=now, roster_id=roster.id)
    return roster


def reveal_roster(*, code: str, what: str, actor: Actor, now: datetime) -> RosterImport:
    """Write down that somebody sees a roster's numbers in full: on the page or in a file. Raises Forbidden, NotFound."""
    roster = queries.get_roster_import(code)
    _check(actor, roster)
    record(actor, "people.roster_revealed", f"roster:{code}", now=now, reason=what)
    return roster


def _check(actor: Actor, roster: RosterImport) -> None:
    if not can_import(actor):
        raise Forbidden
    if not can_see_roster(actor, roster):
        raise NotFound


def lock_roster(code: str, actor: Actor) -> RosterImport:
    """A roster that nobody else decides about meanwhile. Raises Forbidden, NotFound."""
    roster = queries.get_roster_import(code)
    _check(actor, roster)
    db.session.refresh(roster, with_for_update=True)
    return roster
