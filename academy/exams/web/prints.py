"""A paper as a candidate sees it, and as PDF: the paper, and the key for whoever marks."""

from datetime import datetime
from io import BytesIO

from flask import abort, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import TZ, now
from academy.core.documents import render_pdf
from academy.core.errors import DomainError
from academy.core.text import in_language
from academy.exams import queries
from academy.exams.policies import BANK_ROLES
from academy.exams.rules.kinds import KIND_WORDS
from academy.exams.web import blueprint
from academy.ui.flash import say_error

CHINESE = "zh_Hans_CN"


@blueprint.get("/manage/exams/papers/<code>/preview")
@allow(*BANK_ROLES)
def preview_paper(code: str) -> ResponseReturnValue:
    """The paper without its key."""
    paper = queries.get_paper(code)
    items = queries.shown_items(paper.id)
    return render_template(
        "exams/preview_paper.html",
        paper=paper,
        items=items,
        full=sum(item.marks for item in items),
        kind_words=KIND_WORDS,
    )


@blueprint.get("/manage/exams/papers/<code>/<what>.pdf")
@allow(*BANK_ROLES)
def print_paper(code: str, what: str) -> ResponseReturnValue:
    """The paper or its key as PDF; printed Chinese, whoever asks."""
    if what not in {"paper", "key"}:
        abort(404)
    paper = queries.get_paper(code)
    with in_language(CHINESE):
        facts = queries.print_facts(paper, printed_at=_written(now()), printed_by=current_actor().name, with_key=what == "key")
    try:
        content = render_pdf(template="exam_paper" if what == "paper" else "answer_key", facts=facts, stamp=now())
    except DomainError as error:
        say_error(error)
        return redirect(url_for("exams.one_paper", code=code))
    name = f"{paper.title_zh} {'试卷' if what == 'paper' else '答案'}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name, as_attachment=True, max_age=0)


def _written(at: datetime) -> str:
    return f"{at.astimezone(TZ):%Y-%m-%d %H:%M}"
