"""The formats in which questions travel: what a file is (by its content, not its name), reading it, writing it. Pure.

Every reader gives the same: an `Entry` for each question that the file holds, taken, repaired or refused, with its line.
"""

from academy.exams.rules.formats.notation import modern_key
from academy.exams.rules.formats.reading import BankFile, BankFormat, detect, read_bank, without_repetitions
from academy.exams.rules.formats.source import FileIsDangerous, FileIsUnreadable
from academy.exams.rules.formats.table import read_question, read_question_row
from academy.exams.rules.formats.writing import FORMAT_WORDS, WrittenBank, why_not, write_bank

__all__ = [
    "FORMAT_WORDS",
    "BankFile",
    "BankFormat",
    "FileIsDangerous",
    "FileIsUnreadable",
    "WrittenBank",
    "detect",
    "modern_key",
    "read_bank",
    "read_question",
    "read_question_row",
    "why_not",
    "without_repetitions",
    "write_bank",
]
