from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts.services import create_user
from academy.catalog import queries, services
from academy.catalog.services import CourseHasChanged, CourseTextIsUnusable
from academy.core.access import SYSTEM, Actor, Grant, Role
from academy.core.audit import AuditRow
from academy.core.errors import Forbidden

pytestmark = pytest.mark.usefixtures("catalog")
ADMIN = Actor(None, "孔延玲", frozenset({Grant(Role.ADMINISTRATOR)}))


def edit(now: datetime, *, title: str = "新的课程名", version: int = 1, actor: Actor = ADMIN) -> None:
    services.edit_course(code="SG-03-002", title_zh=title, summary_zh="新的简介", version=version, actor=actor, now=now)


def test_it_is_visible_at_once_and_found_by_its_new_initials(session: Session, now: datetime) -> None:
    before = queries.shelf()
    edit(now)
    after = queries.shelf()
    assert before.course_by_code["SG-03-002"].title == "社区议事协商六步法"
    assert after.course_by_code["SG-03-002"].title == "新的课程名"
    assert after.course_by_code["SG-03-002"].initials == "xdkcm"


def test_it_keeps_what_the_course_said_before(session: Session, now: datetime) -> None:
    edit(now)
    edit(now, title="更新的课程名", version=2)
    course = queries.get_course("SG-03-002")
    assert course.version == 3
    assert [one.title_zh for one in queries.course_versions(course.id)] == ["新的课程名", "社区议事协商六步法"]


def test_of_two_editors_the_second_is_told(session: Session, now: datetime) -> None:
    edit(now)
    with pytest.raises(CourseHasChanged):
        edit(now, title="另一个名字", version=1)
    assert queries.get_course("SG-03-002").title_zh == "新的课程名"


@pytest.mark.parametrize("title", ["", "   ", "长" * 61])
def test_an_unusable_title_is_refused(session: Session, now: datetime, title: str) -> None:
    with pytest.raises(CourseTextIsUnusable):
        edit(now, title=title)


def test_only_administrators_edit(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        edit(now, actor=Actor(None, "李明蕙", frozenset({Grant(Role.CLASS_MANAGER)})))


def test_it_is_in_the_audit_trail(session: Session, now: datetime) -> None:
    edit(now)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "catalog.course_edited")).one()
    assert row.before == {"title_zh": "社区议事协商六步法", "summary_zh": row.before and row.before["summary_zh"]}
    assert row.after == {"title_zh": "新的课程名", "summary_zh": "新的简介"}


def test_through_the_form(client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], now: datetime) -> None:
    user = create_user(
        email="a@test.example", name_zh="孔延玲", roles=[Grant(Role.ADMINISTRATOR)], password=None, actor=SYSTEM, now=now
    )
    assert client.get("/courses/SG-03-002/edit").status_code in {302, 403}
    sign_in(client, user)
    address = "/courses/SG-03-002/edit"
    sent = {"title_zh": "新的课程名", "summary_zh": "新的简介", "version": "1"}
    assert client.post_form(address, sent).status_code == 302  # type: ignore[attr-defined]
    assert "新的课程名" in client.get("/courses/SG-03-002").get_data(as_text=True)
    stale = client.post_form(address, sent)  # type: ignore[attr-defined]
    assert stale.status_code == 422
    assert "已被改到第 2 版" in stale.get_data(as_text=True)
