import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts.services import create_user
from academy.catalog import queries
from academy.catalog.rules import OpenClassCard
from academy.catalog.shelf import Facet, Shelf, Sort, Wanted
from academy.catalog.web import hooks
from academy.core.access import SYSTEM, Grant, Role
from academy.core.text import Text
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("catalog")


def open_class(code: str = "XA-2026-015-03", **changes: Any) -> OpenClassCard:
    given: dict[str, Any] = {
        "title": "社区议事协商主持人能力培训",
        "code": code,
        "href": f"/classes/{code}",
        "program_code": "XA-015",
        "field_code": "SG-03",
        "field_name": "社区治理与议事协商",
        "panel": "sg",
        "run": Text("2026年第%(run)s期", run=3),
        "summary": "",
        "city_code": "371600",
        "city": "滨州市",
        "county": "滨城区",
        "site_name": "滨城区启明理论培训教学点",
        "starts_on": date(2026, 12, 7),
        "ends_on": date(2026, 12, 11),
        "hours": 25,
        "seats": 30,
        "taken": 27,
        "certificate": Text("岗位能力证书"),
        "person_types": ("P10", "P11"),
        "state": "ok",
        "state_words": Text("可以报名"),
    }
    return OpenClassCard(**{**given, **changes})


@pytest.fixture
def classes(app: Flask) -> Iterator[list[OpenClassCard]]:
    """Open classes for the hook; a test fills the list."""
    kept = app.extensions.get("catalog.open_classes")
    cards: list[OpenClassCard] = []
    app.extensions["catalog.open_classes"] = lambda: cards
    yield cards
    if kept is None:
        del app.extensions["catalog.open_classes"]
    else:
        app.extensions["catalog.open_classes"] = kept


def test_the_catalog_shows_its_size_and_twelve_courses_a_page(client: FlaskClient) -> None:
    page = client.get("/catalog").get_data(as_text=True)
    assert "5 个板块、25 个细分领域、708 门课程" in page
    assert page.count('<h3 class="book__title"><a href="/courses/') == 12
    assert "共 708 门" in page


def test_open_classes_stand_above_the_courses_soonest_first(client: FlaskClient, classes: list[OpenClassCard]) -> None:
    classes += [
        open_class("B", starts_on=date(2027, 1, 4)),
        open_class("A"),
        open_class("C", city="济南市", city_code="370100"),
    ]
    page = client.get("/catalog").get_data(as_text=True)
    assert re.findall(r'href="/classes/(\w)"', page) == ["A", "C", "B"]
    narrowed = client.get("/catalog?city=370100").get_data(as_text=True)
    assert re.findall(r'href="/classes/(\w)"', narrowed) == ["C"]
    assert "济南市" in narrowed


def shelf() -> Shelf:
    return queries.shelf()


def test_facets_narrow_and_their_counts_agree_with_what_they_leave() -> None:
    whole = shelf()
    wanted = Wanted(picked={Facet.PANEL: frozenset({"SG"}), Facet.MODE: frozenset({"online"})})
    found = whole.find(wanted, {})
    assert {course.field.panel_code for course in found.courses} == {"SG"}
    for (facet, value), count in found.counts.items():
        picked = {key: values for key, values in wanted.picked.items() if key is not facet}
        if facet is Facet.FIELD:
            picked.pop(Facet.PANEL)
        alone = whole.find(Wanted(picked={**picked, facet: frozenset({value})}), {})
        assert len(alone.courses) == count, (facet, value)


def test_a_field_narrows_its_panel_and_leaves_other_panels() -> None:
    wanted = Wanted(picked={Facet.PANEL: frozenset({"SG", "PB"}), Facet.FIELD: frozenset({"SG-03"})})
    assert {course.field.code for course in shelf().find(wanted, {}).courses if course.field.panel_code == "SG"} == {"SG-03"}
    assert any(course.field.panel_code == "PB" for course in shelf().find(wanted, {}).courses)


def test_hours_limit_both_ends() -> None:
    found = shelf().find(Wanted(least_hours=5, most_hours=6), {}).courses
    assert {course.hours for course in found} == {5, 6}


def test_the_next_class_sorts_its_courses_first(client: FlaskClient, classes: list[OpenClassCard]) -> None:
    classes.append(open_class())
    held = set(next(one for one in shelf().programs if one.code == "XA-015").course_codes)
    page = client.get("/catalog?sort=start").get_data(as_text=True)
    first = re.findall(r'href="/courses/([\w-]+)"', page)[: len(held)]
    assert set(first) == held


def test_hours_sort_puts_the_longest_first() -> None:
    hours = [course.hours for course in shelf().find(Wanted(sort=Sort.HOURS), {}).courses]
    assert hours == sorted(hours, reverse=True)


def test_every_condition_can_be_taken_away(client: FlaskClient, classes: list[OpenClassCard]) -> None:
    classes.append(open_class())
    page = client.get("/catalog?q=议事&panel=SG&city=371600&h_max=4").get_data(as_text=True)
    picked = re.search(r'<ul class="bare picked.*?</ul>', page, re.DOTALL)
    assert picked
    assert "1—4 学时" in picked.group()
    assert picked.group().count("，移除") == 3


