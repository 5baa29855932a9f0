"""Taking questions out of the bank."""

from datetime import datetime

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.errors import Forbidden, Invalid
from academy.core.text import N_
from academy.exams import queries
from academy.exams.policies import can_edit_bank
from academy.exams.queries.bank import BankFilter
from academy.exams.rules.formats import BankFormat, WrittenBank, write_bank


class NothingToExport(Invalid):
    """No question fits the filter, or the format carries none of them."""

    message = N_("没有可以导出的题。")


def export_questions(*, filter_: BankFilter, format_: BankFormat, actor: Actor, now: datetime) -> WrittenBank:
    """The questions of a filter as a file; those that the format cannot carry are named in it. Raises NothingToExport."""
    if not can_edit_bank(actor):
        raise Forbidden
    file = write_bank(queries.drafts(filter_), format_, now=now)
    if not file.written:
        raise NothingToExport
    after = {"format": format_.value, "questions": len(file.written), "left_out": len(file.left_out)}
    record(actor, "exams.questions_exported", f"question_bank:{format_.value}", now=now, after=after)
    return file
