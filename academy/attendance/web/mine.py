"""The learner's own attendance: what stands, asking for leave, making up."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from academy.attendance import queries, services
from academy.attendance.rules import (
    LEAVE_KIND_WORDS,
    LEAVE_STATE_SIGNS,
    LEAVE_STATE_WORDS,
    LONGEST_REASON,
    MAKE_UP_SIGNS,
    MAKE_UP_WORDS,
    MARK_SIGNS,
    MARK_WORDS,
    SOURCE_WORDS,
    LeaveKind,
    may_ask_leave,
)
from academy.attendance.services.leave import ASKABLE
from academy.attendance.web import blueprint
from academy.core.access import current_actor, signed_in
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.core.wording import day_words, time_words
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.people.queries import Learner
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession, TrainingClass
from academy.timetable.rules import TAUGHT
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm, Form


class LeaveForm(Form):
    """Which sessions, what kind, why."""

    sessions = SelectMultipleField(
        _l("哪几节课"),
        [InputRequired(N_("请至少选一节。"))],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    kind = RadioField(_l("哪种假"), [InputRequired(N_("请选一种。"))], default=LeaveKind.PERSONAL.value)
    reason = TextAreaField(
        _l("原因"),
        [InputRequired(N_("请写明原因。")), Length(max=LONGEST_REASON, message=N_("最多 300 字。"))],
        description=_l("只有班主任看得到，加密保存。"),
        render_kw={"rows": 3, "maxlength": LONGEST_REASON},
    )

    def seqs(self) -> list[int]:
        """The chosen sessions' numbers; what is none is left to the service to refuse."""
        return [int(one) if one.isascii() and one.isdigit() and len(one) < 6 else -1 for one in self.sessions.data or []]


def own(code: str) -> tuple[TrainingClass, Learner]:
    """One's own class. Raises NotFound, also for classes in which one has no seat."""
    actor = current_actor()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    found = timetable.get_class(code)
    if learner is None or not enrollment.is_admitted(found.id, learner.id):
        raise NotFound
    return found, learner


@blueprint.get("/my/attendance")
@signed_in
def my_attendance() -> ResponseReturnValue:
    """One's classes with the share attended and whether one may sit the exam."""
    actor, at = current_actor(), now()
    learner = people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None
    enrolled = enrollment.enrollments_of_learner(learner.id, SEATED) if learner else []
    classes = timetable.classes_by_ids({one.class_id for one in enrolled})
    shown = [classes[one.class_id] for one in enrolled if classes[one.class_id].state in TAUGHT | ASKABLE]
    return render_template(
        "attendance/my_attendance.html",
        learner=learner,
        classes=shown,
        facts={one.id: queries.attendance_facts(one.id, learner.id) for one in shown} if learner else {},
        verdicts={one.id: queries.explain_exam_attendance(one.id, learner.id, now=at) for one in shown} if learner else {},
    )


@blueprint.get("/my/attendance/<code>")
@signed_in
def my_class(code: str) -> ResponseReturnValue:
    """Each session with its mark; what may be asked or made up; why one may sit the exam, or not."""
    found, learner = own(code)
    at = now()
    sessions = timetable.sessions_of(found.id)
    marks = queries.marks_of_learner(found.id, learner.id)
    leave = queries.live_leave(found.id, learner.id)
    requests = queries.leave_requests_of_learner(found.id, learner.id)
    return render_template(
        "attendance/my_class.html",
        found=found,
        sessions=sessions,
        marks=marks,
        histories={one.id: queries.mark_history(one.id, learner.id) for one in sessions if _is_corrected(marks, one)},
        leave=leave,
        make_ups=queries.make_ups_of_learner(learner.id),
        requests=requests,
        request_sessions=queries.sessions_of_requests(one.id for one in requests),
        askable=bool(_askable(found, learner)),
        verdict=queries.explain_exam_attendance(found.id, learner.id, now=at),
        share=queries.leave_share(found.id, learner.id),
        at=at,
        button=EmptyForm(),
        **_words(),
    )


def _is_corrected(marks: dict[int, queries.AttendanceMark], session: ClassSession) -> bool:
    return session.id in marks and marks[session.id].version > 1


def _words() -> dict[str, object]:
    return {
        "mark_words": MARK_WORDS,
        "mark_signs": MARK_SIGNS,
        "source_words": SOURCE_WORDS,
        "kind_words": LEAVE_KIND_WORDS,
        "leave_words": LEAVE_STATE_WORDS,
        "leave_signs": LEAVE_STATE_SIGNS,
        "make_up_words": MAKE_UP_WORDS,
        "make_up_signs": MAKE_UP_SIGNS,
    }


def _askable(found: TrainingClass, learner: Learner) -> list[ClassSession]:
    """The sessions for which leave may be asked now."""
    if found.state not in ASKABLE:
        return []
    at = now()
    asked = queries.live_leave(found.id, learner.id)
    marks = queries.marks_of_learner(found.id, learner.id)
    return [
        one
        for one in timetable.sessions_of(found.id)
        if one.id not in asked
        and not (one.id in marks and marks[one.id].seen_minutes)
        and may_ask_leave(one.ends_at, queries.leave_deadline_days(today(one.starts_at)), now=at)
    ]


