"""The hold list, and the instant of a release."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.text import N_, Text
from academy.scoring import services
from academy.scoring.policies import CONFIRMING_ROLES
from academy.scoring.web import blueprint
from academy.scoring.web.forms import HoldForm, ReleaseForm
from academy.scoring.web.shared import readable_sitting
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm


def typed_version() -> int:
    """The version that a form names; 0 for anything that is none."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0


@blueprint.post("/manage/scoring/<code>/hold")
@allow(*CONFIRMING_ROLES)
def hold(code: str) -> ResponseReturnValue:
    """Keep a person's result back."""
    found, form = readable_sitting(code), HoldForm()
    back = url_for("scoring.sitting", code=code, _anchor="h-holds")
    if not form.validate_on_submit():
        say(N_("考生号和原因都要填，没有改动。"), "lost")
        return redirect(back)
    number = (form.candidate_no.data or "").strip().upper()
    return tried(
        back,
        lambda: services.hold_result(
            sitting_id=found.id, candidate_no=number, reason=form.reason.data or "", actor=current_actor(), now=now()
        ),
        Text(N_("考生 %(number)s 的成绩暂缓发布，只有工作人员看得到。"), number=number),
    )


@blueprint.post("/manage/scoring/<code>/holds/<hold_code>/lift")
@allow(*CONFIRMING_ROLES)
def lift(code: str, hold_code: str) -> ResponseReturnValue:
    """Give a held result free."""
    found = readable_sitting(code)
    back = url_for("scoring.sitting", code=code, _anchor="h-holds")
    if not EmptyForm().validate_on_submit():
        return redirect(back)
    reason = request.form.get("reason", "")
    return tried(
        back,
        lambda: services.lift_hold(sitting_id=found.id, code=hold_code, reason=reason, actor=current_actor(), now=now()),
        N_("已解除暂缓。其他人的成绩已发布的，这份也同时发布。"),
    )


@blueprint.post("/manage/scoring/<code>/schedule")
@allow(*CONFIRMING_ROLES)
def schedule(code: str) -> ResponseReturnValue:
    """Set, move or take back the instant of the release."""
    found, form = readable_sitting(code), ReleaseForm()
    back = url_for("scoring.sitting", code=code)
    if not form.validate_on_submit():
        say(N_("发布时间读不出来，没有改动。"), "lost")
        return redirect(back)
    at = form.release_at.data
    return tried(
        back,
        lambda: services.schedule_release(
            sitting_id=found.id, version=typed_version(), release_at=at, actor=current_actor(), now=now()
        ),
        N_("到时自动发布。") if at else N_("已取消定时，等人发布。"),
    )
