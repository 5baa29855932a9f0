"""The formats in which questions travel: what a file is (by its content, not its name), reading it, writing it. Pure.

Every reader gives the same: an `Entry` for each question that the file holds, taken, repaired or refused, with its line.
"""

from academy.exams.rules.formats.reading import BankFile, BankFormat, detect, read_bank
from academy.exams.rules.formats.source import FileIsDangerous, FileIsUnreadable
from academy.exams.rules.formats.table import read_question, read_row
from academy.exams.rules.formats.writing import FORMAT_WORDS, WrittenBank, can_carry, write_bank

__all__ = [
    "FORMAT_WORDS",
    "BankFile",
    "BankFormat",
    "FileIsDangerous",
    "FileIsUnreadable",
    "WrittenBank",
    "can_carry",
    "detect",
    "read_bank",
    "read_question",
    "read_row",
    "write_bank",
]
