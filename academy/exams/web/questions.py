"""Writing and correcting questions of any kind, and the parts of a case."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries as catalog
from academy.core.access import allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, Text, render
from academy.exams import queries, services
from academy.exams.policies import BANK_ROLES
from academy.exams.queries.bank import QuestionRow
from academy.exams.rules.keys import ToleranceKind
from academy.exams.rules.kinds import KIND_WORDS, LETTERS, QuestionKind
from academy.exams.rules.typed import MOST_BLANKS, MOST_CRITERIA, MOST_NUMBERS, Typed, read_typed, typed_of
from academy.exams.rules.wording import PART_KINDS, Wording, find_faults
from academy.exams.services import Filing, PictureDraft, QuestionLooksLikeOthers
from academy.exams.web import blueprint
from academy.exams.web.imports import MAIN_BANK
from academy.ui.flash import say, tried
from academy.ui.forms import EmptyForm

TOLERANCE_WORDS = {
    ToleranceKind.NOMINAL: N_("相差不超过"),
    ToleranceKind.RELATIVE: N_("按比例相差不超过"),
    ToleranceKind.GEOMETRIC: N_("倍数相差不超过"),
}
SCORING_WORDS = {"": N_("按题型的规则"), "exact": N_("全对才得分"), "half": N_("错选不得分，少选每项 0.5 分")}


def _typed() -> Typed:
    return {name: request.form.getlist(name) for name in request.form}


def _kind(written: str | None, kinds: Sequence[QuestionKind]) -> QuestionKind:
    found = next((kind for kind in kinds if kind.value == written), None)
    if found is None:
        abort(404)
    return found


def _whole(written: str) -> int | None:
    written = written.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 7 else None


def _filing(typed: Typed) -> Filing:
    def text(name: str, most: int) -> str:
        return " ".join((typed.get(name) or [""])[0].replace("\x00", "").split())[:most]

    limit = _whole(text("exposure_limit", 7))
    return Filing(
        text("field", 8) or None, text("topic", 80), _whole(text("difficulty", 2)) or 0, text("source", 200), limit or None
    )


def _filled_filing(row: QuestionRow) -> dict[str, list[str]]:
    q = row.question
    given = {"field": q.field_code or "", "topic": q.topic_zh, "difficulty": q.difficulty, "source": q.source_zh,
             "exposure_limit": q.exposure_limit or "", "material": row.wording.material_version_id or ""}  # fmt: skip
    return {name: [str(value)] for name, value in given.items()}


def _plain(name: str) -> str:
    """One typed line without control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in request.form.get(name, "")).split())


def _pictures(kept: Sequence[queries.ShownPicture]) -> list[PictureDraft]:
    """The pictures that stay, with their words as typed, and the new one."""
    drafts = [
        PictureDraft(_plain(f"alt_{n}"), file_id=one.file_id, width=one.width, height=one.height)
        for n, one in enumerate(kept, 1)
        if f"{n}" in request.form.getlist("keep")
    ]
    file = request.files.get("picture")
    if file and file.filename:
        drafts.append(PictureDraft(_plain("picture_alt"), file.filename.replace("\x00", "")[:255], file.read()))
    return drafts


def _rows(typed: Typed, stem: str, least: int, most: int) -> int:
    """How many rows of a list to show: what is filled, and two more to go on."""
    filled = [int(name.rpartition("_")[2]) for name in typed if name.rpartition("_")[0] == stem and typed[name][0].strip()]
    return min(max([least, *(n + 2 for n in filled)]), most)


def _show(kind: QuestionKind, typed: Typed, title: str, back: str, *, problem: str = "", **more: Any) -> ResponseReturnValue:
    bank = queries.find_bank(MAIN_BANK)
    page = render_template(
        "exams/question_form.html",
        kind=kind,
        typed=typed,
        title=title,
        back=back,
        problem=problem,
        rows={
            "option": _rows(typed, "option", 5, len(LETTERS)),
            "prompt": _rows(typed, "prompt", 4, len(LETTERS)),
            "blank": _rows(typed, "blank", 2, MOST_BLANKS),
            "number": _rows(typed, "number", 2, MOST_NUMBERS),
            "criterion": _rows(typed, "criterion", 3, MOST_CRITERIA),
        },
        letters=LETTERS,
        form=EmptyForm(),
        fields=catalog.fields(),
        topics=queries.topics(),
        materials=queries.materials(bank.id) if bank else [],
        kind_words=KIND_WORDS,
        tolerance_words=TOLERANCE_WORDS,
        scoring_words=SCORING_WORDS,
        **{"is_part": False, "likes": [], "kept": [], "faults": [], **more},
    )
    return page, 422 if problem or more.get("faults") or more.get("likes") else 200


