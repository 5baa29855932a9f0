"""Tables of the sites."""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, state_type
from academy.sites.rules import SiteStatus, SiteType


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
