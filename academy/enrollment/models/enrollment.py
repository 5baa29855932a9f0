"""Tables of enrollment: people in classes, offers from the line, quotas, documents."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from academy.core.db import Base, UtcDateTime, state_type
from academy.core.files import StoredFile
from academy.enrollment.rules import LIVE, PRIORITY_ORDINARY, DocumentKind, EnrollmentState, OfferState, Source

_IS_LIVE = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(LIVE))))
_IS_OPEN = text(f"state = '{OfferState.OPEN}'")


class Enrollment(Base):
    """A person in a class. At most one live row for a person and a class, whatever the door."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index("uq_enrollment_live", "class_id", "learner_id", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
        Index("uq_enrollment_place", "class_id", "waitlist_no", unique=True),
        Index("ix_enrollment_learner_id", "learner_id"),
        Index("ix_enrollment_quota_id", "quota_id"),
        UniqueConstraint("follows_id", name="uq_enrollment_follows"),
        CheckConstraint("state NOT IN ('waitlisted', 'offered') OR waitlist_no IS NOT NULL", name="waiting_has_number"),
        CheckConstraint("state <> 'admitted' OR admitted_at IS NOT NULL", name="admitted_has_time"),
        CheckConstraint("priority BETWEEN 1 AND 9", name="priority_usable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    state: Mapped[EnrollmentState] = mapped_column(state_type(EnrollmentState))
    waitlist_no: Mapped[int | None]  # kept after the admission: it says who was next
    priority: Mapped[int] = mapped_column(default=PRIORITY_ORDINARY, server_default=str(PRIORITY_ORDINARY))
    quota_id: Mapped[int | None] = mapped_column(ForeignKey("class_quota.id"))  # whose seat it is, or is held for
    source: Mapped[Source] = mapped_column(state_type(Source))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"))  # the one it was transferred from
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")


class Offer(Base):
    """A seat offered to somebody who waits, until an instant. Its code is the address with which she answers, once."""

    __tablename__ = "seat_offer"
    __table_args__ = (
        Index("uq_seat_offer_open", "enrollment_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_seat_offer_expires_at", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    state: Mapped[OfferState] = mapped_column(state_type(OfferState), default=OfferState.OPEN)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    enrollment: Mapped[Enrollment] = relationship(lazy="joined", innerjoin=True)


class ClassQuota(Base):
    """Seats of a class kept for an organization, a person type or both, until they are used or returned to everybody."""

    __tablename__ = "class_quota"
    __table_args__ = (
        Index(
            "uq_class_quota_group",
            "class_id",
            text("coalesce(organization_id, 0)"),
            text("coalesce(person_type_code, '')"),
            unique=True,
        ),
        CheckConstraint("taken >= 0 AND taken <= seats", name="never_exceeded"),
        CheckConstraint("organization_id IS NOT NULL OR person_type_code IS NOT NULL", name="is_for_somebody"),
        CheckConstraint("NOT is_named OR organization_id IS NOT NULL", name="a_unit_names"),
        Index("ix_class_quota_organization_id", "organization_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    person_type_code: Mapped[str | None] = mapped_column(ForeignKey("person_type.code"))
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    is_named: Mapped[bool]  # the unit names who gets them; otherwise whoever fits takes one by enrolling
    returns_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def left(self) -> int:
        """Seats that nobody has used and that have not gone back."""
        return 0 if self.returned_at else self.seats - self.taken


class ApplicationDocument(Base):
    """What somebody handed in because a rule asked for it and her record was silent. Seen by who decides, nobody else."""

    __tablename__ = "application_document"
    __table_args__ = (UniqueConstraint("enrollment_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    kind: Mapped[DocumentKind] = mapped_column(state_type(DocumentKind))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    file: Mapped[StoredFile] = relationship()
