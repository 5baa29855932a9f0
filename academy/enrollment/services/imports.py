"""A roster for a class: registered by people, then enrolled by the same rule as every door, some rows a transaction."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select

from academy.accounts import queries as accounts
from academy.core.access import Actor
from academy.core.db import db
from academy.core.errors import DomainError, Forbidden
from academy.core.runs import JobRun, advance_run, finish_run, start_run
from academy.core.text import N_, Text
from academy.core.verdict import Verdict
from academy.enrollment import queries
from academy.enrollment.models import ClassRosterLine, Place
from academy.enrollment.policies import can_manage_enrollments, can_name
from academy.enrollment.queries.imports import class_id_of, explain_rows, place_counts, subject_of
from academy.enrollment.rules import PENDING, Source
from academy.enrollment.services.enrolling import Enrolled, enroll_many
from academy.enrollment.services.reviewing import nominate_many
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import RosterImport
from academy.people.rules.roster import RowAction
from academy.timetable import queries as timetable
from academy.timetable.rules import AdmissionMode, EnrollmentFacts

FORECAST_SLICE, ENROLL_SLICE = 200, 50  # a class's row stays locked while its people are seated
KIND = "enrollment.class_roster"
NO_RIGHT = N_("决定导入的账号现在没有登记学员的权限，没有登记。")


def upload_class_roster(
    *, class_id: int, name: str, content: bytes, actor: Actor, now: datetime, organization_id: int | None = None
) -> RosterImport:
    """Keep a roster whose people are to be registered and enrolled: by staff, or put forward by their unit.

    Raises Forbidden and what keeping a roster raises.
    """
    if not (can_name(actor, organization_id) if organization_id else can_manage_enrollments(actor)):
        raise Forbidden
    return people_services.upload_roster(
        name=name, content=content, actor=actor, now=now, organization_id=organization_id, subject=subject_of(class_id)
    )


def forecast_slice(*, roster_id: int, now: datetime) -> bool:
    """Say of the next rows what enrolling them would do; False when all are said, or the roster is for no class.

    Seats are counted down in the order of the file, from how the class stands now.
    """
    roster = people.roster_by_id(roster_id)
    class_id = class_id_of(roster.subject)
    if class_id is None:
        return False
    last = db.session.scalar(select(func.max(ClassRosterLine.number)).where(ClassRosterLine.roster_id == roster_id)) or 0
    rows = people.roster_people(roster_id, after=last, limit=FORECAST_SLICE)
    given = place_counts(roster_id)
    found = timetable.enrollment_facts(class_id)
    seats = _seats_for(found, roster.organization_id) - given[Place.SEAT]
    waiting = found.waiting_count + given[Place.WAITING]
    is_reviewed = roster.organization_id is not None and found.admission is not AdmissionMode.DIRECT
    verdicts = explain_rows(class_id, rows, roster.organization_id, now)
    lines = []
    for row in rows:
        place, say = _placed(verdicts[row.number], has_seat=seats > 0, is_reviewed=is_reviewed)
        seats -= place is Place.SEAT
        waiting += place is Place.WAITING
        number = waiting if place is Place.WAITING else None
        lines.append({**_line(roster_id, class_id, row.number, place, say), "waiting_no": number})
    if lines:
        db.session.execute(insert(ClassRosterLine), lines)
    return bool(lines)


def _seats_for(found: EnrollmentFacts, organization_id: int | None) -> int:
    """Free seats that nobody waits for, and what is kept for the unit that uploads."""
    standing = queries.standing_quotas(found.id) if organization_id else ()
    kept = sum(quota.left for quota in standing if quota.organization_id == organization_id)
    return kept + (found.free_seats if found.has_free_seat else 0)


def forget_forecast(*, roster_id: int) -> None:
    """Forget what was said: the roster is read anew."""
    db.session.execute(delete(ClassRosterLine).where(ClassRosterLine.roster_id == roster_id, ~ClassRosterLine.is_done))


def _placed(verdict: Verdict, *, has_seat: bool, is_reviewed: bool) -> tuple[Place, Text | None]:
    refusals = [check for check in verdict.unmet if check.state == "no"]
    if any(check.code == "once" for check in refusals):
        return Place.ALREADY, None
    if refusals:
        return Place.REFUSED, refusals[0].say
    if is_reviewed:
        return Place.REVIEW, None
    return (Place.SEAT if has_seat else Place.WAITING), None


def _line(roster_id: int, class_id: int, number: int, place: Place, say: Text | None) -> dict[str, object]:
    return {
        "roster_id": roster_id,
        "class_id": class_id,
        "number": number,
        "place": place,
        "say": say.as_json() if say else None,
        "is_done": False,
    }


def enroll_slice(*, roster_id: int, now: datetime) -> bool:
    """Enroll the next people of an imported roster; False when none is left. In the order of the file, with its outcome."""
    roster = people.roster_by_id(roster_id)
    class_id = class_id_of(roster.subject)
    if class_id is None:
        return False
    query = select(ClassRosterLine).where(ClassRosterLine.roster_id == roster_id, ~ClassRosterLine.is_done)
    lines = list(db.session.scalars(query.order_by(ClassRosterLine.number).limit(ENROLL_SLICE).with_for_update()))
    if not lines and forecast_slice(roster_id=roster_id, now=now):
        return True  # somebody decided before everything was said
    run = _run(roster, now)
    if not lines:
        finish_run(run.id, now=now, result_url=f"/manage/learners/import/{roster.code}")
        return False
    first = lines[0].number
    rows = {row.number: row for row in people.roster_people(roster_id, after=first - 1, limit=len(lines) + ENROLL_SLICE)}
    wanted = {line.number: rows[line.number] for line in lines if line.number in rows}
    ids = {
        number: row.learner_id
        for number, row in wanted.items()
        if row.outcome is not RowAction.REFUSE and row.learner_id is not None
    }
    outcomes = _enroll(class_id, list(dict.fromkeys(ids.values())), roster, now)
    for line in lines:
        _settle(line, outcomes.get(ids.get(line.number, 0)))
    refused = [line for line in lines if line.place is Place.REFUSED]
    problems = [f"{line.number}: {Text.from_json(line.say)}" for line in refused if line.say]
    advance_run(run.id, done=len(lines) - len(refused), failed=len(refused), problems=problems)
    return True


def _run(roster: RosterImport, now: datetime) -> JobRun:
    subject = f"roster:{roster.code}"
    known = db.session.scalars(select(JobRun).where(JobRun.kind == KIND, JobRun.subject == subject)).one_or_none()
    if known is not None:
        return known
    mine = ClassRosterLine.roster_id == roster.id
    total = db.session.scalar(select(func.count(ClassRosterLine.id)).where(mine)) or 0
    actor, title = Actor(roster.decided_by_id, roster.decided_by), Text(N_("登记花名册里的人：%(file)s"), file=roster.file_name)
    return start_run(kind=KIND, title=title, subject=subject, total=total, actor=actor, now=now)


def _decider(roster: RosterImport) -> Actor | None:
    """Who decided, with her rights as they are now; None when her account is closed."""
    if roster.decided_by_id is None:
        return Actor(None, roster.decided_by, is_system=True)  # an operator's command
    user = accounts.find_signed_in_user(roster.decided_by_id)
    return user.actor if user else None


def _enroll(class_id: int, ids: list[int], roster: RosterImport, now: datetime) -> dict[int, Enrolled | DomainError]:
    """By the unit's door if a unit uploaded it, else by the staff's; with the rights that the decider has now."""
    actor = _decider(roster)
    if actor is not None and can_name(actor, roster.organization_id):
        return nominate_many(class_id=class_id, learner_ids=ids, actor=actor, now=now)
    if actor is None or roster.organization_id is not None or not can_manage_enrollments(actor):
        return dict.fromkeys(ids, Forbidden())
    return enroll_many(class_id=class_id, learner_ids=ids, actor=actor, now=now, source=Source.IMPORT)


def _settle(line: ClassRosterLine, outcome: Enrolled | DomainError | None) -> None:
    """Write down what came of a row; whoever was not registered was not enrolled."""
    line.is_done, line.waiting_no, line.say = True, None, None
    if isinstance(outcome, Enrolled):
        is_seat = outcome.number is None
        seated = Place.REVIEW if outcome.state in PENDING else Place.SEAT if is_seat else Place.WAITING
        line.place = seated if outcome.is_new else Place.ALREADY
        line.waiting_no = outcome.number
        return
    line.place = Place.REFUSED
    if isinstance(outcome, Forbidden):
        line.say = Text(NO_RIGHT).as_json()
    else:
        line.say = (outcome.text if outcome else Text(N_("没有登记进名册，所以也没有进班。"))).as_json()
