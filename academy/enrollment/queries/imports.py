"""What enrolling the people of a roster would do, or did."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from academy.core.db import db
from academy.core.verdict import Verdict
from academy.enrollment.models import ClassRosterLine as ClassRosterLine  # what reads give back is public by name
from academy.enrollment.models import Place as Place
from academy.enrollment.queries.eligibility import application, eligible, person_type_names
from academy.enrollment.rules import Applicant, explain_application
from academy.people.queries import RosterPerson

SUBJECT = "class"


def subject_of(class_id: int) -> str:
    """How a roster says that it is for a class."""
    return f"{SUBJECT}:{class_id}"


def class_id_of(subject: str) -> int | None:
    """The class that a roster is for."""
    kind, _, number = subject.partition(":")
    return int(number) if kind == SUBJECT and number.isdigit() else None


def explain_rows(class_id: int, rows: Iterable[RosterPerson], organization_id: int | None, now: datetime) -> dict[int, Verdict]:
    """What the one rule says to rows, by row number, in a constant number of statements.

    Of whoever is on record, about her record; of the others, who have no past yet, about what the file says. Raises NotFound.
    """
    listed, names = list(rows), person_type_names()
    known = eligible(class_id, [row.learner_id for row in listed if row.learner_id is not None], now, by_naming=True)
    nobody = application(class_id, Applicant(0, "", "", "", organization_id=organization_id), by_naming=True)
    verdicts = {}
    for row in listed:
        applicant = nobody.applicant and nobody.applicant._replace(
            name_zh=row.name,
            person_type_code=row.person_type_code,
            type_name=names.get(row.person_type_code, row.person_type_code),
            education=row.education,
        )
        newcomer = replace(nobody, applicant=applicant)
        verdicts[row.number] = known.get(row.learner_id or 0) or explain_application(newcomer, now=now)
    return verdicts


def class_roster_lines(roster_id: int, numbers: Iterable[int]) -> dict[int, ClassRosterLine]:
    """What enrollment says to some rows, by row number."""
    query = select(ClassRosterLine).where(ClassRosterLine.roster_id == roster_id, ClassRosterLine.number.in_(list(numbers)))
    return {line.number: line for line in db.session.scalars(query)}


def place_counts(roster_id: int, *, is_done: bool | None = None) -> dict[Place, int]:
    """How many rows get which place; only those that are settled, or are not, if it is said."""
    query = select(ClassRosterLine.place, func.count(ClassRosterLine.id)).where(ClassRosterLine.roster_id == roster_id)
    if is_done is not None:
        query = query.where(ClassRosterLine.is_done == is_done)
    found = dict(db.session.execute(query.group_by(ClassRosterLine.place)).all())
    return {place: found.get(place, 0) for place in Place}


def numbers_of(roster_id: int, place: Place, *, limit: int, offset: int = 0) -> list[int]:
    """A page of the numbers of the rows that get a place, in the order of the file."""
    mine = ClassRosterLine.roster_id == roster_id, ClassRosterLine.place == place
    query = select(ClassRosterLine.number).where(*mine).order_by(ClassRosterLine.number)
    return list(db.session.scalars(query.limit(limit).offset(offset)))
