"""What enrolling the people of a roster would do, or did."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from academy.accounts import queries as accounts
from academy.core.db import db
from academy.core.verdict import Verdict
from academy.enrollment.models import ClassRosterLine as ClassRosterLine  # what reads give back is public by name
from academy.enrollment.models import Place as Place
from academy.enrollment.queries.eligibility import explain
from academy.enrollment.rules import Applicant, ApplicationFacts, explain_application
from academy.people.queries import RosterPerson
from academy.timetable import queries as timetable

SUBJECT = "class"


def subject_of(class_id: int) -> str:
    """How a roster says that it is for a class."""
    return f"{SUBJECT}:{class_id}"


def class_id_of(subject: str) -> int | None:
    """The class that a roster is for."""
    kind, _, number = subject.partition(":")
    return int(number) if kind == SUBJECT and number.isdigit() else None


def explain_row(class_id: int, person: RosterPerson, now: datetime) -> Verdict:
    """What the one rule says to a row: about the record it names, or about somebody who is registered only by the import."""
    if person.learner_id is not None:
        return explain(class_id, person.learner_id, now, by_naming=True)
    names = {one.code: one.name_zh for one in accounts.person_types()}
    code = person.person_type_code
    applicant = Applicant(0, person.name, code, names.get(code, code))
    found = timetable.enrollment_facts(class_id)
    facts = ApplicationFacts(found, applicant=applicant, is_signed_in=True, own=None, clash=None)
    return explain_application(facts, now=now)


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
