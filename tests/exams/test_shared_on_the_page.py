"""What stands around a question on the exam page: the material that several share, and pictures."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from academy.accounts.models import User
from academy.core.db import db
from academy.core.files import store_file
from academy.exams import queries, services
from academy.exams.models import Attempt, MaterialVersion, PaperItem, QuestionPicture, QuestionVersion
from academy.exams.queries import AttemptView
from tests.exams.factories import MANAGER, World, make_national_paper, make_sitting, make_world
from tests.exams.pictures import png

TEXT = "某社区有老人三百户，其中独居的四十户。"


@pytest.fixture
def world(session: Session) -> World:
    return make_world(learners=2)


@pytest.fixture
def attempt(world: World, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Attempt:
    """The first three questions share a material, the first has a picture."""
    for door in ("paper", "mine"):
        monkeypatch.setattr(f"academy.exams.web.{door}.now", lambda: now)
    paper = make_national_paper(world)
    material = services.write_material(bank_id=world.bank.id, title_zh="社区", text_zh=TEXT, actor=MANAGER, now=now)
    shared = db.session.scalars(select(MaterialVersion.id).where(MaterialVersion.material_id == material.id)).one()
    ids = list(
        db.session.scalars(
            select(PaperItem.question_version_id)
            .where(PaperItem.paper_id == paper.id, PaperItem.position <= 3)
            .order_by("position")
        )
    )
    db.session.execute(update(QuestionVersion).where(QuestionVersion.id.in_(ids)).values(material_version_id=shared))
    file = store_file(name="图.png", content=png(), media_type="image/png", now=now)
    db.session.add(QuestionPicture(version_id=ids[0], position=1, file_id=file.id, width=3, height=2, alt_zh="一张柱状图"))
    sitting = make_sitting(world, paper)
    services.set_shuffling(sitting_id=sitting.id, is_shuffled=True, actor=MANAGER, now=now)
    return services.start_attempt(sitting_id=sitting.id, actor=world.actor(0), now=now)


def test_the_material_stands_above_its_questions_and_they_stay_together(attempt: Attempt) -> None:
    items = queries.asked_items(AttemptView(attempt, queries.sitting_by_id(attempt.sitting_id)))
    numbers = [item.number for item in items if item.case]
    assert [item.position for item in items if item.case] == [1, 2, 3]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert {item.case for item in items if item.case} == {TEXT}


def test_the_candidate_sees_the_picture_with_its_words_and_nobody_else_does(
    client: Any, sign_in: Callable[[Any, Any], None], world: World, attempt: Attempt
) -> None:
    items = queries.asked_items(AttemptView(attempt, queries.sitting_by_id(attempt.sitting_id)))
    item = next(item for item in items if item.pictures)
    address = f"/exams/pictures/{item.pictures[0].code}"
    sign_in(client, db.session.get(User, world.learners[0].user_id))
    page = client.get(f"/exams/attempts/{attempt.code}?q={item.number}").get_data(as_text=True)
    assert f'src="{address}" alt="一张柱状图"' in page
    assert TEXT in page
    told = client.get(f"/api/v1/attempts/{attempt.code}").get_json()["items"][item.number - 1]
    assert told["pictures"] == [{"src": address, "alt": "一张柱状图", "width": 3, "height": 2}]
    assert client.get(address).data == png()
    sign_in(client, db.session.get(User, world.learners[1].user_id))
    assert client.get(address).status_code == 404
