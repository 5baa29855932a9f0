"""Questions of the bank as files of questions hold them."""

from academy.exams.queries.bank import BankFilter, QuestionRow, questions
from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import modern_key

MOST = 20_000


def draft_of(row: QuestionRow) -> Draft:
    """A question with its newest wording."""
    question, wording = row.question, row.wording
    return Draft(
        code=question.code,
        kind=question.kind,
        field_code=question.field_code,
        topic_zh=question.topic_zh,
        difficulty=question.difficulty,
        stem_zh=wording.stem_zh,
        options=tuple(wording.options),
        answer=modern_key(question.kind, wording.answer),
        marks=wording.marks,
        explanation_zh=wording.explanation_zh,
        sub_questions=tuple(wording.sub_questions),
        prompts=tuple(wording.prompts),
        scoring=wording.scoring,
        rubric=tuple(wording.rubric),
    )


def drafts(filter_: BankFilter) -> list[Draft]:
    """The questions of a filter by code."""
    return [draft_of(row) for row in questions(filter_, limit=MOST)[0]]
