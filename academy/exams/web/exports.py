"""Taking questions out of the bank, in any format."""

from dataclasses import dataclass

from flask import Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import Text
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES
from academy.exams.rules.formats import FORMAT_WORDS, BankFormat, why_not
from academy.exams.web import blueprint
from academy.exams.web.bank import _filter
from academy.ui.flash import say_error
from academy.ui.forms import EmptyForm


@dataclass(frozen=True, slots=True)
class Choice:
    """A format, how many of the questions it carries, and which it cannot."""

    format: BankFormat
    words: str
    carried: int
    left_out: list[tuple[str, Text]]


@blueprint.route("/manage/exams/bank/export", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def export() -> ResponseReturnValue:
    """The questions of the filter: which formats carry how many of them, and then the file."""
    if EmptyForm().validate_on_submit():
        try:
            return _file()
        except DomainError as error:
            say_error(error)
            return redirect(request.full_path)
    drafts = queries.drafts(_filter())
    choices = []
    for format_ in BankFormat if drafts else ():
        reasons = [(draft.code, why_not(draft, format_)) for draft in drafts]
        left_out = [(code, why) for code, why in reasons if why is not None]
        choices.append(Choice(format_, FORMAT_WORDS[format_], len(drafts) - len(left_out), left_out))
    first = next((choice.format for choice in choices if choice.carried), None)
    return render_template("exams/export.html", choices=choices, first=first, total=len(drafts), button=EmptyForm())


def _file() -> Response:
    format_ = next((one for one in BankFormat if one.value == request.form.get("format")), None)
    if format_ is None:
        abort(400)
    with transaction():
        file = services.export_questions(filter_=_filter(), format_=format_, actor=current_actor(), now=now())
    headers = {"Content-Disposition": f'attachment; filename="questions.{file.extension}"', "Cache-Control": "no-store"}
    return Response(file.content, mimetype=file.media_type.partition(";")[0], headers=headers)
