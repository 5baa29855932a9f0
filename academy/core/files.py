"""Files kept in the database, so that a file and the row that promises it commit together."""

import hashlib
from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from academy.core.codes import random_code16
from academy.core.db import Base, UtcDateTime, db
from academy.core.errors import NotFound


class StoredFile(Base):
    """Bytes with a name, a media type and their SHA-256. Never changed after it was stored."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))


def store_file(*, name: str, media_type: str, content: bytes, now: datetime) -> StoredFile:
    """Keep a file in the open transaction."""
    file = StoredFile(
        code=random_code16(),
        name=name[:255],
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created_at=now,
        content=content,
    )
    db.session.add(file)
    db.session.flush()
    return file


def get_file(file_id: int) -> StoredFile:
    """A stored file; its bytes load when `content` is read. Raises NotFound."""
    file = db.session.get(StoredFile, file_id)
    if file is None:
        raise NotFound
    return file
