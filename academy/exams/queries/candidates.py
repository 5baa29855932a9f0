"""Reading candidates as the door sees them: number, ticket, seat, whether she has come; and what she has confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.core.db import db
from academy.core.errors import NotFound
from academy.core.text import Text
from academy.exams.models import Attempt, ExamCandidate, ExamConfirmation, ExamRules, ExamSitting
from academy.exams.queries.attempts import attempts_of
from academy.exams.queries.rooms import RoomView, Seat, rooms_of, seats_of
from academy.exams.rules.conduct import conduct_rules
from academy.people import queries as people


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate with her seat and attempt. `unit` is where she works, as her record says."""

    candidate: ExamCandidate
    name: str
    unit: str
    seat: Seat | None
    room: RoomView | None
    attempt: Attempt | None


def find_candidate(sitting_id: int, learner_id: int) -> ExamCandidate | None:
    """A learner's entry among the candidates of a sitting."""
    query = select(ExamCandidate).where(ExamCandidate.sitting_id == sitting_id, ExamCandidate.learner_id == learner_id)
    return db.session.scalars(query).one_or_none()


def candidate_by_number(sitting_id: int, candidate_no: str) -> ExamCandidate:
    """A candidate by her number in a sitting. Raises NotFound."""
    query = select(ExamCandidate).where(ExamCandidate.sitting_id == sitting_id, ExamCandidate.candidate_no == candidate_no)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def candidate_by_ticket(ticket_code: str) -> tuple[ExamCandidate, ExamSitting]:
    """The candidate whom a ticket belongs to, and her sitting. Raises NotFound."""
    row = db.session.execute(
        select(ExamCandidate, ExamSitting)
        .join(ExamSitting, ExamSitting.id == ExamCandidate.sitting_id)
        .where(ExamCandidate.ticket_code == ticket_code)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def candidate_rows(sitting_id: int) -> list[ExamCandidate]:
    """The candidates of a sitting by number."""
    query = select(ExamCandidate).where(ExamCandidate.sitting_id == sitting_id)
    return list(db.session.scalars(query.order_by(ExamCandidate.candidate_no)))


def units_of(learner_ids: Sequence[int]) -> dict[int, str]:
    """Where people work, as their records say; empty where nothing is known. A fixed number of statements."""
    learners = people.learners_by_ids(learner_ids)
    known = accounts.organizations_by_ids({one.organization_id for one in learners.values() if one.organization_id})
    units = {}
    for id_, one in learners.items():
        unit = known.get(one.organization_id or 0)
        units[id_] = unit.name_zh if unit else one.unit_zh or ""
    return units


def candidate_views(sitting_id: int) -> list[CandidateView]:
    """Everybody who is expected, by number, with seat and attempt. A fixed number of statements."""
    found = candidate_rows(sitting_id)
    ids = [one.learner_id for one in found]
    learners, units, seats = people.learners_by_ids(ids), units_of(ids), seats_of(sitting_id)
    rooms = {view.exam_room.id: view for view in rooms_of(sitting_id)}
    attempts = {one.learner_id: one for one in attempts_of(sitting_id)}
    views = []
    for one in found:
        seat = seats.get(one.learner_id)
        room = rooms.get(seat.exam_room_id) if seat else None
        name = learners[one.learner_id].name_zh if one.learner_id in learners else ""
        views.append(CandidateView(one, name, units.get(one.learner_id, ""), seat, room, attempts.get(one.learner_id)))
    return views


def rules_of(sitting: ExamSitting, *, has_rooms: bool) -> tuple[Text, ...]:
    """The rules that candidates of a sitting confirm."""
    return conduct_rules(minutes=sitting.minutes, entry_minutes=sitting.entry_minutes, has_rooms=has_rooms)


def confirmations_of(sitting_id: int) -> dict[int, ExamConfirmation]:
    """The newest confirmation of each learner in a sitting."""
    query = select(ExamConfirmation).where(ExamConfirmation.sitting_id == sitting_id).order_by(ExamConfirmation.id)
    return {one.learner_id: one for one in db.session.scalars(query)}


def rules_by_version(version: str) -> ExamRules:
    """A wording of the rules by its fingerprint. Raises NotFound."""
    found = db.session.get(ExamRules, version)
    if found is None:
        raise NotFound
    return found
