"""Tables of the sites."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime, state_type
from academy.sites.rules import SiteStatus, SiteType, TravelSource


class TeachingSite(Base):
    """A place where classes are held."""

    __tablename__ = "teaching_site"
    __table_args__ = (CheckConstraint("max_group_size > 0", name="group_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    site_type: Mapped[SiteType] = mapped_column(state_type(SiteType, 30), index=True)
    division_code: Mapped[str] = mapped_column(ForeignKey("division.code"))
    city_code: Mapped[str] = mapped_column(ForeignKey("division.code"), index=True)
    city_zh: Mapped[str] = mapped_column(String(30))
    county_zh: Mapped[str] = mapped_column(String(30))
    address_zh: Mapped[str] = mapped_column(String(160))
    lon: Mapped[float]
    lat: Mapped[float]
    max_group_size: Mapped[int]
    status: Mapped[SiteStatus] = mapped_column(state_type(SiteStatus))
    batch: Mapped[str] = mapped_column(String(7))  # the month of its naming: 2024-08
    is_fictional: Mapped[bool] = mapped_column(default=False, server_default=false())


class Room(Base):
    """A room of a site."""

    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("site_id", "name_zh"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"), index=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    capacity: Mapped[int]
    equipment: Mapped[list[str]] = mapped_column(JSON)


class OpeningHours(Base):
    """The hours of one weekday: of a site, or of one room that has hours of its own."""

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_exists"),
        CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1440", name="hours_in_order"),
        Index(
            "uq_opening_hours_site",
            "site_id",
            "weekday",
            unique=True,
            sqlite_where=text("room_id IS NULL"),
            postgresql_where=text("room_id IS NULL"),
        ),
        UniqueConstraint("room_id", "weekday"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    weekday: Mapped[int]  # ISO: Monday is 1
    opens: Mapped[int]  # minutes of the day
    closes: Mapped[int]


class Closure(Base):
    """A site (room_id none) or a room that is closed for a time, whatever its hours. Lifted, it stays with who lifted it."""

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="times_in_order"),
        Index("ix_closure_span", "site_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TravelTime(Base):
    """A time between two sites that somebody has set, the same in both directions; the others follow from coordinates."""

    __tablename__ = "travel_time"
    __table_args__ = (
        UniqueConstraint("site_id", "other_site_id"),
        CheckConstraint("site_id < other_site_id", name="pair_once"),
        CheckConstraint("minutes BETWEEN 0 AND 480", name="minutes_in_reach"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"))
    other_site_id: Mapped[int] = mapped_column(ForeignKey("teaching_site.id"), index=True)
    minutes: Mapped[int]
    source: Mapped[TravelSource] = mapped_column(state_type(TravelSource), default=TravelSource.ADJUSTED)
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    changed_by: Mapped[str] = mapped_column(String(120))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
