"""Papers: what they hold, and making one from the bank."""

from decimal import Decimal

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, render
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES, READING_ROLES, can_edit_bank
from academy.exams.rules.blueprint import Cell
from academy.exams.rules.kinds import KIND_WORDS, QuestionKind
from academy.exams.web import blueprint
from academy.exams.web.forms import PaperForm
from academy.exams.web.imports import MAIN_BANK
from academy.ui.flash import say


@blueprint.get("/manage/exams/papers")
@allow(*READING_ROLES)
def papers() -> ResponseReturnValue:
    """Every paper."""
    return render_template("exams/papers.html", papers=queries.papers(), can_edit=can_edit_bank(current_actor()))


@blueprint.get("/manage/exams/papers/<code>")
@allow(*BANK_ROLES)
def one_paper(code: str) -> ResponseReturnValue:
    """The questions of a paper with their keys; where the key differs from the bank's it says so."""
    found = queries.get_paper(code)
    items = queries.shown_items(found.id)
    return render_template(
        "exams/one_paper.html",
        paper=found,
        items=items,
        full=sum((item.marks for item in items), Decimal(0)),
        differing=[item for item in items if item.key != item.bank_key],
        kind_words=KIND_WORDS,
        forms=queries.forms_of(found),
        kept=queries.proofs_of(found.id),
        bell=queries.first_bell(found.id),
    )


def _cells(form: PaperForm) -> tuple[Cell, ...]:
    fields = tuple(form.fields.data or ())
    wanted = ((QuestionKind.SINGLE, form.singles.data, 1), (QuestionKind.MULTIPLE, form.multiples.data, 2))
    return tuple(Cell(kind, count, Decimal(marks), fields) for kind, count, marks in wanted if count)


@blueprint.route("/manage/exams/papers/new", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def new_paper() -> ResponseReturnValue:
    """Make a paper by blueprint; a shortage is named before anything is made."""
    form = PaperForm()
    form.fields.choices = [(field.code, field.name_zh) for field in catalog.fields()]
    bank = queries.find_bank(MAIN_BANK)
    if form.validate_on_submit():
        try:
            if bank is None or not _cells(form):
                form.form_errors.append(N_("一道题也没有选，没有组卷。"))
            else:
                with transaction():
                    made = services.assemble_paper(
                        bank_id=bank.id,
                        title_zh=(form.title_zh.data or "").strip(),
                        minutes=form.minutes.data or 0,
                        cells=_cells(form),
                        actor=current_actor(),
                        now=now(),
                    )
                say(N_("卷子组好了，可以排考试。"))
                return redirect(url_for("exams.one_paper", code=made.code))
        except DomainError as error:
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
    elif not form.is_submitted():
        form.singles.data, form.multiples.data, form.minutes.data = 60, 20, 120
    return render_template("exams/new_paper.html", form=form, counts=queries.bank_counts()), 422 if form.errors else 200
