"""A second person's work list, what is done with one version, questions that are like each other, pictures."""

from collections.abc import Callable
from io import BytesIO

from flask import Response, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from academy.core.access import allow, current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES, can_edit_bank
from academy.exams.rules.key_words import key_lines
from academy.exams.rules.kinds import KIND_WORDS
from academy.exams.rules.lifecycle import MOVE_WORDS, STATUS_SIGNS, STATUS_WORDS
from academy.exams.web import blueprint
from academy.exams.web.imports import MAIN_BANK
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

SHOWN = 50
PAIRS_PER_PAGE = 20


@blueprint.get("/manage/exams/review")
@allow(*BANK_ROLES)
def review() -> ResponseReturnValue:
    """What waits for a second person or for being put into use, and what is in use though nobody has looked at it."""
    unreviewed, total = queries.unreviewed_in_use(limit=SHOWN)
    return render_template(
        "exams/review.html",
        waiting=queries.waiting_for_review(),
        unreviewed=unreviewed,
        total=total,
        me=current_actor(),
        form=EmptyForm(),
        kind_words=KIND_WORDS,
        status_words=STATUS_WORDS,
        signs=STATUS_SIGNS,
    )


@blueprint.post("/manage/exams/review")
@allow(*BANK_ROLES)
def review_chosen() -> ResponseReturnValue:
    """Several versions at once: each is reviewed, or it is said why not."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    chosen = [one.rpartition("@") for one in request.form.getlist("version")[:SHOWN]]
    versions = [(code, int(number)) for code, _, number in chosen if number.isascii() and number.isdigit() and len(number) < 6]
    with transaction():
        done, refused = services.review_many(versions=versions, actor=current_actor(), now=now())
    say(Text(N_("审过 %(done)s 道，%(refused)s 道没有审。"), done=done, refused=len(refused)), "wait" if refused else "ok")
    for one in refused[:3]:
        say(render(one), "lost")
    return redirect(url_for("exams.review"))


@blueprint.post("/manage/exams/questions/<code>/<int:version>/<move>")
@allow(*BANK_ROLES)
def move_question(code: str, version: int, move: str) -> ResponseReturnValue:
    """Review, return, put into use or retire."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    actor, at, note = current_actor(), now(), request.form.get("note", "").replace("\x00", "")[:1000]
    moves: dict[str, tuple[Callable[[], object], str]] = {
        "review": (
            lambda: services.review_question(code=code, version=version, actor=actor, now=at, note=note),
            N_("审过了。启用之后，卷子才会用它。"),
        ),
        "return": (
            lambda: services.return_question(code=code, version=version, actor=actor, now=at, note=note),
            N_("退回给作者了，原因写在历史里。"),
        ),
        "use": (
            lambda: services.use_question(code=code, version=version, actor=actor, now=at),
            N_("启用了，新组的卷子会用这一版。"),
        ),
        "retire": (
            lambda: services.retire_question(code=code, actor=actor, now=at, note=note),
            N_("停用了。已经组好的卷子不受影响。"),
        ),
    }
    if move not in moves:
        abort(404)
    work, done = moves[move]
    return tried(url_for("exams.question", code=code), work, done)


@blueprint.get("/manage/exams/likes")
@allow(*BANK_ROLES)
def likes() -> ResponseReturnValue:
    """Pairs of questions that are like each other."""
    bank = queries.find_bank(MAIN_BANK)
    pairs = queries.like_pairs(bank.id) if bank else []
    page = page_of(request.args.get("page"))
    first = page.offset(PAIRS_PER_PAGE)
    return render_template(
        "exams/likes.html",
        pairs=pairs[first : first + PAIRS_PER_PAGE],
        total=len(pairs),
        page=page,
        pages=page.count(len(pairs), PAIRS_PER_PAGE),
        per_page=PAIRS_PER_PAGE,
        kind_words=KIND_WORDS,
    )


@blueprint.get("/exams/pictures/<code>")
@signed_in
def picture(code: str) -> Response:
    """A picture of a question, for who edits the bank and for who sits a paper with it."""
    actor = current_actor()
    file = queries.picture_file(code, user_id=actor.user_id, may_see_bank=can_edit_bank(actor))
    answer = send_file(BytesIO(file.content), mimetype=file.media_type, max_age=3600, etag=file.sha256)
    answer.cache_control.private = True
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.context_processor
def _key_words() -> dict[str, object]:
    return {"key_lines": key_lines}


def life_words() -> dict[str, object]:
    """The words of a question's life, for its page."""
    return {"status_words": STATUS_WORDS, "signs": STATUS_SIGNS, "move_words": MOVE_WORDS}
