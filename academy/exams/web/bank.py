"""The question bank: browse, search, one question with its versions."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import allow
from academy.exams import queries
from academy.exams.policies import BANK_ROLES
from academy.exams.queries.bank import BankFilter
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.web import blueprint
from academy.exams.web.forms import BankFileForm
from academy.ui.paging import page_of

PER_PAGE = 20


def _filter() -> BankFilter:
    difficulty = request.args.get("difficulty", "")
    return BankFilter(
        search=request.args.get("q", "")[:80],
        kind=next((kind for kind in QuestionKind if kind.value == request.args.get("kind")), None),
        field_code=request.args.get("field", "")[:8],
        topic=request.args.get("topic", "")[:80],
        difficulty=int(difficulty) if difficulty in {"1", "2", "3", "4", "5"} else None,
    )


@blueprint.get("/manage/exams/bank")
@allow(*BANK_ROLES)
def bank() -> ResponseReturnValue:
    """Questions by kind, field, topic, difficulty and words."""
    filter_, page = _filter(), page_of(request.args.get("page"))
    found, total = queries.questions(filter_, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "exams/bank.html",
        rows=found,
        total=total,
        page=page,
        pages=page.count(total, PER_PAGE),
        per_page=PER_PAGE,
        filter=filter_,
        counts=queries.bank_counts(),
        fields={field.code: field for field in catalog.fields()},
        topics=queries.topics(),
        kind_words=KIND_WORDS,
        uploads=queries.imports_of(None),
        form=BankFileForm(),
    )


@blueprint.get("/manage/exams/questions/<code>")
@allow(*BANK_ROLES)
def question(code: str) -> ResponseReturnValue:
    """One question with every version."""
    found = queries.get_question(code)
    return render_template(
        "exams/question.html",
        question=found.question,
        wording=found.wording,
        versions=queries.question_versions(found.question.id),
        field=catalog.find_field(found.question.field_code or ""),
        kind_words=KIND_WORDS,
    )
