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
from academy.exams.models.papers import Paper, PaperItem
from academy.exams.models.sittings import ExamCandidate, ExamSitting

__all__ = [
    "Answer",
    "AnswerEvent",
    "Attempt",
    "Blueprint",
    "BlueprintVersion",
    "ExamCandidate",
    "ExamImport",
    "ExamSitting",
    "Material",
    "MaterialVersion",
    "Paper",
    "PaperItem",
    "PaperProof",
    "Question",
    "QuestionBank",
    "QuestionPicture",
    "QuestionStep",
    "QuestionVersion",
    "ResumeCode",
]
