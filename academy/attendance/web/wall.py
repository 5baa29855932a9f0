"""What the instructor projects: a code that changes, and who has come."""

from io import BytesIO

import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from academy.attendance import queries, services
from academy.attendance.policies import can_mark
from academy.attendance.queries import CheckInOpening
from academy.attendance.rules import KIND_WORDS, CheckInKind, code_at, seconds_left
from academy.attendance.services import MARKABLE, OPENS_BEFORE
from academy.attendance.web import blueprint
from academy.config import settings
from academy.core.access import Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, Forbidden
from academy.core.text import N_, Text
from academy.timetable import queries as timetable
from academy.timetable.queries import ClassSession
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm

MARKERS = (Role.INSTRUCTOR, Role.CLASS_MANAGER, Role.ADMINISTRATOR)
QUIET = 2  # modules of white around the code; the page is white further out


def marked_session(code: str, seq: int) -> ClassSession:
    """The session, if the reader may mark it. Raises NotFound, Forbidden."""
    session = timetable.get_session(code, seq)
    if not can_mark(current_actor(), session):
        raise Forbidden
    return session


def _kind(value: str | None) -> CheckInKind:
    return CheckInKind.OUT if value == CheckInKind.OUT.value else CheckInKind.IN


@blueprint.get("/attendance/<code>/<int(max=2147483647):seq>/qr")
@allow(*MARKERS)
def wall(code: str, seq: int) -> ResponseReturnValue:
    """The page to project; without an opening, the button that opens one."""
    session = marked_session(code, seq)
    found, at = timetable.class_by_id(session.class_id), now()
    return render_template(
        "attendance/wall.html",
        session=session,
        found=found,
        may_open=found.state in MARKABLE and session.starts_at - OPENS_BEFORE <= at < session.ends_at,
        opens_at=session.starts_at - OPENS_BEFORE,
        at=at,
        is_full=request.args.get("full") == "1",
        kind_words=KIND_WORDS,
        other=CheckInKind.IN if _kind(request.args.get("kind")) is CheckInKind.OUT else CheckInKind.OUT,
        button=EmptyForm(),
        **_shown(session, _kind(request.args.get("kind"))),
    )


@blueprint.get("/attendance/<code>/<int(max=2147483647):seq>/qr/now")
@allow(*MARKERS)
def wall_now(code: str, seq: int) -> ResponseReturnValue:
    """The code as it is now: the part of the page that asks for itself every two seconds."""
    session = marked_session(code, seq)
    found = timetable.class_by_id(session.class_id)
    return render_template(
        "attendance/_wall.html", session=session, found=found, **_shown(session, _kind(request.args.get("kind")))
    )


def _shown(session: ClassSession, kind: CheckInKind) -> dict[str, object]:
    at = now()
    opening = queries.find_live_opening(session.id, kind, at)
    return {
        "kind": kind,
        "opening": opening,
        "digits": code_at(opening.secret, at) if opening else "",
        "picture": _picture(opening, code_at(opening.secret, at)) if opening else "",
        "left": seconds_left(at),
        "arrived": queries.checked_in_count(session.id, kind),
        "total": timetable.class_by_id(session.class_id).admitted_count,
    }


def _picture(opening: CheckInOpening, digits: str) -> Markup:
    """The address with the code of the moment, as inline SVG that takes the size of its box."""
    path = url_for("attendance.scan", opening=opening.code, digits=digits)
    buffer = BytesIO()
    code = segno.make(f"{settings().address}{path}", error="m", micro=False)
    look = {"border": QUIET, "dark": "#000", "light": "#fff", "svgclass": "wall__code", "lineclass": None}
    code.save(buffer, kind="svg", xmldecl=False, svgns=True, omitsize=True, **look)
    return Markup(buffer.getvalue().decode())  # noqa: S704 - drawn here, from an address made here


@blueprint.post("/attendance/<code>/<int(max=2147483647):seq>/qr/open")
@allow(*MARKERS)
def open_wall(code: str, seq: int) -> ResponseReturnValue:
    """Open check-in, or check-out."""
    session, kind = marked_session(code, seq), _kind(request.form.get("kind"))
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.open_check_in(session_id=session.id, kind=kind, actor=current_actor(), now=now())
        except DomainError as error:
            say_error(error)
    return redirect(url_for("attendance.wall", code=code, seq=seq, kind=kind.value))


@blueprint.post("/attendance/<code>/<int(max=2147483647):seq>/qr/close")
@allow(*MARKERS)
def close_wall(code: str, seq: int) -> ResponseReturnValue:
    """Close it before its time."""
    session, kind = marked_session(code, seq), _kind(request.form.get("kind"))
    if EmptyForm().validate_on_submit():
        with transaction():
            closed = services.close_check_in(session_id=session.id, kind=kind, actor=current_actor(), now=now())
        words = N_("%(kind)s已关闭。没有签到的人还没有记录。") if closed else N_("%(kind)s本来就没有开，什么都没有改动。")
        say(Text(words, kind=Text(KIND_WORDS[kind])), "ok" if closed else "wait")
    return redirect(url_for("attendance.wall", code=code, seq=seq, kind=kind.value))
