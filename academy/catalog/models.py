"""Tables of the catalog."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.catalog.rules import CertificateKind, Level, Mode, panel_class
from academy.core.db import Base, UtcDateTime, state_type
from academy.core.wording import MINUTES_PER_HOUR


class Panel(Base):
    """One of the five panels of the course system."""

    __tablename__ = "panel"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]


class Field(Base):
    """One of the 25 fields, within a panel."""

    __tablename__ = "field"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    panel_code: Mapped[str] = mapped_column(ForeignKey("panel.code"), index=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    named_in_source: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def panel(self) -> str:
        """The css class of its panel."""
        return panel_class(self.code)


class Course(Base):
    """A course as it stands now; what it was before is in CourseVersion."""

    __tablename__ = "course"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    field_code: Mapped[str] = mapped_column(ForeignKey("field.code"), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    summary_zh: Mapped[str] = mapped_column(String(1000))
    level: Mapped[Level] = mapped_column(state_type(Level))
    mode: Mapped[Mode] = mapped_column(state_type(Mode))
    minutes: Mapped[int]
    objectives: Mapped[list[str]] = mapped_column(JSON)
    keywords: Mapped[list[str]] = mapped_column(JSON)
    initials: Mapped[str] = mapped_column(String(120))  # of the title, one letter for one character
    keyword_initials: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def hours(self) -> int:
        """Whole teaching hours of 45 minutes."""
        return self.minutes // MINUTES_PER_HOUR


class CourseVersion(Base):
    """What a course said before somebody changed it."""

    __tablename__ = "course_version"
    __table_args__ = (UniqueConstraint("course_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    version: Mapped[int]
    title_zh: Mapped[str] = mapped_column(String(120))
    summary_zh: Mapped[str] = mapped_column(String(1000))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_by: Mapped[str] = mapped_column(String(120))


class CoursePersonType(Base):
    """Whom a course is for."""

    __tablename__ = "course_person_type"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    person_type_code: Mapped[str] = mapped_column(ForeignKey("person_type.code"), primary_key=True)


class CoursePrerequisite(Base):
    """What should be taken before a course."""

    __tablename__ = "course_prerequisite"
    __table_args__ = (CheckConstraint("course_id <> required_id", name="not_itself"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    required_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)


class Program(Base):
    """An ordered set of courses with the rule by which one completes it and what one gets for it."""

    __tablename__ = "program"
    __table_args__ = (
        CheckConstraint("pass_mark >= 0 AND pass_mark <= 100", name="pass_mark_of_100"),
        CheckConstraint("min_attendance_pct >= 0 AND min_attendance_pct <= 100", name="attendance_of_100"),
        CheckConstraint("min_hours > 0", name="hours_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    field_code: Mapped[str] = mapped_column(ForeignKey("field.code"))  # of its first course: the spine's ink
    title_zh: Mapped[str] = mapped_column(String(120))
    summary_zh: Mapped[str] = mapped_column(String(1000))
    audience: Mapped[list[str]] = mapped_column(JSON)  # person type codes
    min_hours: Mapped[int]
    pass_mark: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    min_attendance_pct: Mapped[int]
    certificate_kind: Mapped[CertificateKind] = mapped_column(state_type(CertificateKind, 30))
    validity_months: Mapped[int | None]
    initials: Mapped[str] = mapped_column(String(120))

    courses: Mapped[list["ProgramCourse"]] = relationship(order_by="ProgramCourse.position")


class ProgramCourse(Base):
    """A course's place in a program."""

    __tablename__ = "program_course"
    __table_args__ = (UniqueConstraint("program_id", "position"),)

    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True, index=True)
    position: Mapped[int]
    is_required: Mapped[bool] = mapped_column(default=True)


class CatalogRevision(Base):
    """One row whose token is new after every write: processes compare it with the copy they hold."""

    __tablename__ = "catalog_revision"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(16))
