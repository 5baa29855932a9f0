"""Annual statements of hours: drawn, then signed, then kept as they are. Nothing here is ever deleted."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, UtcDateTime

_LIVE, _DRAWN = text("is_live"), text("file_id IS NULL")


class HoursStatementRegister(Base):
    """The numbers of one year: the row is locked while a serial is drawn."""

    __tablename__ = "hours_statement_register"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_serial: Mapped[int] = mapped_column(default=0)


class HoursStatement(Base):
    """What a person's ledger of a year said at an instant. `facts` is the canonical JSON that is signed and printed.

    Number and facts are drawn before the file is made: a death in between leaves a drawn row, which the next request
    finishes under the same number. A newer version replaces the live one; both can be checked for ever.
    """

    __tablename__ = "hours_statement"
    __table_args__ = (
        UniqueConstraint("learner_id", "year", "version"),
        Index("uq_hours_statement_live", "learner_id", "year", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("uq_hours_statement_drawn", "learner_id", "year", unique=True, sqlite_where=_DRAWN, postgresql_where=_DRAWN),
        CheckConstraint(
            "(file_id IS NULL) = (issued_at IS NULL) AND (file_id IS NULL) = (signed_digest IS NULL) AND "
            "(file_id IS NULL) = (facts_signature IS NULL)",
            name="issued_whole",
        ),
        CheckConstraint("is_live = (file_id IS NOT NULL AND replaced_by_id IS NULL)", name="live_until_replaced"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    number: Mapped[str] = mapped_column(String(14), unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id"))
    year: Mapped[int]
    version: Mapped[int]
    content_digest: Mapped[str] = mapped_column(String(64))  # of what the ledger says, without number and instant
    holder_name: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drawn_by: Mapped[str] = mapped_column(String(120))
    facts: Mapped[str] = mapped_column(Text)
    facts_sha256: Mapped[str] = mapped_column(String(64))
    is_live: Mapped[bool] = mapped_column(default=False, server_default=false())
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_on: Mapped[date]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("hours_statement.id"))
    facts_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    signing_key_id: Mapped[int | None] = mapped_column(ForeignKey("signing_key.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    file_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    signed_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
