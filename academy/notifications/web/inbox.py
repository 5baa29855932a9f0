"""Everybody's own messages."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.text import N_
from academy.notifications import letters, queries, services
from academy.notifications.web import blueprint
from academy.ui.flash import say
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20


@blueprint.get("/inbox")
@signed_in
def inbox() -> ResponseReturnValue:
    """Messages, newest first."""
    actor = current_actor()
    page = page_of(request.args.get("page"))
    found, total = queries.inbox(actor.user_id or 0, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "notifications/inbox.html",
        messages=[(message, letters.letter_of(message)) for message in found],
        unread=queries.unread_count(actor.user_id or 0),
        total=total,
        pages=page.count(total, PER_PAGE),
        page=page,
        per_page=PER_PAGE,
        button=EmptyForm(),
    )


@blueprint.post("/inbox/<code>/open")
@signed_in
def open_message(code: str) -> ResponseReturnValue:
    """Mark a message read and go where it points."""
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("notifications.inbox"))
    with transaction():
        message = services.mark_read(code=code, actor=current_actor(), now=now())
    return redirect(letters.letter_of(message).link or url_for("notifications.inbox"))


@blueprint.post("/inbox/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark everything read."""
    if EmptyForm().validate_on_submit():
        with transaction():
            services.mark_all_read(actor=current_actor(), now=now())
        say(N_("全部标为已读。"))
    return redirect(url_for("notifications.inbox"))
