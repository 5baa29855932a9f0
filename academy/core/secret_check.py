"""Whether SECRET_KEY is the one that this database's personal data was sealed with.

Under another key every page that shows sealed data would fail; one sealed word tells so before anybody meets it.
"""

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from academy.core.db import Base, db
from academy.core.sealed import SealedText

_WORD = "academy"


class SealedWord(Base):
    """The one word, sealed when the database was prepared."""

    __tablename__ = "sealed_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(SealedText)


class SecretIsAnother(RuntimeError):
    """The sealed word does not open."""


def seal_word() -> None:
    """Leave the word in the open transaction, once."""
    if db.session.scalar(select(SealedWord.id)) is None:
        db.session.add(SealedWord(word=_WORD))


def require_secret() -> None:
    """Open the word; a database that has none was never prepared. Raises SecretIsAnother."""
    try:
        db.session.scalar(select(SealedWord.word))
    except InvalidTag as error:
        raise SecretIsAnother from error
