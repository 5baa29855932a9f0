"""Sample data: an exam day with rooms, seats, invigilators and a log, slots to book, and practice with mistakes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from academy.accounts import queries as accounts
from academy.core.access import Actor, Grant, Role
from academy.core.codes import random_code16
from academy.core.errors import DomainError
from academy.enrollment import queries as enrollment
from academy.exams import queries, services
from academy.exams.models import ExamSitting, Paper
from academy.exams.rules.incidents import IncidentKind
from academy.exams.services.slots import SlotPlan
from academy.people import queries as people
from academy.sites import queries as sites
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass

PERCENT = 25
PRACTICED = 10


def load_rooms(sitting: ExamSitting, *, actor: Actor, now: datetime) -> None:
    """Rooms of the class's site as far as they are free, seats, and the demo instructor as invigilator."""
    site_id = timetable.class_by_id(sitting.class_id).site_id
    needed = len(queries.candidates_of(sitting.id))
    for room in sorted(sites.rooms(site_id), key=lambda one: (-one.capacity, one.id)):
        if sum(view.seats for view in queries.rooms_of(sitting.id)) >= needed:
            break
        try:
            services.add_room(sitting_id=sitting.id, room_code=room.code, capacity=None, gap=0, actor=actor, now=now)
        except DomainError:
            continue  # a class is taught there
    if sum(view.seats for view in queries.rooms_of(sitting.id)) >= needed:
        services.allocate_seats(sitting_id=sitting.id, actor=actor, now=now)
    _assign_demo_instructor(sitting, actor, now)


def _assign_demo_instructor(sitting: ExamSitting, actor: Actor, now: datetime) -> None:
    user = accounts.find_user_by_email("instructor@demo.example")
    instructor = people.find_instructor_of_user(user.id) if user else None
    if instructor is None:
        return
    try:
        services.assign_invigilator(
            sitting_id=sitting.id, instructor_code=instructor.code, room_number=None, actor=actor, now=now
        )
    except DomainError:
        return  # she watches elsewhere at that time


def load_log(sitting: ExamSitting, numbers: Sequence[str], *, actor: Actor, now: datetime) -> None:
    """Tickets of those who came, and entries of the log."""
    for number in numbers:
        services.check_ticket(sitting_id=sitting.id, candidate_no=number, actor=actor, now=now)
    for kind, place, note in (
        (IncidentKind.LATE, 3, "公交晚点，开考后 8 分钟到场，核对证件后入座。"),
        (IncidentKind.SWAPPED_MACHINE, 5, "屏幕闪烁，换到备用机，答案都在。"),
        (IncidentKind.DISTURBANCE, 8, "与邻座交谈，口头提醒一次，没有再犯。"),
    ):
        if place < len(numbers):
            services.log_incident(
                code=random_code16(),
                sitting_id=sitting.id,
                kind=kind,
                candidate_no=numbers[place],
                note=note,
                actor=actor,
                now=now,
            )


def load_accommodation(sitting: ExamSitting, *, actor: Actor, now: datetime) -> None:
    """One candidate with a quarter more time."""
    numbers = list(queries.candidates_of(sitting.id))
    if len(numbers) > 1:
        services.accommodate(
            sitting_id=sitting.id,
            candidate_no=numbers[1],
            percent=PERCENT,
            reason="右手骨折未愈，有县医院诊断证明",
            actor=actor,
            now=now,
        )


def load_slots(found: TrainingClass, paper: Paper, *, first: datetime, actor: Actor, now: datetime) -> None:
    """Three slots among which the people of a class book one; some have."""
    plans = [
        SlotPlan(first + timedelta(hours=hours), first + timedelta(hours=hours + 2), seats)
        for hours, seats in ((0, 12), (4, 12), (24, 20))
    ]
    group = services.plan_slots(
        class_id=found.id,
        paper_ids=[paper.id],
        title_zh="机考（自约场次）",
        minutes=90,
        entry_minutes=15,
        change_until=first - timedelta(days=1),
        slots=plans,
        actor=actor,
        now=now,
    )
    there = [view.sitting.id for view in queries.slots_of(group.id)]
    learners = people.learners_by_ids(enrollment.admitted_learner_ids(found.id))
    with_accounts: Sequence[int] = [one.user_id for one in learners.values() if one.user_id is not None]
    for place, user_id in enumerate(with_accounts[1:6]):  # the demo learner, the first one, still chooses
        who = Actor(user_id, "学员", frozenset({Grant(Role.LEARNER)}))
        services.book_slot(sitting_id=there[place % len(there)], actor=who, now=now)


def load_practice(*, now: datetime) -> None:
    """A practice of the demo learner with some mistakes."""
    user = accounts.find_user_by_email("learner@demo.example")
    if user is None or people.find_learner_of_user(user.id) is None:
        return
    who = Actor(user.id, user.name_zh, frozenset({Grant(Role.LEARNER)}))
    try:
        run = services.start_practice(title_zh="", count=PRACTICED, actor=who, now=now - timedelta(days=1))
    except DomainError:
        return
    items = queries.practice_items([run.id])[run.id]
    answers = {one.position: one.key if one.position % 3 else "A" for one in items}
    services.answer_practice(code=run.code, responses=answers, finish=True, actor=who, now=now - timedelta(days=1, minutes=-20))
