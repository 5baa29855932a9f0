"""Which statements a piece of work sends: what must not grow with the data is counted here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from academy.core.db import db


@contextmanager
def counted(*kinds: str) -> Iterator[list[str]]:
    """The statements sent inside the block; of some kinds only ("SELECT", "UPDATE") if they are given.

    Savepoints are left out: when one opens depends on the transaction that the test is rolled back with.
    """
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        text = statement.lstrip().upper()
        if text.startswith(kinds or "") and not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
            seen.append(statement)

    bound = db.session.get_bind()
    event.listen(bound, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(bound, "before_cursor_execute", note)
