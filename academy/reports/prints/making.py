"""From a form and a class to files: read, put together, check, render; and the pack of a class as one stream."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from academy.attendance import queries as attendance
from academy.core.access import Actor
from academy.core.documents import DocumentWarning, render_pdf
from academy.core.errors import DomainError, Invalid, NotFound
from academy.core.text import N_, render
from academy.reports.prints import archive_read, facts_class, facts_people, records
from academy.reports.prints.dossier import Dossier, read_dossier
from academy.reports.prints.facts_common import Facts, Options, person
from academy.reports.prints.forms import FORMS, MOST_SIGNATURES, OF_ONE_PERSON, Form, Holdings, explain_missing
from academy.reports.prints.gaps import Gap, find_gaps, mark_gaps, require_drawable
from academy.reports.prints.layout import by_half_day
from academy.timetable.queries import TrainingClass

Build = Callable[[Form, Dossier, Options], Facts]
BuildWith = Callable[[Form, Dossier, Options, Any], Facts]


class FormLacksData(Invalid):
    """The form needs something that is not there yet."""

    message = N_("这张表还印不了：%(reason)s")
    next_step = N_("补上之后再来，什么都没有改动。")


class TooManySignatures(Invalid):
    """A sign-in sheet for all half-days of a very large class: one half-day a time."""

    message = N_("%(people)s 人 %(halves)s 个半天，一份太厚。")
    next_step = N_("请在打印页按半天打印签到表。")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a form's facts are put together. `read` fetches what the dossier does not hold."""

    build: BuildWith
    read: Callable[[Dossier, Options], Any] = lambda _found, _options: None


def _plain(build: Build) -> Recipe:
    return Recipe(lambda form, found, options, _held: build(form, found, options))


def _own(found: Dossier, options: Options) -> tuple[dict[int, records.OwnMark], int]:
    id_ = options.learner_id or 0
    if all(one.learner_id != id_ for one in found.people):
        raise NotFound
    return records.own_marks(found.class_id, id_), attendance.credited_minutes_of_class(found.class_id).get(id_, 0)


RECIPES: dict[str, Recipe] = {
    "notice": _plain(facts_class.notice),
    "timetable": _plain(facts_class.timetable),
    "leave": _plain(facts_class.leave),
    "roster": _plain(facts_people.roster),
    "badges": _plain(facts_people.badges),
    "desk-cards": _plain(facts_people.badges),
    "seating": _plain(facts_people.seating),
    "check-in": _plain(facts_people.check_in),
    "sign-in": _plain(facts_people.sign_in),
    "sign-in-all": _plain(facts_people.sign_in_all),
    "application": Recipe(facts_people.application, lambda found, _: records.applications(found.class_id)),
    "eligibility": Recipe(facts_people.eligibility, lambda found, _: records.applications(found.class_id)),
    "grades": Recipe(facts_people.grade_book, lambda found, _: records.grades(found.class_id)),
    "certificates": Recipe(facts_people.certificate_register, lambda found, _: records.issued(found.class_id)),
    "hours": Recipe(facts_people.hour_list, lambda found, _: records.hours(found.class_id)),
    "own-hours": Recipe(facts_people.own_hours, _own),
    "archive": Recipe(archive_read.facts, lambda found, _: archive_read.entries_of(found)),
}
LISTS = ("people_list", "badges")  # what a file of some people takes its part of


def put_together(form: Form, found: Dossier, options: Options, held: Holdings) -> Facts:
    """A form's facts, checked: everything needed is there and every character can be drawn.

    Raises FormLacksData, TooManySignatures, NotFound, CharactersCannotBePrinted.
    """
    reason = explain_missing(form, held)
    if reason is not None:
        raise FormLacksData(reason=reason)
    if form.slug == "sign-in":
        _require_size(found, options)
    recipe = RECIPES[form.slug]
    facts = _part_of(recipe.build(form, found, options, recipe.read(found, options)), form, options.part)
    if options.mark_gaps:
        return mark_gaps(facts)
    require_drawable(facts)
    return facts


