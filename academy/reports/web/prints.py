"""What is printed for a class: the page that lists the forms, each form as a file, the whole pack, the list of the file."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from academy.core.access import Role, access_rule, allow, current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import Forbidden, Invalid, NotFound
from academy.core.text import N_, Text
from academy.enrollment import queries as enrollment
from academy.people import queries as people
from academy.reports.prints import archive, making, records, services
from academy.reports.prints.access import find_own, readers_of, require
from academy.reports.prints.archive_read import read_evidence
from academy.reports.prints.dossier import Dossier, read_dossier
from academy.reports.prints.facts_common import Options
from academy.reports.prints.forms import (
    BY_SLUG,
    MOST_SIGNATURES,
    OF_ONE_PERSON,
    STAGE_WORDS,
    Form,
    Holdings,
    Numbers,
    Reader,
    Stage,
    explain_missing,
    printable_by,
)
from academy.reports.prints.layout import ORDER_WORDS, SeatOrder, by_half_day
from academy.reports.web import blueprint
from academy.timetable import queries as timetable
from academy.timetable.queries import TrainingClass
from academy.ui.forms import EmptyForm

STAFF = (Role.ADMINISTRATOR, Role.CLASS_MANAGER)
LOOKERS = (*STAFF, Role.CERTIFICATE_OFFICER, Role.AUDITOR, Role.INSTRUCTOR)


class PersonIsNotGiven(Invalid):
    """A form for one person, and nobody named."""

    message = N_("这张表是给一个人的，请先选是谁。")


@dataclass(frozen=True, slots=True)
class Shown:
    """A form as the page lists it."""

    form: Form
    reason: Text | None
    parts: int
    people: int

    @property
    def asks_purpose(self) -> bool:
        """Whether it is printed only with a purpose."""
        return self.form.names_people and services.needs_purpose(self.people)


def _seen(code: str) -> tuple[TrainingClass, frozenset[Reader]]:
    """A class and how the reader stands to it. Raises NotFound for outsiders."""
    found = timetable.get_class(code)
    readers = readers_of(current_actor(), found)
    if not readers:
        raise NotFound
    return found, readers


@blueprint.get("/manage/classes/<code>/prints")
@allow(*LOOKERS)
def class_prints(code: str) -> ResponseReturnValue:
    """The forms of a class by stage: what each is made from, and why one cannot be printed yet."""
    found, readers = _seen(code)
    held = records.holdings(found)
    dossier = read_dossier(found, printed_by=current_actor().name, now=now())
    shown = [_shown(form, held) for form in printable_by(readers)]
    halves = [half for half, _ in by_half_day(dossier.sessions)]
    may_unmask = Reader.STAFF in readers
    return render_template(
        "reports/prints.html",
        found=found,
        shown=shown,
        by_stage=[(stage, [one for one in shown if one.form.stage is stage]) for stage in Stage],
        stage_words=STAGE_WORDS,
        held=held,
        dossier=dossier,
        halves=halves,
        one_half_a_time=len(halves) * len(dossier.people) > MOST_SIGNATURES,
        orders=ORDER_WORDS,
        unmasked=[one for one in shown if may_unmask and one.form.numbers is not Numbers.NONE and one.reason is None],
        asks_purpose=any(one.asks_purpose for one in shown),
        of_one_person=OF_ONE_PERSON,
        gaps=_gaps(dossier),
        is_staff=may_unmask,
        sees_archive=not readers.isdisjoint({Reader.STAFF, Reader.REVIEWER}),
        button=EmptyForm(),
    )


def _shown(form: Form, held: Holdings) -> Shown:
    people = held.applications if form.slug in ("application", "eligibility") else held.people
    return Shown(form, explain_missing(form, held), making.parts_of(form, people), people)


def _gaps(dossier: Dossier) -> list[Text]:
    """Whose name or unit holds a character that no font has."""
    return [gap.said for gap in making.gaps_of_people(dossier)]


@blueprint.get("/classes/<code>/prints/<slug>.pdf")
@signed_in
def print_form(code: str, slug: str) -> ResponseReturnValue:
    """A form with masked numbers. A list of very many people asks for a purpose first."""
    found, form, readers = _allowed(code, slug)
    options = _options(form, found, readers)
    moment = now()
    held = records.holdings(found)
    if form.names_people and options.learner_id is None and services.needs_purpose(max(held.people, held.applications)):
        raise services.PurposeIsNeeded
    return _file(form, found, options, held, _dossier(found, moment))


@blueprint.post("/classes/<code>/prints/<slug>.pdf")
@signed_in
def print_form_with_purpose(code: str, slug: str) -> ResponseReturnValue:
    """A form with its purpose written down; for staff, with numbers in full if asked for."""
    found, form, readers = _allowed(code, slug)
    in_full = bool(request.form.get("in_full")) and form.numbers is not Numbers.NONE
    if in_full and Reader.STAFF not in readers:
        raise Forbidden
    options = _options(form, found, readers, in_full=in_full)
    moment = now()
    held, dossier = records.holdings(found), _dossier(found, moment)
    answer = _file(form, found, options, held, dossier)  # made first: nothing is written down that nobody got
    _record(found, [form], dossier, options)
    return answer


def _dossier(found: TrainingClass, moment: datetime) -> Dossier:
    return read_dossier(found, printed_by=current_actor().name, now=moment)


def _record(found: TrainingClass, forms: list[Form], dossier: Dossier, options: Options) -> None:
    ids = making.people_on(forms, dossier, learner_id=options.learner_id)
    with transaction():
        services.record_print(
            class_code=found.code,
            forms=forms,
            learner_ids=ids,
            in_full=options.in_full,
            purpose=request.form.get("purpose", ""),
            actor=current_actor(),
            now=now(),
        )


def _allowed(code: str, slug: str) -> tuple[TrainingClass, Form, frozenset[Reader]]:
    form = BY_SLUG.get(slug)
    if form is None:
        raise NotFound
    found = timetable.get_class(code)
    return found, form, require(current_actor(), found, form)


def _options(form: Form, found: TrainingClass, readers: frozenset[Reader], *, in_full: bool = False) -> Options:
    """What was chosen. A learner's own form is for herself, whatever the address says."""
    given = request.values
    order = given.get("order", "")
    part = given.get("part", "1")
    return Options(
        order=SeatOrder(order) if order in set(SeatOrder) else SeatOrder.CODE,
        half=given.get("half", "")[:20],
        part=int(part) if part.isascii() and part.isdigit() and 0 < len(part) <= 4 and int(part) else 1,
        learner_id=_learner_id(form, found, readers),
        in_full=in_full,
        mark_gaps=given.get("gaps") == "mark",
    )


