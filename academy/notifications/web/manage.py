"""The operator's view: what waits, what did not arrive, what each letter said."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.config import settings
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_
from academy.notifications import delivery, letters, queries, services, transport
from academy.notifications.models import Message
from academy.notifications.policies import MANAGERS
from academy.notifications.rules import MAY_BE_RESENT, Channel, MessageState
from academy.notifications.web import blueprint
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20

WORDS: dict[MessageState, tuple[str, str]] = {
    MessageState.PLANNED: ("draft", N_("排队")),
    MessageState.SENDING: ("run", N_("正在发")),
    MessageState.SENT: ("ok", N_("已发出")),
    MessageState.DELIVERED: ("ok", N_("已送达")),
    MessageState.BOUNCED: ("wait", N_("退回，会再试")),
    MessageState.UNKNOWN: ("lost", N_("结果不明")),
    MessageState.NOT_REACHED: ("lost", N_("未送达")),
}
GROUPS: dict[str, tuple[str, tuple[MessageState, ...]]] = {
    "": (N_("全部"), ()),
    "lost": (N_("要人处理"), (MessageState.NOT_REACHED, MessageState.UNKNOWN)),
    "queue": (N_("排队"), (MessageState.PLANNED, MessageState.SENDING)),
    "later": (N_("会再试"), (MessageState.BOUNCED,)),
    "sent": (N_("已发出"), (MessageState.SENT, MessageState.DELIVERED)),
}


@blueprint.get("/manage/messages")
@allow(*MANAGERS)
def manage() -> ResponseReturnValue:
    """E-mails by state, with a search."""
    group = request.args.get("group", "")
    group = group if group in GROUPS else ""
    search = request.args.get("q", "").replace("\0", "").strip()[:80]
    page = page_of(request.args.get("page"))
    wanted = queries.QueueFilter(GROUPS[group][1], search)
    found, total = queries.emails(wanted, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "notifications/manage.html",
        rows=[(message, letters.letter_of(message)) for message in found],
        groups=_tally(),
        group=group,
        search=search,
        total=total,
        pages=page.count(total, PER_PAGE),
        page=page,
        per_page=PER_PAGE,
        words=WORDS,
        folder=None if settings().mail_url else settings().mail_dir.name,
    )


def _tally() -> list[tuple[str, str, int]]:
    counts = queries.email_counts()
    return [
        (key, words, sum(n for state, n in counts.items() if not states or state in states))
        for key, (words, states) in GROUPS.items()
    ]


def _email(code: str) -> Message:
    message = queries.get_message(code)
    if message.channel is not Channel.EMAIL:
        raise NotFound
    return message


@blueprint.get("/manage/messages/<code>")
@allow(*MANAGERS)
def message(code: str) -> ResponseReturnValue:
    """One e-mail: what it says, what happened to it, what can be done."""
    found = _email(code)
    return render_template(
        "notifications/message.html",
        message=found,
        envelope=None if found.is_one_time else delivery.envelope_of(found, found.planned_at),
        events=queries.events_of(found.id),
        may_resend=found.state in MAY_BE_RESENT,
        words=WORDS,
        file=transport.eml_path(settings().mail_dir, found.code).name if not settings().mail_url else None,
        button=EmptyForm(),
    )


@blueprint.get("/manage/messages/<code>.eml")
@allow(*MANAGERS)
def eml(code: str) -> ResponseReturnValue:
    """The e-mail as a file. Letters with a one-time address have none."""
    found = _email(code)
    if found.is_one_time or not found.email:
        raise NotFound
    mail = transport.compose(delivery.envelope_of(found, found.planned_at), delivery.post())
    headers = {"Content-Disposition": f'attachment; filename="{found.code}.eml"'}
    return Response(mail.as_bytes(), mimetype="message/rfc822", headers=headers)


@blueprint.post("/manage/messages/<code>/resend")
@allow(*MANAGERS)
def resend(code: str) -> ResponseReturnValue:
    """Send an e-mail again."""
    return _act(code, services.resend, N_("已重新排队，稍后刷新看结果。"))


@blueprint.post("/manage/messages/<code>/reached")
@allow(*MANAGERS)
def reached(code: str) -> ResponseReturnValue:
    """The person has been told in another way."""
    return _act(code, services.mark_reached, N_("已记下：本人已经知道。"))


def _act(code: str, service: Callable[..., Message], words: str) -> ResponseReturnValue:
    if EmptyForm().validate_on_submit():
        moment: datetime = now()
        try:
            with transaction():
                service(code=code, actor=current_actor(), now=moment)
            say(words)
        except DomainError as error:
            say_error(error)
    return redirect(url_for("notifications.message", code=code))
