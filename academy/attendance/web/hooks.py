"""What the domain above shows on the pages of hours: app.extensions["attendance.statements"] gives the annual statements."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import current_app

from academy.core.text import Text
from academy.people.queries import Learner


class StatementLine(NamedTuple):
    """The annual statement of a year: what there is, and where it is issued."""

    year: int
    words: Text
    sign: str  # ok: as the ledger stands; wait: the ledger has changed since; draft: none yet
    issue_href: str  # empty for whoever may only read
    download_href: str = ""
    verify_href: str = ""


def statement_lines(learner: Learner) -> Sequence[StatementLine]:
    """A person's annual statements, the latest year first; empty when nobody issues any."""
    given: Callable[[Learner], Sequence[StatementLine]] | None = current_app.extensions.get("attendance.statements")
    return given(learner) if given else ()
