"""Sample data: teaching needs in each state, with invitations, applications and answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from academy.accounts import queries as accounts
from academy.catalog import queries as catalog
from academy.core.codes import random_code16
from academy.core.db import db
from academy.people import queries as people
from academy.people.rules import QualificationKind
from academy.timetable.models import (
    Booking,
    ClassSession,
    NeedCandidate,
    NeedSession,
    SessionInstructor,
    TeachingNeed,
    TrainingClass,
)
from academy.timetable.rules import CandidateState, NeedState, ResourceKind, TeachingRole

DEMO = "F-001"


@dataclass(frozen=True, slots=True)
class Sample:
    """One need: of which program's class, which sessions, how it stands and who was asked."""

    program: str
    seqs: tuple[int, ...]
    state: NeedState
    candidates: tuple[tuple[str, CandidateState, str], ...] = ()  # code (or "" for the next of the field), state, words
    role: TeachingRole = TeachingRole.LEAD
    kind: QualificationKind | None = None
    note: str = ""
    reason: str = ""
    is_unstaffed: bool = False
    days_open: int = 2


SAMPLES = (
    Sample(
        "XA-023",
        (1, 2),
        NeedState.OPEN,
        kind=QualificationKind.LICENSE,
        note="两次课连着上，最好同一位讲师。",
        is_unstaffed=True,
        days_open=5,
    ),
    Sample(
        "XA-015",
        (1,),
        NeedState.OPEN,
        candidates=(
            (DEMO, CandidateState.INVITED, ""),
            ("", CandidateState.DECLINED, "那周在外地做项目评估，赶不回来。"),
            ("", CandidateState.APPLIED, "这门课讲过三轮，可以带案例。"),
        ),
        note="原讲师临时有任务，请人代上。",
    ),
    Sample("XA-015", (2,), NeedState.OPEN, role=TeachingRole.ASSISTANT, note="分组议事要一位助教。", days_open=3),
    Sample("XA-017", (1,), NeedState.ASSIGNED, candidates=(("", CandidateState.ACCEPTED, ""),)),
    Sample("XA-026", (1,), NeedState.LAPSED, candidates=(("", CandidateState.INVITED, ""),), reason="到期没有派定"),
    Sample("XA-006", (1,), NeedState.WITHDRAWN, reason="原讲师能来了"),
)


def load(*, now: datetime) -> None:
    """Load unless there are any, for classes that have not begun."""
    if db.session.scalar(select(TeachingNeed.id).limit(1)) is not None:
        return
    programs = {program.id: program.code for program in catalog.programs()}
    classes = {programs[one.program_id]: one for one in db.session.scalars(select(TrainingClass)) if one.starts_on > now.date()}
    manager = accounts.find_user_by_email("manager@demo.example")
    for sample in SAMPLES:
        found = classes.get(sample.program)
        if found is not None:
            query = select(ClassSession).where(ClassSession.class_id == found.id, ClassSession.seq.in_(sample.seqs))
            sessions = list(db.session.scalars(query.order_by(ClassSession.seq)))
            _load(sample, found, sessions, manager.id if manager else None, now)


def _load(sample: Sample, found: TrainingClass, sessions: list[ClassSession], manager_id: int | None, now: datetime) -> None:
    ids = [one.id for one in sessions]
    lead = db.session.scalars(select(SessionInstructor.instructor_id).where(SessionInstructor.session_id == ids[0])).first()
    if sample.is_unstaffed:
        db.session.execute(delete(SessionInstructor).where(SessionInstructor.session_id.in_(ids)))
        staff = Booking.resource_kind == ResourceKind.INSTRUCTOR
        db.session.execute(delete(Booking).where(Booking.session_id.in_(ids), staff))
    course = catalog.courses_by_ids([sessions[0].course_id or 0]).get(sessions[0].course_id or 0)
    is_open = sample.state is NeedState.OPEN
    asks_for_another = sample.candidates and is_open
    need = TeachingNeed(
        code=random_code16(),
        class_id=found.id,
        field_code=course.field_code if course else catalog.program_by_id(found.program_id).field_code,
        wanted_kind=sample.kind,
        role=sample.role,
        replaces_id=lead if asks_for_another else None,
        note=sample.note,
        deadline_at=now + timedelta(days=sample.days_open) if is_open else now - timedelta(days=2),
        state=sample.state,
        assigned_id=lead if sample.state is NeedState.ASSIGNED else None,
        opened_by_id=manager_id,
        opened_by="李明蕙",
        opened_at=now - timedelta(days=5),
        closed_by="" if is_open else "系统" if sample.state is NeedState.LAPSED else "李明蕙",
        closed_at=None if is_open else now - timedelta(days=2),
        closed_reason=sample.reason,
    )
    db.session.add(need)
    db.session.flush()
    db.session.execute(insert(NeedSession), [{"need_id": need.id, "session_id": id_} for id_ in ids])
    _ask(sample, need, lead, now)


def _ask(sample: Sample, need: TeachingNeed, lead: int | None, now: datetime) -> None:
    others = [one for one in people.instructors(need.field_code) if one.id != lead and one.code != DEMO]
    demo = [one for one in people.instructors() if one.code == DEMO and one.id != lead]
    for place, (code, state, words) in enumerate(sample.candidates):
        chosen = demo if code else others[place : place + 1]
        if sample.state is NeedState.ASSIGNED and lead is not None:
            chosen, state = [people.instructor_by_id(lead)], CandidateState.ASSIGNED
        elif sample.state is NeedState.LAPSED:
            state = CandidateState.NOT_CHOSEN
        for one in chosen:
            db.session.add(
                NeedCandidate(
                    code=random_code16(),
                    need_id=need.id,
                    instructor_id=one.id,
                    is_invited=state is not CandidateState.APPLIED,
                    state=state,
                    reason=words,
                    asked_at=now - timedelta(days=4),
                    answered_at=None if state is CandidateState.INVITED else now - timedelta(days=3),
                )
            )
    db.session.flush()
