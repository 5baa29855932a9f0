"""What is printed for a sitting: every candidate is named, nothing is shown that should not be, each room by itself."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest

from academy.accounts.models import User
from academy.core.access import Role
from academy.core.codes import random_code16
from academy.core.db import db, transaction
from academy.core.errors import NotFound
from academy.exams import queries, services
from academy.exams.models import ExamSitting
from academy.exams.rules.incidents import IncidentKind
from academy.reports.prints import exams as prints
from academy.reports.prints.gaps import CharactersCannotBePrinted
from tests.accounts.factories import make_user
from tests.exams.factories import MANAGER, NOW, World, make_sitting, make_world
from tests.exams.rooms import make_instructor, put_into_units, take_room

SignIn = Callable[[Any, Any], None]


@pytest.fixture
def world(client: Any) -> World:
    return make_world(learners=5)


@pytest.fixture
def sitting(world: World) -> ExamSitting:
    """Five people in two rooms, with a log."""
    put_into_units(world, 2)
    found = make_sitting(world, opens_at=datetime.now(UTC) - timedelta(minutes=5))
    take_room(world, found, capacity=3)
    take_room(world, found, capacity=6, gap=1)
    with transaction():
        services.allocate_seats(sitting_id=found.id, actor=MANAGER, now=NOW)
    with transaction():
        services.log_incident(
            code=random_code16(), sitting_id=found.id, kind=IncidentKind.DISTURBANCE, candidate_no="K0002", note="交谈\n已提醒",
            actor=MANAGER, now=NOW,
        )  # fmt: skip
    return found


def read(found: ExamSitting) -> prints.SittingDossier:
    return prints.read_sitting(found, printed_by="李主任", now=NOW)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join(page.extract_text() for page in pages).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("slug", ["tickets", "door-list", "sign-in", "invigilation"])
def test_every_form_says_its_exam_and_no_number_in_full(sitting: ExamSitting, slug: str) -> None:
    text = text_of(prints.make_form(prints.BY_SLUG[slug], read(sitting), room=None))
    assert "结业考试" in text
    assert "370000199001011234" not in text
    if slug != "invigilation":
        assert all(f"K000{n}" in text for n in range(1, 6))


def test_a_ticket_shows_seat_rules_and_the_way_to_be_checked(world: World, sitting: ExamSitting) -> None:
    text = text_of(prints.make_own_ticket(sitting, world.learners[0].id, now=NOW))
    candidate = queries.candidate_by_number(sitting.id, "K0001")
    assert "学员1" in text
    assert "学员2" not in text
    assert "370000********1234" in text
    assert f"/exams/tickets/{candidate.ticket_code}" in text
    assert "独立作答" in text
    with pytest.raises(NotFound):
        prints.make_own_ticket(sitting, 10**6, now=NOW)


def test_the_door_list_hides_names_and_a_room_shows_its_own(sitting: ExamSitting) -> None:
    door = prints.BY_SLUG["door-list"]
    first, second = (text_of(prints.make_form(door, read(sitting), room=room)) for room in (1, 2))
    assert "学员1" not in first + second
    seats = queries.seats_of(sitting.id)
    numbers = {learner_id: number for number, learner_id in queries.candidates_of(sitting.id).items()}
    for learner_id, seat in seats.items():
        assert (numbers[learner_id] in first, numbers[learner_id] in second) == (seat.room_number == 1, seat.room_number == 2)
    with pytest.raises(NotFound):
        prints.make_form(door, read(sitting), room=3)


def test_the_plan_is_one_room_a_file_with_free_columns(sitting: ExamSitting) -> None:
    plan = prints.BY_SLUG["seating"]
    with pytest.raises(prints.ExamFormLacksData, match="请选考场"):
        prints.make_form(plan, read(sitting), room=None)
    text = text_of(prints.make_form(plan, read(sitting), room=2))
    assert "第02考场" in text
    assert "停用" in text


def test_the_record_holds_the_log_and_who_was_absent(sitting: ExamSitting) -> None:
    text = text_of(prints.make_form(prints.BY_SLUG["invigilation"], read(sitting), room=None))
    assert "交谈已提醒" in text
    assert "K0002学员2" in text
    assert "扰乱秩序" in text


def test_what_lacks_seats_or_characters_says_so(world: World, sitting: ExamSitting) -> None:
    bare = make_sitting(world)
    with pytest.raises(prints.ExamFormLacksData, match="还没有排座位"):
        prints.make_form(prints.BY_SLUG["door-list"], read(bare), room=None)
    assert "线上" in text_of(prints.make_form(prints.BY_SLUG["tickets"], read(bare), room=None))
    world.learners[0].name_zh = "王𠮷祥"
    db.session.commit()
    form = prints.BY_SLUG["sign-in"]
    with pytest.raises(CharactersCannotBePrinted, match="U\\+20BB7"):
        prints.make_form(form, read(sitting), room=None)
    assert "〓" in text_of(prints.make_form(form, read(sitting), room=None, marks_gaps=True))


def test_who_watches_prints_and_others_do_not(client: Any, sign_in: SignIn, world: World, sitting: ExamSitting) -> None:
    base = f"/manage/exams/sittings/{sitting.code}/prints"
    instructor, actor = make_instructor()
    user = db.session.get_one(User, actor.user_id)
    sign_in(client, user)
    assert client.get(base).status_code == 404
    assert client.get(f"{base}/tickets.pdf").status_code == 404
    services.assign_invigilator(
        sitting_id=sitting.id, instructor_code=instructor.code, room_number=None, actor=MANAGER, now=NOW
    )
    db.session.commit()
    assert "考试用表" in client.get(base).get_data(as_text=True)
    answer = client.get(f"{base}/door-list.pdf?room=1")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    for wrong in ("nothing.pdf", "door-list.pdf?room=x", "door-list.pdf?room=99"):
        assert client.get(f"{base}/{wrong}").status_code == 404
    sign_in(client, db.session.get_one(User, world.learners[0].user_id))
    assert client.get(f"/exams/{sitting.code}/ticket.pdf").mimetype == "application/pdf"
    assert client.get(base).status_code == 403
    sign_in(client, make_user(Role.LEARNER))
    assert client.get(f"/exams/{sitting.code}/ticket.pdf").status_code == 404