@blueprint.route("/my/attendance/<code>/leave", methods=["GET", "POST"])
@signed_in
def ask_leave(code: str) -> ResponseReturnValue:
    """Ask for leave, seeing first what it would come to."""
    found, learner = own(code)
    form, askable = LeaveForm(), _askable(found, learner)
    form.sessions.choices = [(str(one.seq), _label(one)) for one in askable]
    form.kind.choices = [(kind.value, render(words)) for kind, words in LEAVE_KIND_WORDS.items()]
    if form.validate_on_submit():
        try:
            with transaction():
                services.ask_leave(
                    class_code=code,
                    seqs=form.seqs(),
                    kind=LeaveKind(form.kind.data),
                    reason=form.reason.data or "",
                    actor=current_actor(),
                    now=now(),
                )
            say(N_("已提交，班主任批复后您会收到通知。批准前不算请假。"), "wait")
            return redirect(url_for("attendance.my_class", code=code))
        except DomainError as error:
            form.refuse(error)
    share = queries.leave_share(found.id, learner.id)
    chosen = set(form.seqs())
    more = sum(one.minutes for one in askable if one.seq in chosen)
    page = render_template(
        "attendance/ask_leave.html",
        found=found,
        form=form,
        askable=askable,
        share=share,
        after={one.seq: share.with_more(one.minutes) for one in askable},
        chosen=share.with_more(more) if more else None,
    )
    return page, 422 if form.errors else 200


@blueprint.post("/my/attendance/<code>/leave/share")
@signed_in
def leave_after(code: str) -> ResponseReturnValue:
    """What the chosen sessions would come to, while they are being chosen. Writes nothing."""
    found, learner = own(code)
    form, askable = LeaveForm(), _askable(found, learner)
    form.sessions.choices = [(str(one.seq), _label(one)) for one in askable]
    chosen, share = set(form.seqs()), queries.leave_share(found.id, learner.id)
    more = sum(one.minutes for one in askable if one.seq in chosen)
    return render_template("attendance/_leave_after.html", share=share, chosen=share.with_more(more) if more else None)


def _label(session: ClassSession) -> str:
    when = f"{day_words(session.starts_at, weekday=True)} {time_words(session.starts_at)}"
    return render(Text(N_("第 %(seq)s 节 %(title)s，%(when)s"), seq=session.seq, title=session.title_zh, when=when))


@blueprint.post("/my/attendance/leave/<request_code>/withdraw")
@signed_in
def take_back_leave(request_code: str) -> ResponseReturnValue:
    """Take a request back."""
    asked = queries.get_leave_request(request_code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.take_back_leave(code=request_code, actor=current_actor(), now=now())
            say(N_("已撤回，照常上课。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("attendance.my_class", code=timetable.class_by_id(asked.class_id).code))


@blueprint.route("/my/attendance/<code>/<int(max=2147483647):seq>/make-up", methods=["GET", "POST"])
@signed_in
def make_up(code: str, seq: int) -> ResponseReturnValue:
    """Where a missed session can be made up; book one."""
    found, learner = own(code)
    session = timetable.get_session(code, seq)
    if EmptyForm().validate_on_submit():
        host_code, _, number = request.form.get("host", "").rpartition("/")
        host = (host_code, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else None
        try:
            with transaction():
                services.book_make_up(
                    class_code=code, seq=seq, host=host, special=request.form.get("special", "")[:16],
                    actor=current_actor(), now=now(),
                )  # fmt: skip
            say(N_("已约好。到时去上课，讲师点名后补上的学时入账，原来的考勤保留。"))
            return redirect(url_for("attendance.my_class", code=code))
        except DomainError as error:
            say_error(error)
            return redirect(url_for("attendance.make_up", code=code, seq=seq))
    mark = queries.marks_of_learner(found.id, learner.id).get(session.id)
    choices = queries.make_up_choices(session, learner.id, now=now()) if mark and mark.minutes < session.minutes else []
    return render_template(
        "attendance/make_up.html",
        found=found,
        session=session,
        mark=mark,
        choices=choices,
        classes=timetable.classes_by_ids({one.host.class_id for one in choices if one.host}),
        booked=queries.make_ups_of_learner(learner.id).get(session.id),
        button=EmptyForm(),
        **_words(),
    )


@blueprint.post("/my/attendance/make-up/<make_up_code>/cancel")
@signed_in
def cancel_make_up(make_up_code: str) -> ResponseReturnValue:
    """Give a booked make-up back."""
    booked = queries.get_make_up(make_up_code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.cancel_make_up(code=make_up_code, actor=current_actor(), now=now())
            say(N_("已取消，可以另约一场。"))
        except DomainError as error:
            say_error(error)
    session = timetable.session_by_id(booked.session_id)
    return redirect(url_for("attendance.my_class", code=timetable.class_by_id(session.class_id).code))
