"""Blueprints, and the proof that a paper met its own."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime


class Blueprint(Base):
    """A plan for papers, used again and again; what it asks for is in its versions, `version` is the number of the newest."""

    __tablename__ = "blueprint"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    title_zh: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)


class BlueprintVersion(Base):
    """What a blueprint asked for at one time. Never changed; papers pin it."""

    __tablename__ = "blueprint_version"
    __table_args__ = (
        UniqueConstraint("blueprint_id", "version"),
        CheckConstraint("minutes > 0", name="minutes_positive"),
        CheckConstraint("most_common BETWEEN 0 AND 100", name="most_common_is_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("blueprint.id"))
    version: Mapped[int]
    minutes: Mapped[int]
    cells: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    most_common: Mapped[int] = mapped_column(default=0)  # percent of a cell that two forms may share
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(120))


class PaperProof(Base):
    """A check of a paper against its blueprint at one instant: one when it was made, one each time somebody asks for it."""

    __tablename__ = "paper_proof"

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id"), index=True)
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[str] = mapped_column(String(120))
    is_met: Mapped[bool]
    found: Mapped[dict[str, Any]] = mapped_column(JSON)
