"""Keeping the instructor pool: papers, renewals, reminders, appointments, fields."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from academy.core.access import SYSTEM, Actor, Role
from academy.core.audit import AuditRow
from academy.core.db import db, transaction
from academy.core.errors import Forbidden, NotFound
from academy.notifications.models import Message
from academy.people import jobs, queries, services
from academy.people.models import Instructor, InstructorAppointment, InstructorQualification
from academy.people.rules import AppointmentState, QualificationKind, QualificationState, Standing
from academy.people.services import Paper, Terms
from tests.accounts.factories import actor_of, make_user
from tests.timetable.factories import World, make_world

DAY = date(2026, 11, 23)


@pytest.fixture
def world(session: Session) -> World:
    return make_world()


def paper(ends: date | None = None, *, number: str = "XA-SK-2024-0001", issued: date = date(2024, 3, 1)) -> Paper:
    return Paper(QualificationKind.LICENSE, "本院授课资格证", number, issued, ends, "核对原件")


def register(who: Instructor, what: Paper, actor: Actor, now: datetime, renews: str | None = None) -> InstructorQualification:
    with transaction():
        return services.register_qualification(instructor_code=who.code, paper=what, actor=actor, now=now, renews=renews)


def herself(who: Instructor) -> Actor:
    user = make_user(Role.INSTRUCTOR, name=who.name_zh)
    who.user_id = user.id
    db.session.commit()
    return actor_of(user)


def test_a_renewal_follows_and_the_old_one_stays_as_it_was(world: World, now: datetime) -> None:
    who = world.instructors[0]
    old = register(who, paper(DAY + timedelta(days=20)), world.manager, now)
    new = register(who, paper(date(2029, 11, 1), number="XA-SK-2026-0002"), world.manager, now, renews=old.code)
    held = {one.row.id: one for one in queries.qualifications_of([who.id], DAY)[who.id]}
    assert held[old.id].standing is Standing.SUPERSEDED
    assert held[new.id].standing is Standing.VALID
    assert (held[old.id].row.number, held[old.id].row.expires_on) == ("XA-SK-2024-0001", DAY + timedelta(days=20))
    assert queries.qualified_on(DAY) == {who.id: [QualificationKind.LICENSE]}
    with pytest.raises(services.QualificationIsRenewed):
        register(who, paper(date(2030, 1, 1)), world.manager, now, renews=old.code)


def test_only_one_paper_follows_another_whatever_the_door(world: World, now: datetime, session: Session) -> None:
    who = world.instructors[0]
    old = register(who, paper(DAY), world.manager, now)
    register(who, paper(date(2029, 1, 1)), world.manager, now, renews=old.code)
    values = {c.name: getattr(old, c.name) for c in InstructorQualification.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(InstructorQualification(**{**values, "code": "x" * 16, "supersedes_id": old.id}))


def test_numbers_are_sealed_at_rest(world: World, now: datetime, session: Session) -> None:
    register(world.instructors[0], paper(number="2021001234567"), world.manager, now)
    raw = session.connection().exec_driver_sql("SELECT number FROM instructor_qualification").scalar_one()
    assert b"2021001234567" not in bytes(raw)
    rows = list(session.scalars(select(AuditRow).where(AuditRow.action == "people.qualification_registered")))
    assert "2021001234567" not in str(rows[0].after)


def test_what_she_hands_in_counts_once_somebody_else_has_checked_it(world: World, now: datetime) -> None:
    who = world.instructors[0]
    actor = herself(who)
    made = register(who, paper(date(2028, 1, 1)), actor, now)
    assert made.state is QualificationState.SUBMITTED
    assert queries.qualified_on(DAY) == {}
    with pytest.raises(Forbidden), transaction():
        services.check_qualification(code=made.code, actor=actor, now=now)
    with transaction():
        services.check_qualification(code=made.code, actor=world.manager, now=now)
    assert queries.qualified_on(DAY) == {who.id: [QualificationKind.LICENSE]}
    assert (made.checked_by, made.checked_at) == (world.manager.name, now)
    with pytest.raises(services.QualificationIsDecided), transaction():
        services.reject_qualification(code=made.code, reason="看错了", actor=world.manager, now=now)


def test_nobody_checks_her_own_papers_even_on_the_staff(world: World, now: datetime) -> None:
    who = world.instructors[0]
    user = make_user(Role.INSTRUCTOR, Role.CLASS_MANAGER, name=who.name_zh)
    who.user_id = user.id
    db.session.commit()
    made = register(who, paper(), actor_of(user), now)
    assert made.state is QualificationState.SUBMITTED
    with pytest.raises(Forbidden), transaction():
        services.check_qualification(code=made.code, actor=actor_of(user), now=now)


def test_a_rejected_renewal_leaves_the_old_one_open_to_another(world: World, now: datetime) -> None:
    who = world.instructors[0]
    actor = herself(who)
    old = register(who, paper(DAY), world.manager, now)
    bad = register(who, paper(date(2029, 1, 1)), actor, now, renews=old.code)
    with pytest.raises(services.ReasonIsMissing), transaction():
        services.reject_qualification(code=bad.code, reason=" ", actor=world.manager, now=now)
    with transaction():
        services.reject_qualification(code=bad.code, reason="照片不清", actor=world.manager, now=now)
    register(who, paper(date(2029, 1, 1)), actor, now, renews=old.code)


@pytest.mark.parametrize(
    "wrong",
    [
        paper(issued=DAY + timedelta(days=1)),
        paper(date(2024, 2, 1)),
        Paper(QualificationKind.TITLE, " ", "1", DAY),
        Paper(QualificationKind.TITLE, "教授", " ", DAY),
    ],
)
def test_papers_that_cannot_be_right_are_refused(world: World, now: datetime, wrong: Paper) -> None:
    with pytest.raises(services.QualificationIsUnusable):
        register(world.instructors[0], wrong, world.manager, now)


def test_others_papers_are_nobodys_business(world: World, now: datetime) -> None:
    actor = herself(world.instructors[0])
    with pytest.raises(Forbidden):
        register(world.instructors[1], paper(), actor, now)
    theirs = register(world.instructors[1], paper(DAY), world.manager, now)
    with pytest.raises(NotFound):
        register(world.instructors[0], paper(), actor, now, renews=theirs.code)


def letters(session: Session, reason: str) -> int:
    return session.scalar(select(func.count(Message.id)).where(Message.reason == reason)) or 0


def test_each_stage_is_written_about_once(world: World, now: datetime, session: Session) -> None:
    register(world.instructors[0], paper(DAY + timedelta(days=80)), world.manager, now)
    for day in (0, 0, 1, 49, 60, 60, 79, 80, 81, 82, 120):
        jobs.remind_of_ends(now=now + timedelta(days=day))
    assert letters(session, "people.qualification_expiring") == 2
    assert letters(session, "people.qualification_expired") == 1


def test_a_renewed_paper_is_not_written_about(world: World, now: datetime, session: Session) -> None:
    old = register(world.instructors[0], paper(DAY + timedelta(days=5)), world.manager, now)
    register(world.instructors[0], paper(date(2029, 1, 1)), world.manager, now, renews=old.code)
    jobs.remind_of_ends(now=now)
    assert letters(session, "people.qualification_expiring") == 0


TERMS = Terms("特聘教授", "full_senior", DAY, date(2028, 8, 31))


def propose(who: Instructor, actor: Actor, now: datetime, terms: Terms = TERMS) -> InstructorAppointment:
    with transaction():
        return services.propose_appointment(instructor_code=who.code, terms=terms, actor=actor, now=now)


def test_two_people_appoint_and_the_letter_gets_a_number(world: World, now: datetime, session: Session) -> None:
    who = world.instructors[0]
    made = propose(who, world.admin, now)
    with pytest.raises(services.ProposerMayNotAppoint), transaction():
        services.appoint(code=made.code, actor=world.admin, now=now)
    with pytest.raises(Forbidden), transaction():
        services.appoint(code=made.code, actor=world.manager, now=now)
    other = actor_of(make_user(Role.ADMINISTRATOR, name="第二人"))
    with transaction():
        services.appoint(code=made.code, actor=other, now=now)
    assert (made.state, made.letter_no) == (AppointmentState.APPOINTED, "XA-PR-2026-0001")
    assert made.letter["name_zh"] == who.name_zh
    assert letters(session, "people.instructor_appointed") == 1
    with pytest.raises(services.AppointmentHasMovedOn), transaction():
        services.appoint(code=made.code, actor=other, now=now)


def test_nobody_is_appointed_twice_for_one_day(world: World, now: datetime) -> None:
    who = world.instructors[0]
    codes = [propose(who, world.manager, now).code for _ in range(2)]
    with transaction():
        services.appoint(code=codes[0], actor=world.admin, now=now)
    with pytest.raises(services.IsAppointedAlready, match="XA-PR-2026-0001"), transaction():
        services.appoint(code=codes[1], actor=world.admin, now=now)
    with transaction():
        services.end_appointment(code=codes[0], reason="换岗位", actor=world.admin, now=now)
    with transaction():
        services.appoint(code=codes[1], actor=world.admin, now=now)
    assert queries.get_appointment(codes[1]).letter_no == "XA-PR-2026-0002"


def test_postgresql_itself_refuses_a_second_appointment(world: World, now: datetime, session: Session) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("the exclusion constraint is PostgreSQL's; on SQLite writers take turns")
    rows = [propose(world.instructors[0], world.manager, now) for _ in range(2)]
    with pytest.raises(IntegrityError, match="ex_instructor_appointment_twice"), session.begin_nested():
        for n, row in enumerate(rows):
            row.state, row.appointed_at, row.letter_no = AppointmentState.APPOINTED, now, f"X-{n}"
        session.flush()


def test_an_appointment_ends_with_its_last_day(world: World, now: datetime, session: Session) -> None:
    made = propose(world.instructors[0], world.manager, now, Terms("导师", "intermediate", date(2026, 1, 1), DAY))
    with transaction():
        services.appoint(code=made.code, actor=world.admin, now=now)
    jobs.end_past_appointments(now=now)
    assert queries.get_appointment(made.code).state is AppointmentState.APPOINTED
    for _ in range(2):
        jobs.end_past_appointments(now=now + timedelta(days=1))
    ended = queries.get_appointment(made.code)
    assert (ended.state, ended.ended_on) == (AppointmentState.ENDED, DAY)
    assert letters(session, "people.appointment_ended") == 1
    in_force = queries.appointments_in_force([world.instructors[0].id], DAY, DAY)
    assert [row.id for row in in_force[world.instructors[0].id]] == [made.id]


@pytest.mark.parametrize(
    "wrong",
    [
        Terms(" ", "full_senior", DAY, DAY),
        Terms("教授", "gold", DAY, DAY),
        Terms("教授", "full_senior", DAY, DAY - timedelta(days=1)),
        Terms("教授", "full_senior", DAY, DAY + timedelta(days=3000)),
    ],
)
def test_terms_that_nobody_can_mean_are_refused(world: World, now: datetime, wrong: Terms) -> None:
    with pytest.raises(services.AppointmentIsUnusable):
        propose(world.instructors[0], world.manager, now, wrong)


def test_the_staff_change_what_she_teaches(world: World, now: datetime) -> None:
    who = world.instructors[0]
    with transaction():
        services.set_fields(instructor_code=who.code, field_codes=["PD-02", "SG-03"], actor=world.manager, now=now)
    assert queries.get_instructor(who.code).field_codes == ["PD-02", "SG-03"]
    for wrong in ([], ["XX-99"]):
        with pytest.raises(services.FieldsAreUnusable), transaction():
            services.set_fields(instructor_code=who.code, field_codes=wrong, actor=world.manager, now=now)
    assert queries.get_instructor(who.code).field_codes == ["PD-02", "SG-03"]
    with pytest.raises(Forbidden), transaction():
        services.set_fields(instructor_code=who.code, field_codes=["SG-03"], actor=herself(who), now=now)


def test_an_account_belongs_to_one_instructor(world: World, now: datetime) -> None:
    user, learner = make_user(Role.INSTRUCTOR), make_user(Role.LEARNER)
    with transaction():
        services.tie_account(instructor_code="F-001", email=user.email, actor=world.manager, now=now)
    for email in (user.email, learner.email, "nobody@example.org", ""):
        with pytest.raises(services.AccountIsUnusable), transaction():
            services.tie_account(instructor_code="F-002", email=email, actor=world.manager, now=now)
    assert queries.find_instructor_of_user(user.id) is not None


def test_the_list_is_narrowed_and_counts(world: World, now: datetime) -> None:
    first, second = world.instructors
    register(first, paper(DAY + timedelta(days=10)), world.manager, now)
    register(second, paper(DAY - timedelta(days=10)), SYSTEM, now)
    made = propose(second, world.manager, now)

    def found(**given: Any) -> list[str]:
        return [one.code for one in queries.find_in_pool(queries.PoolFilter(**given), DAY)[0]]

    assert found(standing=Standing.EXPIRING) == [first.code]
    assert found(standing=Standing.EXPIRED) == [second.code]
    assert found(field_code="SG-03", search="梁") == [first.code]
    assert found(appointment="proposed") == [second.code]
    assert found(appointment="none") == [first.code]
    assert found(search="%") == []
    counts = queries.standing_counts(DAY)
    assert (counts[Standing.EXPIRING], counts[Standing.EXPIRED], counts[Standing.SUBMITTED]) == (1, 1, 0)
    assert made.letter == {}
