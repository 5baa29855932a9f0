"""Tables of certificates. Nothing here is ever deleted."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from academy.certificates.rules import BatchState, CertificateState, EventKind, Kind, RowState
from academy.core.db import Base, UtcDateTime, state_type
from academy.core.text import Text as Words


class SigningKey(Base):
    """A key of the register: the root that signs certificates of keys, or the signer of files and facts.

    The private key is encrypted at rest. A retired key stays, so that what it signed can be checked.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("role IN ('root', 'signer')", name="role_known"),
        # one of each is in use: two processes that start together agree on the same pair
        Index(
            "uq_signing_key_in_use",
            "role",
            unique=True,
            sqlite_where=text("retired_at IS NULL"),
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[list[str]] = mapped_column(JSON, default=list)  # further certificates, DER in base64
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CertificateRegister(Base):
    """The numbers of one class: the row is locked while serials are drawn.

    A serial whose file could not be made goes back to `released` and is drawn again first, so that no gap is left.
    """

    __tablename__ = "certificate_register"

    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), primary_key=True, autoincrement=False)
    last_serial: Mapped[int] = mapped_column(default=0)
    released: Mapped[list[int]] = mapped_column(JSON, default=list)


class CertificateBatch(Base):
    """The certificates of a class that one person prepared and another approves."""

    __tablename__ = "certificate_batch"
    __table_args__ = (
        CheckConstraint("approved_by_id IS NULL OR approved_by_id <> prepared_by_id", name="two_people"),
        Index(
            "uq_certificate_batch_open",
            "class_id",
            unique=True,
            sqlite_where=text("state IN ('prepared', 'issuing')"),
            postgresql_where=text("state IN ('prepared', 'issuing')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"), index=True)
    class_code: Mapped[str] = mapped_column(String(20))
    class_title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[Kind] = mapped_column(state_type(Kind))
    state: Mapped[BatchState] = mapped_column(state_type(BatchState), index=True)
    total: Mapped[int]
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    prepared_by: Mapped[str] = mapped_column(String(120))
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_by: Mapped[str] = mapped_column(String(120), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(500), default="")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("job_run.id"))


class CertificateBatchRow(Base):
    """One person of a batch. The number and the facts are drawn before the file is made and kept for a repeat."""

    __tablename__ = "certificate_batch_row"
    __table_args__ = (
        UniqueConstraint("batch_id", "learner_id"),
        UniqueConstraint("class_id", "serial"),
        # one number drawn per entitlement, whatever batch asks
        Index(
            "uq_certificate_batch_row_entitlement",
            "class_id",
            "learner_id",
            "kind",
            unique=True,
            sqlite_where=text("serial IS NOT NULL"),
            postgresql_where=text("serial IS NOT NULL"),
        ),
        Index("ix_certificate_batch_row_batch_id_state", "batch_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("certificate_batch.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    kind: Mapped[Kind] = mapped_column(state_type(Kind))
    holder_name: Mapped[str] = mapped_column(String(120))
    state: Mapped[RowState] = mapped_column(state_type(RowState))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    serial: Mapped[int | None]
    public_id: Mapped[str | None] = mapped_column(String(16), unique=True)
    facts: Mapped[str | None] = mapped_column(Text)
    drawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def problem_text(self) -> Words | None:
        """Why there is no certificate, in the reader's language when shown."""
        return Words.from_json(self.problem) if self.problem else None


class Certificate(Base):
    """An issued certificate. `facts` is the canonical JSON that was hashed, signed and printed."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("class_id", "serial"),
        Index(
            "uq_certificate_entitlement",
            "class_id",
            "learner_id",
            "kind",
            unique=True,
            sqlite_where=text("is_live"),
            postgresql_where=text("is_live"),
        ),
        CheckConstraint("state <> 'revoked' OR (revoked_at IS NOT NULL AND revoked_reason <> '')", name="revoked_with_reason"),
        CheckConstraint("(state = 'replaced') = (replaced_by_id IS NOT NULL)", name="replaced_by_another"),
        CheckConstraint("is_live = (state <> 'replaced')", name="live_unless_replaced"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    number: Mapped[str] = mapped_column(String(14), unique=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("training_class.id"))
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_batch.id"), index=True)
    kind: Mapped[Kind] = mapped_column(state_type(Kind))
    serial: Mapped[int]
    holder_name: Mapped[str] = mapped_column(String(120), index=True)
    title_zh: Mapped[str] = mapped_column(String(120))
    program_zh: Mapped[str] = mapped_column(String(200))
    state: Mapped[CertificateState] = mapped_column(state_type(CertificateState), index=True)
    is_live: Mapped[bool] = mapped_column(default=True, server_default=true())
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_reason: Mapped[str] = mapped_column(String(500), default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    event_count: Mapped[int] = mapped_column(default=1)
    last_event_digest: Mapped[str] = mapped_column(String(64))
    facts: Mapped[str] = mapped_column(Text)
    facts_sha256: Mapped[str] = mapped_column(String(64))
    facts_signature: Mapped[bytes] = mapped_column(LargeBinary)
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_key.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    file_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    signed_digest: Mapped[str] = mapped_column(String(64), unique=True)


class CertificateEvent(Base):
    """What happened to a certificate, each event chained to the one before by its digest."""

    __tablename__ = "certificate_event"
    __table_args__ = (UniqueConstraint("certificate_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    seq: Mapped[int]
    kind: Mapped[EventKind] = mapped_column(state_type(EventKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")
    digest: Mapped[str] = mapped_column(String(64))