def _material_of(typed: Typed) -> int | None:
    """The version of a material that was chosen, if there is such a one."""
    chosen = _whole((typed.get("material") or [""])[0])
    return chosen if chosen is not None and chosen in queries.material_wordings([chosen]) else None


def _saved(
    kind: QuestionKind,
    typed: Typed,
    title: str,
    back: str,
    *,
    save: Callable[..., Any],
    wording: Wording,
    kept: Sequence[queries.ShownPicture] = (),
    except_id: int | None = None,
    go: Callable[[Any], str],
    bank_id: int,
    **more: Any,
) -> ResponseReturnValue:
    """Save what the form holds and go on; or show it again with what is wrong, or with the questions that it is like."""
    shown: dict[str, Any] = {"kept": kept, **more}
    faults = find_faults(wording)
    if faults:
        return _show(kind, typed, title, back, faults=faults, **shown)
    try:
        with transaction():
            done = save(
                wording=wording,
                filing=_filing(typed),
                pictures=_pictures(kept),
                material_version_id=_material_of(typed),
                seen_codes=frozenset(typed.get("seen", ())),
                actor=current_actor(),
                now=now(),
            )
    except QuestionLooksLikeOthers as error:
        likes = queries.like_questions(bank_id, wording, except_id=except_id)
        return _show(kind, typed, title, back, problem=render(error.text), likes=likes, **shown)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        return _show(kind, typed, title, back, problem=" ".join([render(error.text), render(error.next_text)]), **shown)
    say(N_("已存。审题人看过并启用之前，卷子不会用它。"))
    return redirect(go(done))


