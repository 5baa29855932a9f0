import math
import re
from datetime import datetime
from itertools import combinations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from academy.accounts import sample as accounts_sample
from academy.sites import queries, sample
from academy.sites.rules import compute_projection, spread


@pytest.fixture(autouse=True)
def loaded(session: Session, now: datetime) -> None:
    accounts_sample.load(now=now)
    sample.load(now=now)


def test_the_map_has_a_link_for_every_site_and_the_table_too(client: FlaskClient) -> None:
    page = client.get("/sites").get_data(as_text=True)
    assert "50 个教学点，在 16 个市" in page
    pictures = re.findall(r"<svg class=\"chart.*?</svg>", page, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.count('<a href="/sites/') == 50
    assert page.count('<th scope="row"><a href="/sites/') == 50
    assert "style=" not in page


def test_a_city_is_drawn_larger_with_its_counties(client: FlaskClient) -> None:
    page = client.get("/sites?city=371600").get_data(as_text=True)
    assert "滨州市有 14 个教学点" in page
    assert ">惠民县</text>" in page
    assert ">济南市</text>" not in page


def test_types_and_words_narrow_the_list(client: FlaskClient) -> None:
    assert "16 个教学点" in client.get("/sites?type=red_education").get_data(as_text=True)
    assert "1 个教学点" in client.get("/sites?q=启明").get_data(as_text=True)
    assert "没有符合这些条件的教学点" in client.get("/sites?q=无此处").get_data(as_text=True)


@pytest.mark.parametrize("query", ["city=000000", "type=x", "q=%00", "q=" + "长" * 900, "city=371600&type=red_education&q=x"])
def test_odd_addresses_are_answered(client: FlaskClient, query: str) -> None:
    assert client.get(f"/sites?{query}").status_code == 200


def test_a_site_shows_its_rooms(client: FlaskClient) -> None:
    page = client.get("/sites/TS-T-001").get_data(as_text=True)
    assert "302 计算机室" in page
    assert "滨州市的其他教学点" in page
    assert client.get("/sites/TS-X-999").status_code == 404


def test_all_sites_open(client: FlaskClient) -> None:
    assert {client.get(f"/sites/{site.code}").status_code for site in queries.sites()} == {200}


def test_the_projection_keeps_places_inside_and_north_up() -> None:
    view = compute_projection([(115.0, 34.5), (122.5, 38.0)], width=1000, margin=50)
    west, south = view.place(115.0, 34.5)
    east, north = view.place(122.5, 38.0)
    assert (west, north) == (50, 50)
    assert east == pytest.approx(950)
    assert south > north
    assert view.height == pytest.approx(south + 50)


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), max_size=25))
def test_spreading_moves_no_point_far_and_settles_the_rest(points: list[tuple[float, float]]) -> None:
    moved = spread(points, least=10)
    assert len(moved) == len(points)
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in moved)
    assert spread(points, least=10) == moved


def test_markers_of_the_sample_do_not_hide_each_other() -> None:
    sites = queries.sites()
    view = compute_projection([(site.lon, site.lat) for site in sites], width=1000, margin=64)
    before = [view.place(site.lon, site.lat) for site in sites]
    after = spread(before, least=16)
    assert min(math.dist(one, other) for one, other in combinations(after, 2)) > 15.5
    assert max(math.dist(one, other) for one, other in zip(before, after, strict=True)) < 30