def test_nothing_found_offers_a_way_on(client: FlaskClient) -> None:
    page = client.get("/catalog?q=社区矫治").get_data(as_text=True)
    assert "没有找到“社区矫治”。" in page
    assert "是不是要找" in page


@pytest.mark.parametrize(
    "query",
    [
        "page=99999999999999999999",
        "page=-3",
        "page=abc",
        "panel=XX&field='; DROP TABLE course&type=P99",
        "q=%00%01",
        "q=" + "长" * 3000,
        "q=%25_%5C",
        "q=(((.*",
        "q=%F0%9F%98%8A",
        "q=%FF%FE",
        "h_min=99999999999&h_max=-1",
        "h_min=٣",
        "sort=nonsense",
        "city=1&city=2",
        "panel=SG&panel=PB&panel=PS&mode=online&level=advanced&type=P01&page=700",
    ],
)
def test_odd_addresses_are_answered(client: FlaskClient, query: str) -> None:
    for address in ("/catalog", "/programs"):
        assert client.get(f"{address}?{query}").status_code == 200


@pytest.mark.parametrize("address", ["/courses/XX-99-999", "/programs/XA-999", "/courses/%00", "/courses/..%2F..%2Fetc"])
def test_what_does_not_exist_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_course_page_names_what_comes_before_and_after(client: FlaskClient) -> None:
    page = client.get("/courses/PB-01-002").get_data(as_text=True)
    assert 'href="/courses/PB-01-001"' in page
    assert "股权结构" in page
    assert "学完可以接着学" in client.get("/courses/PB-01-001").get_data(as_text=True)


def test_a_program_page_tells_hours_rule_and_certificate(client: FlaskClient) -> None:
    page = client.get("/programs/XA-003").get_data(as_text=True)
    assert "学满 17 学时、出勤不低于 85% 方可结业" in page
    assert "60 分合格" in page
    assert "结业证书" in page


def test_every_course_and_program_page_opens(client: FlaskClient) -> None:
    for course in shelf().courses[::40]:
        assert client.get(f"/courses/{course.code}").status_code == 200
    for program in shelf().programs:
        assert client.get(f"/programs/{program.code}").status_code == 200


def test_the_page_is_paid_for_with_one_statement(client: FlaskClient, session: Session, classes: list[OpenClassCard]) -> None:
    client.get("/catalog")
    with counted("SELECT") as seen:
        client.get("/catalog?q=议事&panel=SG")
    assert len(seen) == 1, seen


def test_in_english_the_frame_is_english_and_titles_stay(client: FlaskClient) -> None:
    page = client.get("/catalog?lang=en").get_data(as_text=True)
    assert "Party-Building Leadership" in page
    assert "看懂“两企三新”" in page


def test_the_json_door_gives_the_same(client: FlaskClient) -> None:
    found = client.get("/api/v1/courses?q=议事&per_page=3").get_json()
    assert found["total"] == len(shelf().find(Wanted(terms=shelf().terms("议事")), {}).courses)
    assert len(found["items"]) == 3
    assert client.get("/api/v1/courses/PB-01-002").get_json()["prerequisites"] == ["PB-01-001"]
    assert len(client.get("/api/v1/programs").get_json()["items"]) == 30
    assert len(client.get("/api/v1/fields").get_json()["items"]) == 25


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/courses/XX", 404),
        ("/courses?page=0", 422),
        ("/courses?per_page=9999", 422),
        ("/courses?field=XX", 404),
        ("/courses?page=9999", 200),
    ],
)
def test_the_json_door_refuses_in_json(client: FlaskClient, address: str, status: int) -> None:
    answer = client.get(f"/api/v1{address}")
    assert answer.status_code == status
    assert answer.is_json


def test_guests_share_what_was_read_a_moment_ago_and_learners_do_not(
    app: Flask,
    client: FlaskClient,
    sign_in: Callable[[FlaskClient, Any], None],
    classes: list[OpenClassCard],
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
) -> None:
    monkeypatch.setitem(app.config, "TESTING", False)
    classes.append(open_class("A"))
    assert "/classes/A" in client.get("/catalog").get_data(as_text=True)
    classes.append(open_class("B"))
    assert "/classes/B" not in client.get("/catalog").get_data(as_text=True)
    monkeypatch.setattr(hooks, "GUESTS_SEE_SECONDS", -1.0)
    assert "/classes/B" in client.get("/catalog").get_data(as_text=True)
    monkeypatch.undo()
    monkeypatch.setitem(app.config, "TESTING", False)
    user = create_user(
        email="l@test.example", name_zh="孙婷婷", roles=[Grant(Role.LEARNER)], password=None, actor=SYSTEM, now=now
    )
    sign_in(client, user)
    classes.append(open_class("C"))
    assert "/classes/C" in client.get("/catalog").get_data(as_text=True)
