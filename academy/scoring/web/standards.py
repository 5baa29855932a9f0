"""Setting the pass mark by judges: the records, and a new one."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, render
from academy.scoring import queries, services
from academy.scoring.policies import STAFF_READING_ROLES, can_score
from academy.scoring.rules import Standard
from academy.scoring.web import blueprint
from academy.scoring.web.forms import StandardForm
from academy.scoring.web.shared import METHODS, readable_sitting
from academy.timetable import queries as timetable
from academy.ui.flash import say

FIGURES = ("judgments", "grades", "borderline", "min_cut", "max_cut", "min_fail", "max_fail")


@blueprint.route("/manage/scoring/<code>/standards", methods=["GET", "POST"])
@allow(*STAFF_READING_ROLES)
def standards(code: str) -> ResponseReturnValue:
    """What judges said about the pass mark of a sitting, and what was made of it."""
    found, form = readable_sitting(code), StandardForm()
    if form.validate_on_submit():
        try:
            with transaction():
                made = services.record_standard(
                    sitting_id=found.id,
                    method=Standard(form.method.data),
                    panel=form.panel.data or "",
                    figures={name: form[name].data or "" for name in FIGURES},
                    note=form.note.data or "",
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            if error.status == 403:
                raise
            form.form_errors.append(" ".join(filter(None, [render(error.text), render(error.next_text)])))
        else:
            if made.cut is None:
                say(N_("已记录：这组数据没有交点，得不出合格分，没有改用别的数。"), "wait")
            else:
                say(N_("已记录。要用作合格线，再发起“改合格线”，由另一个人决定。"))
            return redirect(url_for("scoring.standards", code=code))
    return render_template(
        "scoring/standards.html",
        sitting=found,
        training_class=timetable.class_by_id(found.class_id),
        newest=queries.find_newest_list(found.id),
        records=queries.standards_of(found.id),
        form=form,
        methods=METHODS,
        can_score=can_score(current_actor()),
    ), 422 if form.errors else 200
