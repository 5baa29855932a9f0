"""Every read of people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select

from academy.core.db import db, table_of
from academy.core.errors import NotFound
from academy.core.sealed import blind_index
from academy.people.models import Instructor as Instructor  # what reads give back is public by name
from academy.people.models import InstructorField
from academy.people.models import Learner as Learner
from academy.people.rules import Education, HeldLevel, tidy


def get_learner(code: str) -> Learner:
    """A learner by code; the code of a merged record leads to the record that it went into. Raises NotFound."""
    learner = _survivor(db.session.scalars(select(Learner).where(Learner.code == code)).one_or_none())
    if learner is None:
        raise NotFound
    return learner


def learner_by_id(learner_id: int) -> Learner:
    """A learner by id; that of a merged record leads to the record that it went into. Raises NotFound."""
    learner = _survivor(db.session.get(Learner, learner_id))
    if learner is None:
        raise NotFound
    return learner


def _survivor(learner: Learner | None) -> Learner | None:
    """A record itself, or the one that it was merged into: merging keeps the chain one step long."""
    if learner is None or learner.merged_into_id is None:
        return learner
    return db.session.get_one(Learner, learner.merged_into_id)


def learners_by_ids(ids: Iterable[int]) -> dict[int, Learner]:
    """Learners by id."""
    return {learner.id: learner for learner in db.session.scalars(select(Learner).where(Learner.id.in_(list(ids))))}


def learners_by_codes(codes: Iterable[str]) -> dict[str, Learner]:
    """Learners by code; codes of nobody are left out."""
    return {learner.code: learner for learner in db.session.scalars(select(Learner).where(Learner.code.in_(list(codes))))}


def find_learner_of_user(user_id: int) -> Learner | None:
    """The learner whom a user is, if she has been registered; both accounts of a merged person lead to one record."""
    return _survivor(db.session.scalars(select(Learner).where(Learner.user_id == user_id)).one_or_none())


_learner = table_of(Learner).c
_ID_OF_USER = select(func.coalesce(_learner.merged_into_id, _learner.id)).where(_learner.user_id == bindparam("user_id"))


def find_learner_id_of_user(user_id: int) -> int | None:
    """The id of the learner whom a user is: for who needs no more, and often."""
    return db.session.connection().execute(_ID_OF_USER, {"user_id": user_id}).scalar()


class LockedLearner(NamedTuple):
    """A learner whom no other transaction can enroll at the same time."""

    id: int
    code: str
    name_zh: str
    person_type_code: str
    organization_id: int | None
    education: Education | None
    works_since: date | None
    held_level: HeldLevel
    held_until: date | None


_table = table_of(Learner)
_LOCKED = (
    select(*[_table.c[name] for name in LockedLearner._fields])
    .where(_table.c.merged_into_id.is_(None))
    .with_for_update(key_share=True)
)
_LOCKED_BY_USER = _LOCKED.where(_table.c.user_id == bindparam("user_id"))
_LOCKED_BY_ID = _LOCKED.where(_table.c.id == bindparam("learner_id"))


def lock_learner_of_user(user_id: int) -> LockedLearner | None:
    """The learner whom a user is, locked until the transaction ends; without the sealed columns."""
    row = db.session.connection().execute(_LOCKED_BY_USER, {"user_id": user_id}).one_or_none()
    return LockedLearner._make(row) if row else _locked_survivor(_table.c.user_id == user_id)


def lock_learner(learner_id: int) -> LockedLearner:
    """A learner by id, locked until the transaction ends. Raises NotFound."""
    row = db.session.execute(_LOCKED_BY_ID, {"learner_id": learner_id}).one_or_none()
    found = LockedLearner._make(row) if row else _locked_survivor(_table.c.id == learner_id)
    if found is None:
        raise NotFound
    return found


def lock_learners(learner_ids: Iterable[int]) -> None:
    """Hold many learners until the transaction ends, in the order of their ids, before anything else is locked.

    Whoever takes them one by one, with a class's row in between, waits in a ring with a learner who enrolls herself.
    """
    survivor = func.coalesce(_table.c.merged_into_id, _table.c.id)
    ids = select(survivor).where(_table.c.id.in_(list(learner_ids)))
    query = select(_table.c.id).where(_table.c.id.in_(ids)).order_by(_table.c.id)
    db.session.execute(query.with_for_update(key_share=True))


def _locked_survivor(condition: ColumnElement[bool]) -> LockedLearner | None:
    """The record, locked, that a merged one went into."""
    survivor = db.session.scalar(select(_table.c.merged_into_id).where(condition))
    row = db.session.execute(_LOCKED_BY_ID, {"learner_id": survivor}).one_or_none() if survivor else None
    return LockedLearner._make(row) if row else None


def find_learner_by_id_number(id_number: str) -> Learner | None:
    """A learner by identity number, through its blind index; also by the number of a record merged into hers."""
    query = select(Learner).where(Learner.id_number_index == blind_index(id_number))
    return _survivor(db.session.scalars(query).one_or_none())


@dataclass(frozen=True, slots=True)
class LearnerFilter:
    """What a list of learners is narrowed to; `organizations` None means all of them."""

    search: str = ""
    person_type: str = ""
    held_level: str = ""
    organizations: frozenset[int] | None = None


_merged = table_of(Learner).alias("merged")


def _matching(filter_: LearnerFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Learner.merged_into_id.is_(None)]
    if filter_.organizations is not None:
        conditions.append(Learner.organization_id.in_(filter_.organizations))
    if filter_.person_type:
        conditions.append(Learner.person_type_code == filter_.person_type)
    if filter_.held_level:
        conditions.append(Learner.held_level == filter_.held_level)
    if search := tidy(filter_.search):
        sealed = blind_index(search.upper())
        named = Learner.name_zh.contains(search, autoescape=True)
        by_code = Learner.code == search.upper()
        former = select(_merged.c.merged_into_id).where(
            or_(_merged.c.code == search.upper(), _merged.c.id_number_index == sealed)
        )
        is_former = Learner.id.in_(former.where(_merged.c.merged_into_id.is_not(None)))
        by_number = or_(Learner.id_number_index == sealed, Learner.mobile_index == sealed)
        conditions.append(or_(named, by_code, by_number, is_former))
    return conditions


def learners(filter_: LearnerFilter, *, limit: int = 20, offset: int = 0) -> tuple[list[Learner], int]:
    """A page of learners by code, and how many there are in all.

    The search takes a part of a name, a code, or a whole identity or mobile number.
    """
    conditions = _matching(filter_)
    total = db.session.scalar(select(func.count(Learner.id)).where(*conditions)) or 0
    query = select(Learner).where(*conditions).order_by(Learner.code, Learner.id).limit(limit).offset(offset)
    return list(db.session.scalars(query)), total


def every_learner(filter_: LearnerFilter, *, most: int, chunk: int = 1_000) -> Iterator[Learner]:
    """All learners of a filter by code, read in chunks; for files."""
    query = select(Learner).where(*_matching(filter_)).order_by(Learner.code, Learner.id).limit(most)
    yield from db.session.scalars(query.execution_options(yield_per=chunk))


def instructors(field_code: str | None = None) -> list[Instructor]:
    """The instructor pool by code, or those who teach a field."""
    query = select(Instructor).order_by(Instructor.code)
    if field_code:
        teaching = select(InstructorField.instructor_id).where(InstructorField.field_code == field_code)
        query = query.where(Instructor.id.in_(teaching))
    return list(db.session.scalars(query))


def get_instructor(code: str) -> Instructor:
    """An instructor by code. Raises NotFound."""
    instructor = db.session.scalars(select(Instructor).where(Instructor.code == code)).one_or_none()
    if instructor is None:
        raise NotFound
    return instructor


def instructor_by_id(instructor_id: int) -> Instructor:
    """An instructor by id. Raises NotFound."""
    instructor = db.session.get(Instructor, instructor_id)
    if instructor is None:
        raise NotFound
    return instructor


def instructors_by_ids(ids: Iterable[int]) -> dict[int, Instructor]:
    """Instructors by id."""
    return {one.id: one for one in db.session.scalars(select(Instructor).where(Instructor.id.in_(list(ids))))}


def find_instructor_of_user(user_id: int) -> Instructor | None:
    """The instructor whom a user is."""
    return db.session.scalars(select(Instructor).where(Instructor.user_id == user_id)).one_or_none()


def applicants_by_ids(ids: Iterable[int]) -> list[LockedLearner]:
    """What a decision about enrollment needs of these people, by id; without the sealed columns and without a lock."""
    query = select(*[_table.c[name] for name in LockedLearner._fields]).where(_table.c.id.in_(list(ids)))
    return [LockedLearner._make(row) for row in db.session.execute(query.order_by(_table.c.id))]


def learner_ids_of(organization_id: int | None, person_type_code: str | None) -> Select[int]:
    """In SQL: the ids of an organization's people, of a person type's, or of both (None: any)."""
    query = select(Learner.id)
    if organization_id is not None:
        query = query.where(Learner.organization_id == organization_id)
    return query if person_type_code is None else query.where(Learner.person_type_code == person_type_code)


def learner_ids_of_organizations(organization_ids: Iterable[int]) -> Select[int]:
    """In SQL: the ids of these organizations' people."""
    return select(Learner.id).where(Learner.organization_id.in_(list(organization_ids)))
