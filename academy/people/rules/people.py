"""Pure decisions about people: identity numbers, names, mobile numbers. No database, no clock, no Flask."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Literal

from academy.core.text import N_


class Gender(StrEnum):
    """As registered."""

    FEMALE = "female"
    MALE = "male"


class Education(StrEnum):
    """The highest education completed."""

    SENIOR_HIGH = "senior_high"
    COLLEGE = "college"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTOR = "doctor"


class HeldLevel(StrEnum):
    """The national qualification that a person holds: recorded here, issued by the state."""

    NONE = "none"
    JUNIOR = "junior"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"


class InstructorKind(StrEnum):
    """Where an instructor comes from."""

    EXPERT = "expert"
    PRACTITIONER = "practitioner"
    PARTY_SCHOOL = "party_school"
    STUDENT_MENTOR = "student_mentor"


GENDER_WORDS = {Gender.FEMALE: N_("女"), Gender.MALE: N_("男")}
EDUCATION_WORDS = {
    Education.SENIOR_HIGH: N_("高中或中专"),
    Education.COLLEGE: N_("大专"),
    Education.BACHELOR: N_("本科"),
    Education.MASTER: N_("硕士"),
    Education.DOCTOR: N_("博士"),
}
HELD_LEVEL_WORDS = {
    HeldLevel.NONE: N_("无"),
    HeldLevel.JUNIOR: N_("助理社会工作师"),
    HeldLevel.INTERMEDIATE: N_("社会工作师"),
    HeldLevel.SENIOR: N_("高级社会工作师"),
}
INSTRUCTOR_KIND_WORDS = {
    InstructorKind.EXPERT: N_("专家学者"),
    InstructorKind.PRACTITIONER: N_("一线实务"),
    InstructorKind.PARTY_SCHOOL: N_("党校教员"),
    InstructorKind.STUDENT_MENTOR: N_("带教导师"),
}
FEE_TIER_WORDS = {
    "national_expert": N_("院士、全国知名专家"),
    "full_senior": N_("正高级"),
    "associate_senior": N_("副高级"),
    "intermediate": N_("中级及以下"),
}

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

IdProblem = Literal["id_format", "id_bad_date", "id_bad_checksum"]
MobileProblem = Literal["mobile_length", "mobile_format"]


def id_number_problem(value: str) -> IdProblem | None:
    """What is wrong with a resident identity number: form, date of birth, check character (GB 11643-1999).

    The county code is not looked up: it need not exist today, nor have existed in any one list. A lower-case x is read as X.
    """
    number = value.upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return "id_format"
    if birth_date(number) is None:
        return "id_bad_date"
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return None if _ID_CHECKS[total % 11] == number[17] else "id_bad_checksum"


def birth_date(id_number: str) -> date | None:
    """The date of birth in an identity number, None when there is no such day."""
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None


def gender_of(id_number: str) -> Gender:
    """The gender in an identity number: its 17th digit is odd for men (GB 11643-1999)."""
    return Gender.MALE if int(id_number[16]) % 2 else Gender.FEMALE


def is_valid_uscc(value: str) -> bool:
    """Whether a unified social credit code has the right form and check character (GB 32100-2015).

    The first two characters may be any of the registration departments' codes (1, 5, 9, A, N, Y …).
    """
    code = value.upper()
    if len(code) != 18 or not re.fullmatch(r"[0-9A-Z]{2}[0-9]{6}[0-9A-Z]{10}", code) or set(code) - set(_USCC_ALPHABET):
        return False
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(code, _USCC_WEIGHTS, strict=False))
    return _USCC_ALPHABET[-total % 31] == code[17]


def mobile_problem(value: str) -> MobileProblem | None:
    """What is wrong with a mainland mobile number; by form only, number ranges change too often."""
    if not re.fullmatch(r"[0-9]{11}", value):
        return "mobile_length" if value.isascii() and value.isdigit() else "mobile_format"
    return None if re.fullmatch(r"1[3-9][0-9]{9}", value) else "mobile_format"


def tidy(value: str) -> str:
    """Half-width letters and digits, no blanks around."""
    return unicodedata.normalize("NFKC", value).strip()


def tidy_name(value: str) -> str:
    """A name without blanks around; the dot between parts of a name in its one form (U+00B7)."""
    return re.sub(r"[•・∙‧．]", "·", re.sub(r"\s+", " ", value)).strip()


def has_emoji(name: str) -> bool:
    """Whether a name holds pictures: symbols, their selectors and joiners. Han characters of every extension are letters."""
    return any(unicodedata.category(char) in {"So", "Sk", "Cs", "Co", "Cn", "Cf"} for char in name)


def is_name(name: str) -> bool:
    """Whether a text can be a person's name: letters of any script, blanks, the dot, a hyphen or an apostrophe."""
    return bool(name) and all(unicodedata.category(char)[0] in "LM" or char in " ·-'’." for char in name)


def rare_characters(name: str) -> str:
    """The Han characters of a name outside the basic block: they are valid, but fonts may lack them."""
    return "".join(char for char in name if unicodedata.category(char) == "Lo" and not "\u4e00" <= char <= "\u9fff")
