"""What every form of a class is made from: the class, its people, its sessions. A fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from academy.accounts import queries as accounts
from academy.accounts.models import Organization
from academy.accounts.rules import short_type_name
from academy.catalog import queries as catalog
from academy.catalog.rules import CERTIFICATE_WORDS
from academy.config import settings
from academy.core.clock import local, today
from academy.core.wording import hours_from_minutes
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.people.models import Learner
from academy.people.rules import EDUCATION_WORDS, GENDER_WORDS, HELD_LEVEL_WORDS
from academy.reports.prints.layout import half_of
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

NOT_KNOWN = "—"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a form. `seq` is her number in the class: the order of admission, the same on every form."""

    seq: int
    learner_id: int
    code: str
    name: str
    gender: str
    organization: str
    kind: str
    kind_code: str
    division: str
    education: str
    level: str
    id_number: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session on a form. `place` is its room when that is not the class's own."""

    session_id: int
    seq: int
    on: date
    half: str
    begins: str
    ends: str
    title: str
    teachers: tuple[str, ...]
    place: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """A class as its forms need it, and who prints when."""

    class_id: int
    code: str
    title: str
    run: str
    program: str
    site: str
    address: str
    room: str
    capacity: int | None
    starts_on: date
    ends_on: date
    seats: int
    fee_fen: int
    min_attendance: int
    pass_mark: Decimal
    certificate: str
    validity_months: int | None
    manager: str
    audience: tuple[str, ...]
    audience_codes: frozenset[str]
    approved_on: date | None
    people: tuple[Person, ...]
    sessions: tuple[Session, ...]
    at: datetime
    printed_by: str

    @property
    def full_title(self) -> str:
        """社区议事协商主持人能力培训（2026年第3期）."""
        return f"{self.title}（{self.run}）"

    @property
    def minutes(self) -> int:
        """Planned teaching minutes."""
        return sum(session.minutes for session in self.sessions)

    @property
    def address_of_page(self) -> str:
        """Where the class's page is."""
        return f"{settings().address}/classes/{self.code}"


def read_dossier(found: TrainingClass, *, printed_by: str, now: datetime) -> Dossier:
    """Everything that the forms of a class have in common."""
    program = catalog.program_by_id(found.program_id)
    site = sites.site_by_id(found.site_id)
    room = sites.room_by_id(found.room_id) if found.room_id else None
    manager = accounts.users_by_ids([found.manager_user_id]).get(found.manager_user_id) if found.manager_user_id else None
    types = {one.code: short_type_name(one.name_zh) for one in accounts.person_types()}
    return Dossier(
        class_id=found.id,
        code=found.code,
        title=found.title_zh,
        run=str(found.run),
        program=program.title_zh,
        site=site.name_zh,
        address=site.address_zh,
        room=room.name_zh if room else "",
        capacity=room.capacity if room else None,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        seats=found.seats,
        fee_fen=found.fee_fen,
        min_attendance=program.min_attendance_pct,
        pass_mark=program.pass_mark,
        certificate=CERTIFICATE_WORDS[program.certificate_kind],
        validity_months=program.validity_months,
        manager=manager.name_zh if manager else "",
        audience=tuple(types[code] for code in found.audience if code in types),
        audience_codes=frozenset(found.audience),
        approved_on=today(found.approved_at) if found.approved_at else None,
        people=tuple(people_on_forms(enrollment.admitted_learner_ids(found.id))),
        sessions=tuple(_sessions(found)),
        at=now,
        printed_by=printed_by,
    )


def people_on_forms(learner_ids: Sequence[int]) -> list[Person]:
    """People in the order of their ids, numbered from 1."""
    learners = people.learners_by_ids(learner_ids)
    units = accounts.organizations_by_ids({one.organization_id for one in learners.values() if one.organization_id})
    types = {one.code: short_type_name(one.name_zh) for one in accounts.person_types()}
    divisions = {one.code: one.name_zh for one in accounts.divisions()}
    return [
        _person(seq, learners[id_], units, types, divisions)
        for seq, id_ in enumerate((one for one in learner_ids if one in learners), start=1)
    ]


def _person(
    seq: int,
    learner: Learner,
    units: dict[int, Organization],
    types: dict[str, str],
    divisions: dict[str, str],
) -> Person:
    unit = units.get(learner.organization_id or 0)
    return Person(
        seq=seq,
        learner_id=learner.id,
        code=learner.code,
        name=learner.name_zh,
        gender=GENDER_WORDS[learner.gender],
        organization=unit.name_zh if unit else learner.unit_zh or NOT_KNOWN,
        kind=types.get(learner.person_type_code, learner.person_type_code),
        kind_code=learner.person_type_code,
        division=divisions.get(learner.division_code or "", NOT_KNOWN),
        education=EDUCATION_WORDS[learner.education] if learner.education else NOT_KNOWN,
        level=HELD_LEVEL_WORDS[learner.held_level],
        id_number=learner.id_number,
        mobile=learner.mobile,
    )


def _sessions(found: TrainingClass) -> list[Session]:
    sessions = []
    for slot in timetable.slots_of(found):
        begins, ends = local(slot.starts_at), local(slot.ends_at)
        session = Session(
            session_id=slot.session_id,
            seq=slot.seq,
            on=begins.date(),
            half=half_of(begins.hour),
            begins=f"{begins:%H:%M}",
            ends=f"{ends:%H:%M}",
            title=slot.title,
            teachers=slot.people,
            place=slot.place,
            minutes=slot.minutes,
        )
        sessions.append(session)
    return sessions


def hours(minutes: int) -> str:
    """Minutes as hours of 45."""
    return hours_from_minutes(minutes)
