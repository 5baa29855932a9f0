"""The question bank: browse, search, one question with its versions."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import allow, current_actor
from academy.core.text import N_, Text
from academy.exams import queries
from academy.exams.policies import BANK_ROLES
from academy.exams.queries.bank import BankFilter, QuestionRow
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.rules.lifecycle import STATUS_SIGNS, STATUS_WORDS, QuestionStatus, explain_review
from academy.exams.rules.wording import Wording, find_gaps
from academy.exams.web import blueprint
from academy.exams.web.forms import BankFileForm
from academy.exams.web.review import life_words
from academy.ui.forms import EmptyForm
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
        status=next((status for status in QuestionStatus if status.value == request.args.get("status")), None),
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
        status_words=STATUS_WORDS,
        signs=STATUS_SIGNS,
        status_counts=queries.status_counts(),
        waiting=len(queries.waiting_for_review()),
        uploads=queries.imports_of(None),
        form=BankFileForm(),
    )


@blueprint.get("/manage/exams/questions/<code>")
@allow(*BANK_ROLES)
def question(code: str) -> ResponseReturnValue:
    """One question: the version in the address or the newest, its life, where it stands on papers."""
    typed = request.args.get("v", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    found = queries.get_version(code, number) if number else queries.get_question(code)
    one, version = found.question, found.wording
    wording, gaps = readable_wording(found)
    actor = current_actor()
    is_author = actor.user_id is None or version.author_id == actor.user_id
    material_ids = [version.material_version_id] if version.material_version_id else []
    return render_template(
        "exams/question.html",
        question=one,
        version=version,
        wording=wording,
        gaps=gaps,
        versions=queries.question_versions(one.id),
        steps=queries.steps_of(one.id),
        field=catalog.find_field(one.field_code or ""),
        pictures=queries.pictures_of([version.id]).get(version.id, []),
        material=queries.material_wordings(material_ids).get(version.material_version_id or 0),
        exposure=queries.exposures([one.id]).get(one.id, 0),
        papers=queries.papers_with(one.id),
        no_review=explain_review(is_author=is_author, is_reviewed=version.reviewer_id is not None, status=version.status),
        kind_words=KIND_WORDS,
        button=EmptyForm(),
        **life_words(),
    )


def readable_wording(row: QuestionRow) -> tuple[Wording | None, list[Text]]:
    """A version as the rules see it, and what it lacks; None when its parts or its key cannot be read."""
    try:
        wording = queries.wording_of(row.question, row.wording)
        return wording, find_gaps(wording)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None, [Text(N_("小题的写法读不出来"))]