@blueprint.route("/manage/exams/questions/new", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def new_question() -> ResponseReturnValue:
    """A new question of the kind in the address; without one, the kinds to choose from."""
    if "kind" not in request.args:
        return render_template("exams/question_kinds.html", kind_words=KIND_WORDS)
    kind = _kind(request.args.get("kind"), list(QuestionKind))
    title, back = render(Text(N_("写一道%(kind)s"), kind=Text(KIND_WORDS[kind]))), url_for("exams.bank")
    if not EmptyForm().validate_on_submit():
        return _show(kind, {"difficulty": ["3"], "marks": ["1"]}, title, back)
    with transaction():
        bank = services.ensure_bank(code=MAIN_BANK, title_zh=render(N_("综合题库")), actor=current_actor(), now=now())
    typed, bank_id = _typed(), bank.id

    def save(**given: Any) -> Any:
        return services.write_question(bank_id=bank_id, code=_plain("code")[:32], **given)

    def go(done: Any) -> str:
        if kind is QuestionKind.CASE:
            return url_for("exams.new_part", code=done.code)
        return url_for("exams.question", code=done.code)

    return _saved(kind, typed, title, back, save=save, wording=read_typed(kind, typed), go=go, bank_id=bank_id)


@blueprint.route("/manage/exams/questions/<code>/edit", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def edit_question(code: str) -> ResponseReturnValue:
    """A correction: the newest version in the form; saving makes the next one."""
    row = queries.get_question(code)
    kind, known = row.question.kind, queries.wording_of(row.question, row.wording)
    title, back = render(Text(N_("改 %(code)s"), code=code)), url_for("exams.question", code=code)
    kept = queries.pictures_of([row.wording.id]).get(row.wording.id, [])
    shown: dict[str, Any] = {"version": row.question.version, "code": code}
    if not EmptyForm().validate_on_submit():
        filled = {**typed_of(known), **_filled_filing(row), "keep": [str(n) for n, _ in enumerate(kept, 1)]}
        filled |= {f"alt_{n}": [one.alt_zh] for n, one in enumerate(kept, 1)}
        return _show(kind, filled, title, back, kept=kept, **shown)
    typed = _typed()
    return _saved(
        kind,
        typed,
        title,
        back,
        save=_corrects(row),
        wording=read_typed(kind, typed, known=known),
        kept=kept,
        except_id=row.question.id,
        go=lambda _: back,
        bank_id=row.question.bank_id,
        **shown,
    )


def _corrects(row: QuestionRow) -> Callable[..., Any]:
    """Save a correction of the version that the page was opened with."""
    seen = _whole(request.form.get("version", "")) or 0
    return lambda **given: services.correct_question(question_id=row.question.id, seen_version=seen, **given)


def _case(code: str) -> tuple[QuestionRow, Wording]:
    row = queries.get_question(code)
    if row.question.kind is not QuestionKind.CASE:
        abort(404)
    return row, queries.wording_of(row.question, row.wording)


@blueprint.route("/manage/exams/questions/<code>/parts/new", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def new_part(code: str) -> ResponseReturnValue:
    """Another part of a case, of the kind in the address."""
    row, case = _case(code)
    if "kind" not in request.args:
        return render_template("exams/question_kinds.html", kind_words={k: KIND_WORDS[k] for k in PART_KINDS}, case=code)
    kind = _kind(request.args.get("kind"), PART_KINDS)
    no = max((part.no for part in case.parts), default=0) + 1
    blank = Wording(kind, "", Decimal(1), no=no)
    return _part_page(row, case, blank, {"marks": ["2"]})


@blueprint.route("/manage/exams/questions/<code>/parts/<int:no>", methods=["GET", "POST"])
@allow(*BANK_ROLES)
def edit_part(code: str, no: int) -> ResponseReturnValue:
    """A part of a case; saving makes the next version of the case."""
    row, case = _case(code)
    part = next((part for part in case.parts if part.no == no), None)
    if part is None:
        abort(404)
    return _part_page(row, case, part, typed_of(part))


def _part_page(row: QuestionRow, case: Wording, part: Wording, filled: Typed) -> ResponseReturnValue:
    code = row.question.code
    title = render(Text(N_("%(code)s 第 %(no)s 小题：%(kind)s"), code=code, no=part.no, kind=Text(KIND_WORDS[part.kind])))
    back = url_for("exams.question", code=code)
    shown: dict[str, Any] = {"is_part": True, "case": case, "version": row.question.version}
    if not EmptyForm().validate_on_submit():
        return _show(part.kind, filled, title, back, **shown)
    typed = _typed()
    read = read_typed(part.kind, typed, known=part)
    faults = find_faults(read)
    if faults:
        return _show(part.kind, typed, title, back, faults=faults, **shown)
    parts = [read if one.no == read.no else one for one in case.parts]
    if part not in case.parts:
        parts.append(read)
    try:
        with transaction():
            _save_parts(row, _with_parts(case, parts))
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        problem = " ".join([render(error.text), render(error.next_text)])
        return _show(part.kind, typed, title, back, problem=problem, **shown)
    say(N_("小题已存。"))
    return redirect(back)


def _with_parts(case: Wording, parts: Sequence[Wording]) -> Wording:
    """The case with these parts: its marks are theirs together, and it keeps their criteria."""
    own = [one for one in case.rubric if not one.get("sub_question_no")]
    theirs = [criterion for part in parts for criterion in part.rubric]
    return replace(
        case, parts=tuple(parts), rubric=(*own, *theirs), marks=sum((p.marks for p in parts), Decimal(0)) or case.marks
    )


def _save_parts(row: QuestionRow, case: Wording) -> None:
    """Save a case with other parts; what the form does not show stays as it is."""
    question, kept = row.question, queries.pictures_of([row.wording.id]).get(row.wording.id, [])
    likes = queries.like_questions(question.bank_id, case, except_id=question.id, limit=1000)
    _corrects(row)(
        wording=case,
        filing=_filing(_filled_filing(row)),
        pictures=[PictureDraft(p.alt_zh, file_id=p.file_id, width=p.width, height=p.height) for p in kept],
        material_version_id=row.wording.material_version_id,
        seen_codes=frozenset(like.question.code for like in likes),
        actor=current_actor(),
        now=now(),
    )


@blueprint.post("/manage/exams/questions/<code>/parts/<int:no>/remove")
@allow(*BANK_ROLES)
def remove_part(code: str, no: int) -> ResponseReturnValue:
    """The case without one of its parts, as a new version; the others keep their numbers."""
    row, case = _case(code)
    left = [part for part in case.parts if part.no != no]
    if len(left) == len(case.parts):
        abort(404)
    if not EmptyForm().validate_on_submit():
        abort(400)
    back = url_for("exams.question", code=code)
    return tried(back, lambda: _save_parts(row, _with_parts(case, left)), N_("去掉了这一小题。"))
