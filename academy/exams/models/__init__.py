"""Tables of exams, one subject a file."""

from academy.exams.models.attempts import Answer, AnswerEvent, Attempt
from academy.exams.models.bank import Question, QuestionBank, QuestionVersion
from academy.exams.models.imports import ExamImport
from academy.exams.models.incidents import ExamAccommodation, ExamConfirmation, ExamIncident, ExamRules
from academy.exams.models.papers import Paper, PaperItem
from academy.exams.models.practice import PracticeItem, PracticeRun
from academy.exams.models.rooms import ExamInvigilator, ExamRoom, ExamSeat
from academy.exams.models.sittings import ExamCandidate, ExamSitting
from academy.exams.models.slots import ExamSlot, ExamSlotBooking, ExamSlotGroup

__all__ = [
    "Answer",
    "AnswerEvent",
    "Attempt",
    "ExamAccommodation",
    "ExamCandidate",
    "ExamConfirmation",
    "ExamImport",
    "ExamIncident",
    "ExamInvigilator",
    "ExamRoom",
    "ExamRules",
    "ExamSeat",
    "ExamSitting",
    "ExamSlot",
    "ExamSlotBooking",
    "ExamSlotGroup",
    "Paper",
    "PaperItem",
    "PracticeItem",
    "PracticeRun",
    "Question",
    "QuestionBank",
    "QuestionVersion",
]
