"""The learner's own hours: what she still needs, which classes close the gap, her ledger, conversions and statements."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.attendance import queries, services
from academy.attendance.rules import (
    CONVERSION_STATE_SIGNS,
    CONVERSION_STATE_WORDS,
    SOURCE_WORDS,
    EntryKind,
    Shortfall,
    Span,
    credit_rule_on,
)
from academy.attendance.services import Claim
from academy.attendance.web import blueprint
from academy.attendance.web.hooks import statement_lines
from academy.attendance.web.hours_forms import ClaimForm
from academy.core.access import current_actor, signed_in
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_, Text, render
from academy.core.wording import hours_from_minutes, is_english
from academy.enrollment import queries as enrollment
from academy.enrollment.rules import SEATED
from academy.people import queries as people
from academy.people.queries import Learner
from academy.people.rules import HELD_LEVEL_WORDS
from academy.timetable import queries as timetable
from academy.timetable.rules import TAUGHT
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import Page, page_of

PER_PAGE = 12
MOST_CLASSES = 12


@blueprint.get("/my/hours")
@signed_in
def hours() -> ResponseReturnValue:
    """The gap first, then the classes that close it, then what has been credited."""
    learner = _learner()
    if learner is None:
        return render_template("attendance/hours.html", learner=None)
    day = today()
    standing = queries.standing_of(learner, now=now())
    cards = {card.code: card for card in timetable.open_class_cards(now=now())} if standing.suggestions else {}
    return render_template(
        "attendance/hours.html",
        standing=standing,
        cards=cards,
        rule_words=rule_words,
        year=day.year,
        this_year=queries.credited_minutes(learner.id, day.replace(month=1, day=1), day.replace(month=12, day=31)),
        level_words=HELD_LEVEL_WORDS,
        after_words=after_words,
        **_taught(learner),
        **ledger_facts(learner),
    )


def _learner() -> Learner | None:
    actor = current_actor()
    return people.find_learner_of_user(actor.user_id) if actor.user_id is not None else None


def _own_learner() -> Learner:
    learner = _learner()
    if learner is None:
        raise NotFound
    return learner


def _taught(learner: Learner) -> dict[str, object]:
    own = enrollment.enrollments_of_learner(learner.id, states=SEATED)
    classes = timetable.classes_by_ids({one.class_id for one in own})
    taught = [classes[one.class_id] for one in own if classes[one.class_id].state in TAUGHT][:MOST_CLASSES]
    return {
        "taught": taught,
        "attended": {found.id: queries.attended_minutes_of(found.id, learner.id) for found in taught},
        "planned": timetable.minutes_of_classes(found.id for found in taught),
    }


def ledger_facts(learner: Learner) -> dict[str, object]:
    """What the learner's page and the staff's page of her ledger have in common."""
    page = page_of(request.args.get("page"))
    entries, total = queries.ledger_page(learner.id, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return {
        "learner": learner,
        "entries": entries,
        "titles": queries.entry_titles(entries),
        "countered": queries.countered_ids(entry.id for entry in entries),
        "total": total,
        "page": page,
        "pages": Page.count(total, PER_PAGE),
        "per_page": PER_PAGE,
        "conversions": queries.conversions_of(learner.id),
        "conversion_names": {rule.code: rule.name_en if is_english() else rule.name_zh for rule in queries.conversion_rules()},
        "conversion_words": CONVERSION_STATE_WORDS,
        "conversion_signs": CONVERSION_STATE_SIGNS,
        "source_words": SOURCE_WORDS,
        "statements": statement_lines(learner),
        "credit_rule": credit_rule_on(today()),
        "COUNTER": EntryKind.COUNTER,
        "button": EmptyForm(),
    }


def rule_words(one: Shortfall) -> Text:
    """Which requirement a bar shows: the year, or the period."""
    if one.requirement.rule.span is Span.YEAR:
        return Text(N_("%(year)s年度（山东）"), year=one.requirement.first.year)
    return Text(N_("登记有效期（全国）"))


def after_words(one: Shortfall, minutes: int) -> Text:
    """What a class of so many counting minutes leaves of a requirement."""
    rest = one.open - minutes
    if rest > 0:
        return Text(N_("%(rule)s还差 %(hours)s"), rule=rule_words(one), hours=hours_from_minutes(rest))
    if rest < 0:
        return Text(N_("%(rule)s补齐，富余 %(hours)s"), rule=rule_words(one), hours=hours_from_minutes(-rest))
    return Text(N_("%(rule)s正好补齐"), rule=rule_words(one))


@blueprint.route("/my/hours/conversions/new", methods=["GET", "POST"])
@signed_in
def claim() -> ResponseReturnValue:
    """Apply for a conversion, with the table beside the form."""
    return claim_page(_own_learner(), url_for("attendance.hours"), is_own=True)


def claim_page(learner: Learner, back: str, *, is_own: bool) -> ResponseReturnValue:
    """The form of a claim, for the learner herself or for the staff."""
    rules = queries.conversion_rules_on(today())
    form = ClaimForm()
    form.kind.choices = [(rule.code, rule.name_en if is_english() else rule.name_zh) for rule in rules]
    status, error = (422 if form.errors else 200), None
    if form.validate_on_submit():
        try:
            with transaction():
                services.apply_for_conversion(learner_id=learner.id, claim=_claim(form), actor=current_actor(), now=now())
        except DomainError as refused:
            status, error = refused.status, " ".join(filter(None, [render(refused.text), render(refused.next_text)]))
        else:
            say(N_("已提交，审核之后会写信给您。") if is_own else N_("已登记，请另一位教务审核。"))
            return redirect(back)
    shown = render_template(
        "attendance/claim.html", form=form, rules=rules, learner=learner, back=back, is_own=is_own, error=error
    )
    return shown, 422 if form.errors else status


def _claim(form: ClaimForm) -> Claim:
    return Claim(
        kind=form.kind.data,
        title=form.title.data or "",
        units=form.units.data or 0,
        earned_on=form.earned_on.data or today(),
        evidence=form.evidence.data or "",
    )


@blueprint.post("/my/hours/conversions/<code>/withdraw")
@signed_in
def withdraw_claim(code: str) -> ResponseReturnValue:
    """Take one's application back."""
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.withdraw_conversion(code=code, actor=current_actor(), now=now())
        except DomainError as error:
            say_error(error)
        else:
            say(N_("申请已撤回。"))
    return redirect(url_for("attendance.hours"))
