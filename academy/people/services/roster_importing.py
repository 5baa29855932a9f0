"""Importing the good rows of a roster: some hundred in one transaction with the mark that they are done."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from academy.core.access import Actor
from academy.core.audit import record, record_many
from academy.core.db import db, table_of
from academy.core.outbox import announce
from academy.core.runs import advance_run, finish_run
from academy.core.sealed import blind_index
from academy.core.text import Text
from academy.people import queries
from academy.people.models import Learner, RosterImport, RosterLine, RosterState
from academy.people.rules import HeldLevel
from academy.people.rules.comparing import Known, Scope, compare, unit_of, updates_of
from academy.people.rules.people import gender_of
from academy.people.rules.roster import RosterRow, RowAction, RowState
from academy.people.services.learners import new_learner_code

SLICE = 500
_learner, _line = table_of(Learner), table_of(RosterLine)
_WAITING = (
    select(_line.c.id, _line.c.number, _line.c.content)
    .where(_line.c.roster_id == bindparam("roster"), _line.c.state != RowState.ERROR, _line.c.outcome.is_(None))
    .order_by(_line.c.number)
    .limit(SLICE)
)
_SETTLE = (
    update(_line)
    .where(_line.c.id == bindparam("line"))
    .values(outcome=bindparam("outcome"), learner_id=bindparam("learner"), problem=bindparam("why"))
)


def import_slice(*, roster_id: int, now: datetime) -> bool:
    """Import the next rows; False when none is left, and the import is finished."""
    roster = db.session.get_one(RosterImport, roster_id, populate_existing=True, with_for_update=True)
    if roster.state is not RosterState.IMPORTING:
        return False
    lines = [
        (line_id, RosterRow.from_json(number, json.loads(content)))
        for line_id, number, content in db.session.execute(_WAITING, {"roster": roster.id})
    ]
    if not lines:
        _finish(roster, now)
        return False
    work = _Work(roster, queries.scope_of(roster), [row for _, row in lines], now)
    work.compare()
    work.create()
    work.update()
    work.record()
    db.session.connection().execute(
        _SETTLE,
        [
            {"line": line_id, "outcome": work.outcomes[row.number], "learner": work.learner_ids.get(row.number), "why": why}
            for line_id, row in lines
            for why in [work.problems.get(row.number)]
        ],
    )
    work.count()
    return True


class _Work:
    """One slice: what each row does, by row number."""

    def __init__(self, roster: RosterImport, scope: Scope, rows: list[RosterRow], now: datetime) -> None:
        self.roster, self.scope, self.rows, self.now = roster, scope, rows, now
        self.outcomes: dict[int, RowAction] = {}
        self.learner_ids: dict[int, int] = {}
        self.problems: dict[int, dict[str, Any]] = {}
        self._known: dict[int, Known] = {}
        self._audit: list[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]] = []

    def compare(self, only: set[int] | None = None) -> None:
        """Look at the register as it is now, and hold the records that will change."""
        rows = [row for row in self.rows if only is None or row.number in only]
        by_id = queries.known_by_id_numbers((row.id_number for row in rows if row.id_number), lock=True)
        by_code = queries.known_by_codes((row.code for row in rows if row.code), lock=True)
        for row in rows:
            known, coded = by_id.get(row.id_number), by_code.get(row.code)
            compared = compare(row, known, coded, self.scope)
            self.outcomes[row.number] = compared.action
            if compared.action is RowAction.REFUSE:
                reason = compared.reasons[0]
                fix = reason.fix.as_json() if reason.fix else None
                self.problems[row.number] = {"say": reason.say.as_json(), "fix": fix}
            elif (of := known or coded) is not None:
                self._known[row.number], self.learner_ids[row.number] = of, of.id

    def create(self) -> None:
        """Register the new people; whoever was registered by somebody else in the same moment is updated instead."""
        new = [row for row in self.rows if self.outcomes[row.number] is RowAction.CREATE]
        if not new:
            return
        values = sorted((self._values(row) for row in new), key=lambda one: str(one["id_number_index"]))
        dialect: Any = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(_learner).on_conflict_do_nothing(index_elements=["id_number_index"])
        db.session.connection().execute(statement.inline(), values)  # without RETURNING: rows go out as a stream
        mine = select(_learner.c.id_number_index, _learner.c.id, _learner.c.code)
        made = db.session.execute(mine.where(_learner.c.code.in_([one["code"] for one in values])))
        ids = {index: (learner_id, code) for index, learner_id, code in made}
        lost = set()
        for row in new:
            found = ids.get(blind_index(row.id_number))
            if found is None:
                lost.add(row.number)
                continue
            self.learner_ids[row.number] = found[0]
            self._audit.append((f"learner:{found[1]}", None, self._facts(row)))
        if lost:
            self.compare(only=lost)

    def _values(self, row: RosterRow) -> dict[str, Any]:
        organization_id, unit_zh = unit_of(row, self.scope)
        return {
            "code": new_learner_code(),
            "name_zh": row.name,
            "gender": row.gender or gender_of(row.id_number),
            "id_number": row.id_number,
            "id_number_index": blind_index(row.id_number),
            "mobile": row.mobile,
            "mobile_index": blind_index(row.mobile),
            "email": row.email,
            "organization_id": organization_id,
            "unit_zh": unit_zh,
            "person_type_code": row.person_type_code,
            "education": row.education,
            "held_level": HeldLevel.NONE,
            "created_at": self.now,
        }

    def _facts(self, row: RosterRow) -> dict[str, Any]:
        """What the audit trail keeps of somebody new: no numbers."""
        organization_id, unit_zh = unit_of(row, self.scope)
        facts = {"name_zh": row.name, "organization_id": organization_id, "unit_zh": unit_zh, "email": row.email}
        return {**facts, "person_type": row.person_type_code, "education": row.education.value if row.education else None}

    def update(self) -> None:
        """Bring known people up to date, one statement for each set of columns."""
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in self.rows:
            if self.outcomes[row.number] is not RowAction.UPDATE:
                continue
            known = self._known[row.number]
            wanted = updates_of(row, known, self.scope)
            self._audit.append((f"learner:{known.code}", _plain(known, wanted), _plain_new(wanted)))
            if "mobile" in wanted:
                wanted["mobile_index"] = blind_index(wanted["mobile"])
            changed = {f"new_{column}": value for column, value in wanted.items()}
            by_columns.setdefault(tuple(sorted(wanted)), []).append({"known_id": known.id, **changed})
        for columns, values in sorted(by_columns.items()):
            statement = update(_learner).where(_learner.c.id == bindparam("known_id"))
            named = {column: bindparam(f"new_{column}", type_=_learner.c[column].type) for column in columns}
            db.session.connection().execute(statement.values(named), values)

    def record(self) -> None:
        """Write every person into the audit trail."""
        actor = Actor(self.roster.decided_by_id, self.roster.decided_by)
        reason = f"roster:{self.roster.code}"
        record_many(actor, "people.learner_imported", self._audit, now=self.now, reason=reason)

    def count(self) -> None:
        """Count the outcomes where pages see them."""
        outcomes = list(self.outcomes.values())
        self.roster.created_count += outcomes.count(RowAction.CREATE)
        self.roster.updated_count += outcomes.count(RowAction.UPDATE)
        self.roster.unchanged_count += outcomes.count(RowAction.NOTHING)
        refused = outcomes.count(RowAction.REFUSE)
        words = [f"{number}: {Text.from_json(why['say'])}" for number, why in sorted(self.problems.items())]
        if self.roster.job_run_id is not None:
            advance_run(self.roster.job_run_id, done=len(outcomes) - refused, failed=refused, problems=words)


def _plain(known: Known, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What stood there; of a mobile number only that there was one."""
    return {column: _word(column, getattr(known, column)) for column in wanted}


def _plain_new(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _word(column, value, is_new=True) for column, value in wanted.items()}


def _word(column: str, value: Any, *, is_new: bool = False) -> Any:
    if column == "mobile":
        return "changed" if is_new else "kept sealed"
    return value.value if hasattr(value, "value") else value


def _finish(roster: RosterImport, now: datetime) -> None:
    """Close an import of which every good row is settled."""
    late = select(RosterLine.id).where(RosterLine.roster_id == roster.id, RosterLine.outcome == RowAction.REFUSE)
    roster.refused_count = roster.error_count + len(list(db.session.scalars(late)))
    roster.state = RosterState.IMPORTED
    if roster.job_run_id is not None:
        finish_run(roster.job_run_id, now=now, result_url=f"/manage/learners/import/{roster.code}")
    counts = {
        "created": roster.created_count,
        "updated": roster.updated_count,
        "unchanged": roster.unchanged_count,
        "refused": roster.refused_count,
    }
    record(
        Actor(roster.decided_by_id, roster.decided_by), "people.roster_imported", f"roster:{roster.code}", now=now, after=counts
    )
    announce("people.roster_imported", now=now, roster_id=roster.id)
