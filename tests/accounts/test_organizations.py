from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from academy.accounts import queries, sample
from academy.accounts.services import create_user
from academy.core.access import SYSTEM, Grant, Role


@pytest.fixture(autouse=True)
def loaded(session: Session, now: datetime) -> None:
    sample.load(now=now)


def test_the_three_groups_are_counted(client: FlaskClient) -> None:
    page = client.get("/organizations").get_data(as_text=True)
    assert "168 家单位一起办学" in page
    for words, count in (("高校与研究机构", 45), ("社会组织", 63), ("用人单位", 60)):
        assert f"<span>{words}</span><b>{count}</b>" in page


def test_group_city_and_words_narrow_the_list(client: FlaskClient) -> None:
    assert "共 63 家" in client.get("/organizations?group=social").get_data(as_text=True)
    assert "滨城区蒲湖街道办事处" in client.get("/organizations?q=蒲湖&city=371600").get_data(as_text=True)
    assert "没有符合这些条件的单位" in client.get("/organizations?q=无此单位").get_data(as_text=True)


@pytest.mark.parametrize("query", ["group=x&city=1", "page=99999999999", "page=77", "q=%00%25", "q=" + "长" * 900])
def test_odd_addresses_are_answered(client: FlaskClient, query: str) -> None:
    assert client.get(f"/organizations?{query}").status_code == 200


def test_the_contact_is_for_insiders(
    client: FlaskClient, sign_in: Callable[[FlaskClient, Any], None], session: Session, now: datetime
) -> None:
    unit = queries.get_organization("WU-001")
    assert unit.contact_zh not in client.get("/organizations/WU-001").get_data(as_text=True)
    grants = [Grant(Role.ORGANIZATION_COORDINATOR, unit.id)]
    user = create_user(email="c@test.example", name_zh="王莎莎", roles=grants, password=None, actor=SYSTEM, now=now)
    sign_in(client, user)
    assert unit.contact_zh in client.get("/organizations/WU-001").get_data(as_text=True)
    other = queries.get_organization("WU-002")
    assert other.contact_zh not in client.get("/organizations/WU-002").get_data(as_text=True)


def test_an_unknown_organization_is_not_found(client: FlaskClient) -> None:
    assert client.get("/organizations/XX-999").status_code == 404