def _require_size(found: Dossier, options: Options) -> None:
    halves = [half.code for half, _ in by_half_day(found.sessions)]
    if options.half and options.half not in halves:
        raise NotFound
    if not options.half and len(halves) * len(found.people) > MOST_SIGNATURES:
        raise TooManySignatures(people=len(found.people), halves=len(halves))


def _part_of(facts: Facts, form: Form, part: int) -> Facts:
    if not form.per_file:
        return facts
    start = (part - 1) * form.per_file
    taken = {key: facts[key][start : start + form.per_file] for key in LISTS if facts.get(key)}
    if taken and not all(taken.values()):
        raise NotFound
    return {**facts, **taken}


def people_on(forms: Iterable[Form], found: Dossier, *, learner_id: int | None = None) -> list[int]:
    """The learners who are named on these forms, or the one whom a form is for."""
    if learner_id is not None:
        return [learner_id]
    naming = [form for form in forms if form.names_people]
    ids = {one.learner_id for one in found.people} if naming else set()
    if any(form.slug in ("application", "eligibility") for form in naming):
        ids |= {one.person.learner_id for one in records.applications(found.class_id)}
    return sorted(ids)


def gaps_of_people(found: Dossier) -> list[Gap]:
    """Whose name or unit holds a character that cannot be printed."""
    return find_gaps({"people_list": [person(one) for one in found.people]})


def parts_of(form: Form, people: int) -> int:
    """How many files a form is printed in."""
    return max(1, -(-people // form.per_file)) if form.per_file else 1


def render_form(form: Form, facts: Facts, *, now: datetime) -> bytes:
    """The file."""
    return render_pdf(template=form.template, facts=facts, stamp=now)


def file_name(form: Form, found: Dossier, *, part: int = 0) -> str:
    """学员花名册 XA-2026-015-03.pdf."""
    number = f"（{part}）" if part else ""
    return f"{form.title_zh.replace('／', '或')}{number} {found.code}.pdf"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file of the pack, ready to be rendered; or why it is not in it."""

    name: str
    form: Form
    facts: Facts | None
    reason: str = ""


def prepare_pack(found: TrainingClass, forms: list[Form], *, actor: Actor, now: datetime, options: Options) -> list[Prepared]:
    """Everything of a class that these forms give, put together while the database is at hand."""
    held = records.holdings(found)
    dossier = read_dossier(found, printed_by=actor.name, now=now)
    prepared = []
    for number, form in enumerate((one for one in FORMS if one in forms and one.slug not in OF_ONE_PERSON), start=1):
        people = held.applications if form.slug == "application" else len(dossier.people)
        count = parts_of(form, people)
        for part in range(1, count + 1):
            name = f"{number:02} {file_name(form, dossier, part=part if count > 1 else 0)}"
            prepared.append(_prepared(name, form, dossier, replace(options, part=part), held))
    return prepared


def _prepared(name: str, form: Form, found: Dossier, options: Options, held: Holdings) -> Prepared:
    try:
        return Prepared(name, form, put_together(form, found, options, held))
    except DomainError as error:
        return Prepared(name, form, None, _said(error))


def _said(error: DomainError) -> str:
    return "".join(filter(None, [render(error.text), render(error.next_text)]))


class _Sink(io.RawIOBase):
    """What a zip writer writes to: bytes to hand on, nothing to go back to."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.kept += data
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self.kept = bytes(self.kept), bytearray()
        return taken


def stream_pack(prepared: list[Prepared], *, now: datetime) -> Iterator[bytes]:
    """A ZIP of the prepared files, each rendered when its turn comes; what could not be printed is named in a text file."""
    sink, left_out = _Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as bundle:
        for one in prepared:
            made = _made(one, now)
            if isinstance(made, str):
                left_out.append(f"{one.form.title_zh}：{made}")
                continue
            bundle.writestr(one.name, made)
            yield sink.take()
        if left_out:
            bundle.writestr("没有印的表.txt", "\ufeff" + "\r\n".join(left_out) + "\r\n")
    yield sink.take()


def _made(one: Prepared, now: datetime) -> bytes | str:
    if one.facts is None:
        return one.reason
    try:
        return render_form(one.form, one.facts, now=now)
    except DomainError as error:
        return _said(error)
    except DocumentWarning:
        return "排版时出现警告，没有印；请告诉管理员。"
