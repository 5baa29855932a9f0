"""Tables of exams, one subject a file."""

from academy.exams.models.attempts import Answer, AnswerEvent, Attempt, ResumeCode
from academy.exams.models.bank import Question, QuestionBank, QuestionVersion
from academy.exams.models.imports import ExamImport
from academy.exams.models.papers import Paper, PaperItem
from academy.exams.models.sittings import ExamCandidate, ExamSitting

__all__ = [
    "Answer",
    "AnswerEvent",
    "Attempt",
    "ExamCandidate",
    "ExamImport",
    "ExamSitting",
    "Paper",
    "PaperItem",
    "Question",
    "QuestionBank",
    "QuestionVersion",
    "ResumeCode",
]
