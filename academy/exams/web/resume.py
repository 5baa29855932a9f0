"""Another machine: the candidate's page for the code, and the desk of whoever invigilates."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.extensions import limiter
from academy.core.text import N_, Text
from academy.exams import queries, services
from academy.exams.models import ExamSitting
from academy.exams.policies import INVIGILATING_ROLES, SITTING_ROLES, can_manage_sittings
from academy.exams.rules.devices import CODE_LIFE, device_mark, may_write, spoken
from academy.exams.rules.kinds import FINISHED
from academy.exams.web import blueprint
from academy.exams.web.device import device, new_secret, with_secret
from academy.exams.web.forms import REQUIRED
from academy.exams.web.paper import own_attempt
from academy.people import queries as people
from academy.ui.flash import say, say_error, tried
from academy.ui.forms import EmptyForm, Form, clean_text

MINUTES = int(CODE_LIFE.total_seconds() // 60)


class CodeForm(Form):
    """A code that was read out."""

    code = StringField(_l("换机码（8 位数字）"), validators=[InputRequired(REQUIRED), Length(max=40)])


class IssueForm(Form):
    """Why somebody changes machines."""

    reason = StringField(_l("原因"), validators=[InputRequired(REQUIRED), Length(max=200), clean_text])


def _person() -> str:
    return f"user:{current_actor().user_id}"


@blueprint.route("/exams/attempts/<code>/resume", methods=["GET", "POST"])
@allow(Role.LEARNER)
@limiter.limit("30 per minute", key_func=_person, methods=["POST"])
def resume(code: str) -> ResponseReturnValue:
    """Go on at this machine with the invigilator's code."""
    view, form = own_attempt(code), CodeForm()
    if view.attempt.state in FINISHED:
        return redirect(url_for("exams.hand_in", code=code))
    if view.attempt.device and may_write(view.attempt.device, device()):
        return redirect(url_for("exams.paper", code=code))
    if form.validate_on_submit():
        secret = new_secret()
        try:
            with transaction():
                bound = services.resume_attempt(
                    code=code, typed=form.code.data or "", device=device_mark(secret), actor=current_actor(), now=now()
                )
        except services.AttemptHasEnded as error:
            say_error(error)
            return redirect(url_for("exams.hand_in", code=code))
        if bound is not None:
            return with_secret(redirect(url_for("exams.paper", code=code)), secret)
        form.code.errors = [N_("这个换机码不对，或者已经过期、用过。请向监考人员再要一个。")]
    page = render_template("exams/resume.html", attempt=view.attempt, sitting=view.sitting, form=form, minutes=MINUTES)
    return page, 422 if form.errors else 200


def _watched(code: str) -> ExamSitting:
    """A sitting that the reader watches over; to other instructors it does not exist."""
    sitting = queries.get_sitting(code)
    if not queries.may_watch(current_actor(), sitting):
        raise NotFound
    return sitting


@blueprint.get("/manage/exams/<code>/desk")
@allow(*INVIGILATING_ROLES)
def desk(code: str) -> ResponseReturnValue:
    """Who is writing, codes for another machine, and the order of the questions."""
    sitting, at = _watched(code), now()
    watched = queries.watched_attempts(sitting.id, now=at)
    given = queries.resume_codes_of(sitting.id)
    ids = {one.attempt.learner_id for one in watched} | {attempt.learner_id for attempt, _ in given}
    return render_template(
        "exams/desk.html",
        sitting=sitting,
        watched=watched,
        given=given,
        learners=people.learners_by_ids(list(ids)),
        begun=sum(queries.tally(sitting.id).values()),
        can_manage=can_manage_sittings(current_actor()),
        minutes=MINUTES,
        form=IssueForm(),
        button=EmptyForm(),
        now=at,
    )


@blueprint.post("/manage/exams/<code>/desk/<attempt>")
@allow(*INVIGILATING_ROLES)
def issue_code(code: str, attempt: str) -> ResponseReturnValue:
    """Give out a code; it is shown once, on the next page."""
    sitting, view, form = _watched(code), queries.find_attempt_by_code(attempt), IssueForm()
    if view is None or view.sitting.id != sitting.id:
        raise NotFound
    if not form.validate_on_submit():
        say(N_("没有发换机码：请写明换机的原因，不超过 200 字。"), "lost")
        return redirect(url_for("exams.desk", code=code))
    try:
        with transaction():
            issued = services.issue_resume_code(code=attempt, reason=form.reason.data or "", actor=current_actor(), now=now())
    except DomainError as error:
        say_error(error)
        return redirect(url_for("exams.desk", code=code))
    words = N_("考生 %(number)s 的换机码：%(code)s。只能用一次，%(minutes)s 分钟内有效，只在这里显示一次。")
    say(Text(words, number=view.attempt.candidate_no, code=spoken(issued), minutes=MINUTES))
    return redirect(url_for("exams.desk", code=code))


@blueprint.post("/manage/exams/<code>/order/<any(shuffled, printed):order>")
@allow(*SITTING_ROLES)
def set_order(code: str, order: str) -> ResponseReturnValue:
    """Whether every candidate has an order of her own."""
    sitting = queries.get_sitting(code)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("exams.desk", code=code))
    return tried(
        url_for("exams.desk", code=code),
        lambda: services.set_shuffling(
            sitting_id=sitting.id, is_shuffled=order == "shuffled", actor=current_actor(), now=now()
        ),
        N_("已改：每位考生的题目和选项次序不同。") if order == "shuffled" else N_("已改：所有考生都按卷面次序。"),
    )
