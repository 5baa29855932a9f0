"""Sample data: 50 teaching sites of three types, each with its rooms."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from academy.core.db import db
from academy.core.sheets import packaged_rows
from academy.sites.models import Room, TeachingSite
from academy.sites.rules import SiteType

_HALL, _SEMINAR, _SMALL = 1.0, 0.5, 0.3  # shares of the site's largest group

# name, share of the group size, equipment; a site has as many as its size is worth
_ROOMS: dict[SiteType, tuple[tuple[str, float, tuple[str, ...]], ...]] = {
    SiteType.THEORY: (
        ("101 多媒体教室", _HALL, ("投影", "扩音", "直播")),
        ("201 研讨室", _SEMINAR, ("投影", "移动桌椅")),
        ("302 计算机室", _SEMINAR, ("计算机", "投影")),
    ),
    SiteType.PRACTICAL: (
        ("1 号实训室", _HALL, ("移动桌椅", "白板")),
        ("小组活动室", _SEMINAR, ("移动桌椅", "单向观察窗")),
        ("个案访谈室", _SMALL, ("录音", "单向观察窗")),
    ),
    SiteType.RED: (
        ("报告厅", _HALL, ("投影", "扩音")),
        ("研学教室", _SEMINAR, ("投影",)),
    ),
}


def load(*, now: datetime) -> None:
    """Load the sites and their rooms unless there are any."""
    if db.session.scalar(select(TeachingSite.id).limit(1)) is not None:
        return
    db.session.execute(insert(TeachingSite), [_site(row) for row in packaged_rows("sites.csv")])
    sites = db.session.scalars(select(TeachingSite).order_by(TeachingSite.code))
    db.session.execute(insert(Room), [room for site in sites for room in _rooms(site)])


def _site(row: dict[str, str]) -> dict[str, Any]:
    copied = ("name_zh", "site_type", "division_code", "county_zh", "city_code", "city_zh", "address_zh", "status", "batch")
    return {
        "code": row["site_code"],
        **{key: row[key] for key in copied},
        "lon": float(row["lon_approx"]),
        "lat": float(row["lat_approx"]),
        "max_group_size": int(row["max_group_size"]),
        "is_fictional": row["is_fictional"] == "1",
    }


def _rooms(site: TeachingSite) -> list[dict[str, Any]]:
    count = 1 + (site.max_group_size >= 30) + (site.max_group_size >= 60)
    return [
        {
            "site_id": site.id,
            "code": f"{site.code}-{number}",
            "name_zh": name,
            "capacity": max(int(site.max_group_size * share), 6),
            "equipment": list(equipment),
        }
        for number, (name, share, equipment) in enumerate(_ROOMS[site.site_type][:count], start=1)
    ]
