"""Tables of exams, one subject a file."""

from academy.exams.models.attempts import Answer, AnswerEvent, Attempt, ResumeCode
from academy.exams.models.bank import (
    Material,
    MaterialVersion,
    Question,
    QuestionBank,
    QuestionPicture,
    QuestionStep,
    QuestionVersion,
)
from academy.exams.models.blueprints import Blueprint, BlueprintVersion, PaperProof
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
    "Blueprint",
    "BlueprintVersion",
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
    "Material",
    "MaterialVersion",
    "Paper",
    "PaperItem",
    "PaperProof",
    "PracticeItem",
    "PracticeRun",
    "Question",
    "QuestionBank",
    "QuestionPicture",
    "QuestionStep",
    "QuestionVersion",
    "ResumeCode",
]