def _learner_id(form: Form, found: TrainingClass, readers: frozenset[Reader]) -> int | None:
    own = find_own(current_actor(), found)
    if Reader.STAFF not in readers:
        return own.id if own is not None and form.slug in ("notice", "own-hours") else None
    wanted = request.values.get("person", "").replace("\0", "").strip()[:20]
    if wanted and form.slug in ("notice", "own-hours"):
        learner = people.get_learner(wanted)
        if not enrollment.is_admitted(found.id, learner.id):
            raise NotFound
        return learner.id
    if form.slug in OF_ONE_PERSON:
        raise PersonIsNotGiven
    return None


def _file(form: Form, found: TrainingClass, options: Options, held: Holdings, dossier: Dossier) -> Response:
    facts = making.put_together(form, dossier, options, held)
    content = BytesIO(making.render_form(form, facts, now=dossier.at))
    parts = making.parts_of(form, len(dossier.people))
    name = making.file_name(form, dossier, part=options.part if parts > 1 else 0)
    return send_file(content, mimetype="application/pdf", download_name=name, as_attachment=True, max_age=0)


@blueprint.get("/classes/<code>/prints.zip")
@allow(*LOOKERS)
def print_pack(code: str) -> ResponseReturnValue:
    """Every form of the class that the reader may print and that can be printed, as one file."""
    found, readers = _seen(code)
    held = records.holdings(found)
    if services.needs_purpose(max(held.people, held.applications)):
        raise services.PurposeIsNeeded
    return _pack(found, readers)


@blueprint.post("/classes/<code>/prints.zip")
@allow(*LOOKERS)
def print_pack_with_purpose(code: str) -> ResponseReturnValue:
    """The same for a class of very many people, with the purpose written down."""
    found, readers = _seen(code)
    _record(found, printable_by(readers), _dossier(found, now()), Options())
    return _pack(found, readers)


def _pack(found: TrainingClass, readers: frozenset[Reader]) -> Response:
    moment = now()
    options = Options(order=SeatOrder.MIXED, mark_gaps=request.values.get("gaps") == "mark")
    prepared = making.prepare_pack(found, printable_by(readers), actor=current_actor(), now=moment, options=options)
    answer = Response(making.stream_pack(prepared, now=moment), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"prints-{found.code}.zip")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/manage/classes/<code>/archive")
@allow(*STAFF, Role.CERTIFICATE_OFFICER, Role.AUDITOR)
def class_archive(code: str) -> ResponseReturnValue:
    """One class, one file: what it must hold, whether it is there, and where."""
    found = timetable.get_class(code)
    entries = archive.compute_entries(read_evidence(found, now=now()))
    return render_template(
        "reports/archive.html",
        found=found,
        by_stage=[(stage, [one for one in entries if one.stage is stage]) for stage in Stage],
        counts=archive.count_states(entries),
        states=archive.EntryState,
        stage_words=STAGE_WORDS,
        entry_words=archive.ENTRY_WORDS,
        entry_signs=archive.ENTRY_SIGNS,
        may_enter=_may_enter,
    )


def _may_enter(endpoint: str) -> bool:
    """Whether the reader may follow a link of the list."""
    rule = access_rule(endpoint)
    return rule is not None and (not rule.roles or current_actor().has(*rule.roles))
