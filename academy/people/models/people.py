"""Tables of people."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.sealed import SealedText
from academy.people.rules import Education, Gender, HeldLevel, InstructorKind


class Learner(Base):
    """A person who learns. The identity number is unique through its blind index; people are never deleted.

    A record that was merged into another one stays, so that its code and its identity number still lead somewhere.
    """

    __tablename__ = "learner"
    __table_args__ = (CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="merged_into_another"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    name_zh: Mapped[str] = mapped_column(String(120), index=True)
    gender: Mapped[Gender] = mapped_column(state_type(Gender))
    id_number: Mapped[str] = mapped_column(SealedText)
    id_number_index: Mapped[str] = mapped_column(String(64), unique=True)
    mobile: Mapped[str] = mapped_column(SealedText)
    mobile_index: Mapped[str] = mapped_column(String(64), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    unit_zh: Mapped[str] = mapped_column(String(120), default="")  # the work unit as written, when it is not registered
    person_type_code: Mapped[str] = mapped_column(ForeignKey("person_type.code"), index=True)
    education: Mapped[Education | None] = mapped_column(state_type(Education))
    division_code: Mapped[str | None] = mapped_column(ForeignKey("division.code"))
    works_since: Mapped[date | None]  # in social work; None: not on record
    held_level: Mapped[HeldLevel] = mapped_column(state_type(HeldLevel), default=HeldLevel.NONE)
    held_until: Mapped[date | None]  # the registration's last day; None: not on record
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id"), index=True)


class Instructor(Base):
    """A member of the instructor pool."""

    __tablename__ = "instructor"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    name_zh: Mapped[str] = mapped_column(String(120), index=True)
    gender: Mapped[Gender] = mapped_column(state_type(Gender))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    title_zh: Mapped[str] = mapped_column(String(40))
    kind: Mapped[InstructorKind] = mapped_column(state_type(InstructorKind))
    max_hours_per_week: Mapped[int]
    home_division_code: Mapped[str | None] = mapped_column(ForeignKey("division.code"))
    bio_zh: Mapped[str] = mapped_column(String(1000))
    email: Mapped[str] = mapped_column(String(254))
    fee_tier: Mapped[str] = mapped_column(String(20))

    fields: Mapped[list["InstructorField"]] = relationship(order_by="InstructorField.position", lazy="selectin")

    @property
    def field_codes(self) -> list[str]:
        """The fields that the instructor teaches, the main one first."""
        return [field.field_code for field in self.fields]


class InstructorField(Base):
    """A field that an instructor teaches."""

    __tablename__ = "instructor_field"

    instructor_id: Mapped[int] = mapped_column(ForeignKey("instructor.id"), primary_key=True)
    field_code: Mapped[str] = mapped_column(ForeignKey("field.code"), primary_key=True, index=True)
    position: Mapped[int]
