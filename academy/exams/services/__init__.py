"""Every write of exams."""

from academy.exams.services.attempts import (
    AnswerIsLate,
    AnswerIsNoOption,
    AnswerIsStale,
    AttemptIsOver,
    LearnerIsUnknown,
    Receipt,
    SittingIsNotOpen,
    save_answer,
    start_attempt,
    submit_attempt,
    time_out_overdue,
)
from academy.exams.services.bank import ensure_bank, import_questions, take_questions
from academy.exams.services.exports import NothingToExport, export_questions
from academy.exams.services.papers import BankIsTooSmall, KeyItem, assemble_paper, take_over_paper
from academy.exams.services.responses import import_responses, record_responses
from academy.exams.services.sittings import assign_candidate_numbers, cancel_sitting, close_finished_sittings, plan_sitting
from academy.exams.services.uploads import ImportIsDecided, discard_import, upload_questions, upload_responses

__all__ = [
    "AnswerIsLate",
    "AnswerIsNoOption",
    "AnswerIsStale",
    "AttemptIsOver",
    "BankIsTooSmall",
    "ImportIsDecided",
    "KeyItem",
    "LearnerIsUnknown",
    "NothingToExport",
    "Receipt",
    "SittingIsNotOpen",
    "assemble_paper",
    "assign_candidate_numbers",
    "cancel_sitting",
    "close_finished_sittings",
    "discard_import",
    "ensure_bank",
    "export_questions",
    "import_questions",
    "import_responses",
    "plan_sitting",
    "record_responses",
    "save_answer",
    "start_attempt",
    "submit_attempt",
    "take_over_paper",
    "take_questions",
    "time_out_overdue",
    "upload_questions",
    "upload_responses",
]
