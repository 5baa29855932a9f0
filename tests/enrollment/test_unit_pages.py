"""The organization's cycle over HTTP, and the pages that explain: who gets in, what they say, what they keep to themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.accounts.models import Organization, User
from academy.core.access import Role
from academy.core.audit import AuditRow
from academy.core.clock import now as clock_now
from academy.core.db import transaction
from academy.core.outbox import drain
from academy.enrollment import queries, services
from academy.enrollment.models import ClassQuota, Enrollment
from academy.enrollment.rules import Source
from academy.people import services as people_services
from academy.people.models import Learner, RosterImport
from academy.timetable.models import TrainingClass
from academy.timetable.rules import AdmissionMode
from tests.accounts.factories import actor_of, make_organization, make_user
from tests.core.nasty import HEADER, book
from tests.enrollment.factories import counters, make_account, make_coordinator, make_learner, make_learners, put_in, states
from tests.enrollment.test_class_roster import NAMES, NUMBERS, row, said
from tests.statements import counted
from tests.timetable.factories import World, make_class, make_world

SignIn = Callable[[Any, User], None]


class Unit:
    """An organization with a coordinator and a class in which places are allotted to it."""

    def __init__(self, now: datetime, *, places: int = 2, **given: Any) -> None:
        self.world: World = make_world()
        self.organization: Organization = make_organization()
        self.user, self.actor = make_coordinator(self.organization)
        self.found: TrainingClass = make_class(self.world, now=now, **{"seats": 4, **given})
        self.code = self.found.code
        if places:
            plan = services.QuotaPlan(seats=places, organization_code=self.organization.code, is_named=True)
            with transaction():
                services.add_quota(class_id=self.found.id, plan=plan, actor=self.world.manager, now=now)

    def member(self, now: datetime, **given: Any) -> Learner:
        return make_learner(now, organization_id=self.organization.id, **given)


@pytest.fixture
def now() -> datetime:
    """The pages look at the real clock."""
    return clock_now().replace(microsecond=0)


@pytest.fixture
def unit(session: Session, now: datetime) -> Unit:
    return Unit(now)


def upload(client: Any, page: str, content: bytes) -> Any:
    data = {"csrf_token": client.token(page), "file": (BytesIO(content), "名单.xlsx")}
    return client.post(page, data=data, content_type="multipart/form-data")


def test_a_unit_names_people_by_excel_and_mends_what_is_wrong_itself(
    client: Any, sign_in: SignIn, session: Session, unit: Unit, now: datetime
) -> None:
    sign_in(client, unit.user)
    page = f"/unit/classes/{unit.code}/people/import"
    assert page in client.get(f"/unit/classes/{unit.code}").get_data(as_text=True)
    address = upload(client, page, book(HEADER, row(0), row(1, "P01"), row(2))).headers["Location"]
    drain(now=clock_now())
    place = client.get(address).headers["Location"]
    shown = client.get(place).get_data(as_text=True)
    assert "有席位 2 人，候补 0 人，不能登记 1 人" in shown
    assert "/manage/classes/" not in shown.replace(place, "").split("<main")[1]
    client.post_form(address, {"decision": "import"}, page=place)
    drain(now=clock_now())
    rows = session.scalars(select(Enrollment)).all()
    assert [(one.source, one.state) for one in rows] == [(Source.NOMINATION, "admitted")] * 2
    assert session.scalars(select(ClassQuota.taken)).one() == 2
    upload(client, page, book(HEADER, row(0), row(1), row(2)))  # mended, and sent again whole
    again = session.scalars(select(RosterImport.code).order_by(RosterImport.id.desc())).first() or ""
    drain(now=clock_now())
    with transaction():
        people_services.import_roster(code=again, actor=unit.actor, now=now)
    drain(now=clock_now())
    assert len(session.scalars(select(Enrollment)).all()) == 3


def test_a_roster_for_a_reviewed_class_puts_people_before_the_academy(
    client: Any, sign_in: SignIn, session: Session, now: datetime
) -> None:
    unit = Unit(now, admission=AdmissionMode.UNIT_AND_ACADEMY)
    sign_in(client, unit.user)
    page = f"/unit/classes/{unit.code}/people/import"
    address = upload(client, page, book(HEADER, row(0), row(2))).headers["Location"]
    drain(now=clock_now())
    place = client.get(address).headers["Location"]
    assert "待审核 2 人，不能登记 0 人" in client.get(place).get_data(as_text=True)
    client.post_form(address, {"decision": "import"}, page=place)
    drain(now=clock_now())
    assert {state for state, _ in states(unit.found).values()} == {"unit_approved"}
    assert counters(unit.found)[:2] == (0, 2)
    assert "待审核 2 人" in client.get(place).get_data(as_text=True)


def test_another_units_roster_and_people_do_not_exist(
    client: Any, sign_in: SignIn, session: Session, unit: Unit, now: datetime
) -> None:
    sign_in(client, unit.user)
    address = upload(client, f"/unit/classes/{unit.code}/people/import", book(HEADER, row(0))).headers["Location"]
    drain(now=clock_now())
    place = client.get(address).headers["Location"]
    other, _ = make_coordinator(make_organization())
    sign_in(client, other)
    assert client.get(place).status_code == 404
    assert client.get(address).status_code == 404
    assert NAMES[0] not in client.get(f"/unit/classes/{unit.code}").get_data(as_text=True)


def test_a_typed_code_of_another_unit_is_refused_and_logged_and_tells_no_name(
    client: Any, sign_in: SignIn, session: Session, unit: Unit, now: datetime
) -> None:
    stranger, own = make_learner(now, name="欧阳外人"), unit.member(now, name="本单位人")
    stranger.code, own.code = "L-STRANGER", "L-OWN"
    session.commit()
    sign_in(client, unit.user)
    page = f"/unit/classes/{unit.code}"
    typed = {"codes": "L-STRANGER\nL-NOBODY，L-OWN"}
    shown = client.post_form(f"{page}/nominate", typed, page=page, follow_redirects=True).get_data(as_text=True)
    assert "欧阳外人" not in shown
    assert "L-STRANGER、L-NOBODY 不是本单位的学员编号" in shown
    assert "录取 1 人" in shown
    assert set(states(unit.found)) == {own.id}
    assert session.scalars(select(AuditRow).where(AuditRow.action == "enrollment.nomination_refused")).one()


def test_what_a_unit_has_is_on_one_page_and_reviewed_on_another(
    client: Any, sign_in: SignIn, session: Session, now: datetime
) -> None:
    unit = Unit(now, admission=AdmissionMode.UNIT_AND_ACADEMY)
    user, actor, learner = make_account(now)
    learner.organization_id = unit.organization.id
    session.commit()
    with transaction():
        services.apply(class_code=unit.code, actor=actor, now=now)
    sign_in(client, unit.user)
    assert "2 席，已用 0" in client.get("/unit/places").get_data(as_text=True)
    page, application = "/unit/applications", session.scalars(select(Enrollment)).one()
    assert learner.name_zh in client.get(page).get_data(as_text=True)
    answer = client.post_form(page, {"chosen": application.code, "decision": "return", "reason": "缺单位盖章"}, page=page)
    assert answer.status_code == 302
    assert states(unit.found)[learner.id][0] == "returned"
    sign_in(client, user)
    class_page = f"/classes/{unit.code}"
    assert "缺单位盖章" in client.get(class_page).get_data(as_text=True)
    client.post_form(f"{class_page}/resubmit", page=class_page)
    assert states(unit.found)[learner.id][0] == "applied"


@pytest.mark.parametrize("path", ["review", "quotas", "terms", "people", "people/import", "why"])
def test_staff_pages_of_a_class_open_for_staff_and_for_no_learner(
    client: FlaskClient, sign_in: SignIn, session: Session, unit: Unit, now: datetime, path: str
) -> None:
    page = f"/manage/classes/{unit.code}/{path}"
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert client.get(page).status_code == 200
    user, *_ = make_account(now)
    sign_in(client, user)
    assert client.get(page).status_code == 403


def test_a_learner_reads_why_what_would_change_it_and_the_order(
    client: Any, sign_in: SignIn, session: Session, now: datetime
) -> None:
    unit = Unit(now, places=0, seats=1, audience=["P01"])
    user, _, learner = make_account(now)
    learner.code = "L-OWN"
    session.commit()
    sign_in(client, user)
    page = f"/classes/{unit.code}"
    assert f"{page}/why" in client.get(page).get_data(as_text=True)
    shown = client.get(f"{page}/why").get_data(as_text=True)
    assert "暂不能报这个班" in shown
    assert "改变什么就不一样" in shown
    assert "单这一条改变，就能报" in shown
    sign_in(client, make_user(Role.CLASS_MANAGER))
    assert "还没有登记为学员" in client.get(f"{page}/why").get_data(as_text=True)
    asked = client.get(f"/manage{page}/why?learner={learner.code}").get_data(as_text=True)
    assert f"{learner.name_zh}暂不能报这个班" in asked


def test_a_coordinator_asks_about_her_own_people_only(
    client: Any, sign_in: SignIn, session: Session, unit: Unit, now: datetime
) -> None:
    own, stranger = unit.member(now, name="本单位人"), make_learner(now, name="欧阳外人")
    own.code, stranger.code = "L-OWN", "L-STRANGER"
    session.commit()
    sign_in(client, unit.user)
    page = f"/manage/classes/{unit.code}/why?learner="
    assert "本单位人可以报这个班" in client.get(page + own.code).get_data(as_text=True)
    shown = client.get(page + stranger.code).get_data(as_text=True)
    assert "欧阳外人" not in shown
    assert "没有找到这个人" in shown


def test_everybody_signed_in_sees_the_order_with_names_covered(
    client: Any, sign_in: SignIn, session: Session, now: datetime
) -> None:
    unit = Unit(now, places=0, seats=1)
    first, second = make_learner(now), make_learner(now, name="欧阳外人")
    for one in (first, second):
        put_in(unit.found, one, actor=unit.world.manager, now=now)
    assert client.get(f"/classes/{unit.code}/line").status_code == 302
    user, *_ = make_account(now)
    sign_in(client, user)
    shown = client.get(f"/classes/{unit.code}/line").get_data(as_text=True)
    assert "欧阳外人" not in shown
    assert "欧" in shown


def test_places_of_a_unit_come_back_before_the_deadline_whatever_was_typed(session: Session, unit: Unit, now: datetime) -> None:
    quota = session.scalars(select(ClassQuota)).one()
    assert quota.returns_at is not None
    assert now < quota.returns_at < unit.found.enroll_closes_at
    plan = services.QuotaPlan(seats=1, person_type_code="P12", returns_at=unit.found.enroll_closes_at + timedelta(hours=1))
    with pytest.raises(services.QuotaIsUnusable), transaction():
        services.add_quota(class_id=unit.found.id, plan=plan, actor=unit.world.manager, now=now)


def test_verdicts_on_applications_cost_the_same_for_few_and_many(session: Session, now: datetime) -> None:
    unit = Unit(now, places=0, admission=AdmissionMode.ACADEMY, seats=40)
    counts = []
    for people in (2, 20):
        for learner in make_learners(now, people):
            user = make_user(Role.LEARNER)
            learner.user_id = user.id
            session.commit()
            with transaction():
                services.apply(class_code=unit.code, actor=actor_of(user), now=now)
        with counted() as asked:
            verdicts = queries.explain_approvals(queries.applications_of(unit.found.id), now)
        assert all(one.allowed for one in verdicts.values())
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_roster_of_a_unit_is_in_its_own_words(session: Session, unit: Unit, now: datetime) -> None:
    """What is said of each row before the decision: a place of the unit, then a free seat, then the line."""
    rows = book(HEADER, *(row(place) for place in range(len(NUMBERS))))
    with transaction():
        roster = services.upload_class_roster(
            class_id=unit.found.id, name="名单.xlsx", content=rows, actor=unit.actor, now=now,
            organization_id=unit.organization.id,
        )  # fmt: skip
    drain(now=clock_now())
    assert [place for _, place, _ in said(roster)] == ["seat"] * 4 + ["waiting"]
