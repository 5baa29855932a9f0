"""Sample data: 50 teaching sites of three types, each with its rooms."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from academy.core.clock import TZ, today
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.sheets import packaged_rows
from academy.sites.models import Closure, OpeningHours, Room, TeachingSite, TravelTime
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

# room, first day from today, days, why; the first one meets sessions of the sample: it waits in the work list
_CLOSURES = (
    ("TS-T-006-2", 20, 7, "空调检修"),
    ("TS-T-009-2", 3, 10, "消防改造"),
)


def load(*, now: datetime) -> None:
    """Load the sites and their rooms unless there are any."""
    if db.session.scalar(select(TeachingSite.id).limit(1)) is not None:
        return
    db.session.execute(insert(TeachingSite), [_site(row) for row in packaged_rows("sites.csv")])
    sites = db.session.scalars(select(TeachingSite).order_by(TeachingSite.code))
    db.session.execute(insert(Room), [room for site in sites for room in _rooms(site)])
    _load_times(now)


def _load_times(now: datetime) -> None:
    """Opening hours of every site; a hall that is being repaired, a hill road that takes longer than the map says."""
    sites = {site.code: site for site in db.session.scalars(select(TeachingSite))}
    rooms = {room.code: room for room in db.session.scalars(select(Room))}
    db.session.execute(insert(OpeningHours), [row for site in sites.values() for row in _hours(site)])
    day = datetime.combine(today(now), time(0), tzinfo=TZ)
    for room_code, first, days, reason in _CLOSURES:
        room = rooms[room_code]
        since = day + timedelta(days=first)
        db.session.add(
            Closure(
                code=random_code16(),
                site_id=room.site_id,
                room_id=room.id,
                starts_at=since,
                ends_at=since + timedelta(days=days),
                reason=reason,
                created_by="孔延玲",
                created_at=now,
            )
        )
    one, other = sorted((sites["TS-T-001"].id, sites["TS-P-005"].id))
    db.session.add(
        TravelTime(site_id=one, other_site_id=other, minutes=50, reason="早晚高峰，按实测", changed_by="孔延玲", changed_at=now)
    )


def _hours(site: TeachingSite) -> list[dict[str, Any]]:
    """Every day from eight to six; halls of theory in the evening too, red sites not on Mondays, as museums do."""
    closes = 21 * 60 + 30 if site.site_type is SiteType.THEORY else 18 * 60
    days = range(2, 8) if site.site_type is SiteType.RED else range(1, 8)
    return [{"site_id": site.id, "room_id": None, "weekday": day, "opens": 8 * 60, "closes": closes} for day in days]


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
