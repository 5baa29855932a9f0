"""One's own timetable: what one learns and what one teaches, week by week, and as a feed for one's calendar."""

from datetime import timedelta

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries as accounts
from academy.config import Settings
from academy.core.access import current_actor, public, signed_in
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, in_language, render
from academy.core.wording import hours_from_minutes
from academy.enrollment import queries
from academy.enrollment.rules import SEATED
from academy.enrollment.web import blueprint
from academy.people import queries as people
from academy.people.queries import Instructor, Learner
from academy.timetable import queries as timetable
from academy.timetable import services as timetable_services
from academy.timetable.calendar import CalendarEvent, write_calendar
from academy.timetable.queries import SHOWN_TO_ALL, FeedSession, Whose
from academy.timetable.week import compute_weeks, read_week
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm


def _self(user_id: int | None) -> tuple[Learner | None, Instructor | None]:
    if user_id is None:
        return None, None
    return people.find_learner_of_user(user_id), people.find_instructor_of_user(user_id)


def _class_ids(learner: Learner | None) -> list[int]:
    own = queries.enrollments_of_learner(learner.id, states=SEATED) if learner else []
    return sorted({one.class_id for one in own})


@blueprint.get("/my/timetable")
@signed_in
def my_timetable() -> ResponseReturnValue:
    """One week of what one learns and teaches."""
    return _page()


def _page(address: str | None = None) -> str:
    """The page; `address` is shown once, when it has just been made."""
    actor = current_actor()
    learner, instructor = _self(actor.user_id)
    monday = read_week(request.args.get("week"), today())
    whose = Whose(class_ids=_class_ids(learner), instructor_id=instructor.id if instructor else None, states=SHOWN_TO_ALL)
    found = timetable.week_of_slots(whose, monday, href="/classes/{code}")
    return render_template(
        "enrollment/my_timetable.html",
        is_known=bool(learner or instructor),
        base=url_for("enrollment.my_timetable"),
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
        weeks=compute_weeks(found.held),
        count=len(found.held),
        minutes=sum(slot.minutes for slot in found.held),
        cancelled=found.cancelled,
        next_monday=found.next_monday.isoformat() if found.next_monday else None,
        feed=timetable.find_feed(actor.user_id) if actor.user_id is not None else None,
        address=address,
        button=EmptyForm(),
    )


@blueprint.post("/my/timetable/feed")
@signed_in
def create_feed() -> ResponseReturnValue:
    """A new secret address for one's calendar; the one before ends."""
    address = None
    if EmptyForm().validate_on_submit():
        with transaction():
            token = timetable_services.create_feed(actor=current_actor(), now=now())
        address = f"{_settings().address}{url_for('enrollment.feed', token=token)}"
    return _page(address)


@blueprint.post("/my/timetable/feed/revoke")
@signed_in
def revoke_feed() -> ResponseReturnValue:
    """Let one's address end."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                timetable_services.revoke_feed(actor=current_actor(), now=now())
            say(N_("订阅地址已撤销，原来的地址打不开了。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("enrollment.my_timetable"))


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


@blueprint.get("/calendar/<string(maxlength=64):token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """The sessions of whoever the secret address belongs to; an unknown or revoked one is not found."""
    user = accounts.get_user(timetable.feed_user_id(token))
    if not user.is_active:
        raise NotFound
    learner, instructor = _self(user.id)
    sessions = timetable.feed_sessions(
        class_ids=_class_ids(learner), instructor_id=instructor.id if instructor else None, now=now()
    )
    with in_language(user.locale):
        body = write_calendar([_event(one) for one in sessions], name=render(N_("我的课表")))
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = "inline; filename=timetable.ics"
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    return response.make_conditional(request)


def _event(one: FeedSession) -> CalendarEvent:
    address = _settings().address
    title = Text(N_("讲课：%(title)s"), title=one.title) if one.is_taught else one.title
    words = [
        Text(N_("%(title)s（%(code)s）"), title=one.class_title, code=one.class_code),
        Text(N_("第 %(seq)s 次课，%(hours)s 学时"), seq=one.seq, hours=hours_from_minutes(one.minutes)),
    ]
    if one.is_cancelled:
        title = Text(N_("已取消：%(title)s"), title=title)
        words += [Text(N_("原因：%(reason)s"), reason=one.reason)] if one.reason else []
    return CalendarEvent(
        uid=f"{one.class_code}-{one.seq}@{address.partition('//')[2]}",
        sequence=one.revision,
        changed_at=one.changed_at,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        title=render(title) if isinstance(title, Text) else title,
        description="\n".join(render(line) for line in words),
        location=" ".join(filter(None, [one.site, one.room, one.address])),
        url=f"{address}/classes/{one.class_code}",
        is_cancelled=one.is_cancelled,
    )
