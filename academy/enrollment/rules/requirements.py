"""What a class may require of a person: education, years of work, a valid qualification, a program completed before. Pure."""

from collections.abc import Callable
from datetime import date

from dateutil.relativedelta import relativedelta

from academy.core.text import N_, Text
from academy.core.verdict import Check
from academy.enrollment.rules.facts import DOCUMENT_WORDS, ApplicationFacts, DocumentKind
from academy.people.rules import EDUCATION_WORDS, HELD_LEVEL_WORDS, Education, HeldLevel

EDUCATION_ORDER = list(Education)
LEVEL_ORDER = list(HeldLevel)


def requirement_checks(facts: ApplicationFacts) -> list[Check]:
    """One check for each thing that the class requires; what it does not require is not mentioned."""
    return [found for check in _REQUIREMENTS if (found := check(facts)) is not None]


def documents_needed(facts: ApplicationFacts) -> list[DocumentKind]:
    """What the person must hand in because a rule asks and her record is silent; only where somebody looks at it."""
    if not facts.is_reviewed or facts.applicant is None:
        return []
    return [kind for kind, is_silent in _SILENT.items() if is_silent(facts)]


def _education_check(facts: ApplicationFacts) -> Check | None:
    least, person = facts.training_class.min_education, facts.applicant
    if least is None:
        return None
    record = Text(N_("本班要求%(level)s及以上"), level=Text(EDUCATION_WORDS[least]))
    if person is None:
        return Check("education", "wait", Text(N_("学历：登录后核对")), record=record)
    if person.education is None:
        return _silent(facts, DocumentKind.EDUCATION, Text(N_("学历：档案里没有登记")), record)
    shown = Text(EDUCATION_WORDS[person.education])
    if EDUCATION_ORDER.index(person.education) >= EDUCATION_ORDER.index(least):
        return Check("education", "ok", Text(N_("学历：%(level)s"), level=shown), record=record)
    say = Text(N_("学历：您登记的是%(level)s，达不到要求"), level=shown)
    return Check("education", "no", say, record=record, fix=Text(N_("学历有变化请联系教务更正档案。")))


def _years_check(facts: ApplicationFacts) -> Check | None:
    least, person = facts.training_class.min_years, facts.applicant
    if not least:
        return None
    record = Text(N_("本班要求从事社会工作满 %(years)s 年（算到开班那天）"), years=least)
    if person is None:
        return Check("years", "wait", Text(N_("工作年限：登录后核对")), record=record)
    if person.works_since is None:
        return _silent(facts, DocumentKind.YEARS, Text(N_("工作年限：档案里没有登记")), record)
    years = compute_years(person.works_since, facts.training_class.starts_on)
    if years >= least:
        return Check("years", "ok", Text(N_("工作年限：%(years)s 年"), years=years), record=record)
    return Check(
        "years",
        "no",
        Text(N_("工作年限：到开班那天满 %(years)s 年，还不够"), years=years),
        record=record,
        fix=Text(N_("%(day)s 起符合。"), day=person.works_since + relativedelta(years=least)),
    )


def _qualification_check(facts: ApplicationFacts) -> Check | None:
    least, person = facts.training_class.required_level, facts.applicant
    if least is None:
        return None
    record = Text(N_("本班要求持有%(level)s及以上资格，开班那天有效"), level=Text(HELD_LEVEL_WORDS[least]))
    if person is None:
        return Check("qualification", "wait", Text(N_("职业资格：登录后核对")), record=record)
    if LEVEL_ORDER.index(person.held_level) < LEVEL_ORDER.index(least):
        say = Text(N_("职业资格：您登记的是“%(level)s”"), level=Text(HELD_LEVEL_WORDS[person.held_level]))
        return Check("qualification", "no", say, record=record, fix=Text(N_("已取得更高资格请联系教务登记。")))
    if person.held_until is None:
        return _silent(facts, DocumentKind.QUALIFICATION, Text(N_("职业资格：档案里没有登记有效期")), record)
    if person.held_until < facts.training_class.starts_on:
        say = Text(N_("职业资格：有效到 %(day)s，开班时已过期"), day=person.held_until)
        return Check("qualification", "no", say, record=record, fix=Text(N_("再登记之后请教务更新有效期。")))
    shown = Text(HELD_LEVEL_WORDS[person.held_level])
    return Check("qualification", "ok", Text(N_("职业资格：%(level)s"), level=shown), record=record)


def _prerequisite_check(facts: ApplicationFacts) -> Check | None:
    if facts.training_class.prerequisite_program_id is None:
        return None
    record = Text(N_("本班要求先结业“%(title)s”"), title=facts.prerequisite_title)
    if facts.applicant is None:
        return Check("prerequisite", "wait", Text(N_("先修：登录后核对")), record=record)
    if facts.has_prerequisite:
        return Check("prerequisite", "ok", Text(N_("先修：已结业")), record=record)
    return Check(
        "prerequisite", "no", Text(N_("先修：还没有结业记录")), record=record, fix=Text(N_("先报那个项目的班，结业后再来。"))
    )


def _silent(facts: ApplicationFacts, kind: DocumentKind, say: Text, record: Text) -> Check:
    """The record says nothing. Where somebody looks at the application a document will do; else the record must say it."""
    shown = Text(DOCUMENT_WORDS[kind])
    if kind in facts.shown:
        return Check(kind.value, "wait", Text(N_("%(document)s：已交，等审核"), document=shown), record=record)
    if facts.is_reviewed:
        return Check(kind.value, "wait", say, record=record, fix=Text(N_("报名时上传%(document)s。"), document=shown))
    return Check(kind.value, "no", say, record=record, fix=Text(N_("请联系单位联络员或教务补登。")))


_REQUIREMENTS: tuple[Callable[[ApplicationFacts], Check | None], ...] = (
    _education_check,
    _years_check,
    _qualification_check,
    _prerequisite_check,
)


def _lacks_education(facts: ApplicationFacts) -> bool:
    person = facts.applicant
    return facts.training_class.min_education is not None and person is not None and person.education is None


def _lacks_years(facts: ApplicationFacts) -> bool:
    person = facts.applicant
    return bool(facts.training_class.min_years) and person is not None and person.works_since is None


def _lacks_term(facts: ApplicationFacts) -> bool:
    least, person = facts.training_class.required_level, facts.applicant
    if least is None or person is None or person.held_until is not None:
        return False
    return LEVEL_ORDER.index(person.held_level) >= LEVEL_ORDER.index(least)


_SILENT: dict[DocumentKind, Callable[[ApplicationFacts], bool]] = {
    DocumentKind.EDUCATION: _lacks_education,
    DocumentKind.YEARS: _lacks_years,
    DocumentKind.QUALIFICATION: _lacks_term,
}


def compute_years(since: date, day: date) -> int:
    """Whole years from one day to another; 0 when it has not begun."""
    return max(relativedelta(day, since).years, 0)
