"""A course, a program, all programs; changing what a course says."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.catalog import queries, services
from academy.catalog.policies import can_edit_catalog
from academy.catalog.rules import CERTIFICATE_WORDS, LEVEL_WORDS, MODE_WORDS, certificate_line
from academy.catalog.web import blueprint, fragments, hooks
from academy.catalog.web.browse import read_wanted
from academy.catalog.web.forms import CourseForm
from academy.core.access import Role, allow, current_actor, public
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError, NotFound
from academy.core.text import N_
from academy.ui.flash import say


@blueprint.get("/courses/<code>")
@public
def course(code: str) -> ResponseReturnValue:
    """What a course teaches, whom, and which programs and classes hold it."""
    shelf = queries.shelf()
    entry = shelf.course_by_code.get(code)
    if entry is None:
        raise NotFound
    programs = [program for program in shelf.programs if code in program.course_codes]
    holding = {program.code for program in programs}
    mine = hooks.own_type()
    return render_template(
        "catalog/course.html",
        entry=entry,
        row=queries.get_course(code),
        shelf=shelf,
        types=fragments.type_names(shelf, entry.types),
        level=LEVEL_WORDS[entry.level],
        mode=MODE_WORDS[entry.mode],
        programs=programs,
        program_card=lambda one: fragments.program_card(one, shelf, (), mine),
        classes=[card for card in hooks.open_classes().cards if card.program_code in holding],
        card=lambda one: fragments.class_card(one, shelf, (), mine),
        leads_to=[other for other in shelf.courses if code in {required for required, _ in other.prerequisites}],
        may_edit=can_edit_catalog(current_actor()),
    )


@blueprint.get("/programs")
@public
def programs() -> ResponseReturnValue:
    """All programs, or those that answer a search."""
    shelf = queries.shelf()
    wanted = read_wanted(request.args, shelf)
    mine = hooks.own_type()
    return render_template(
        "catalog/programs.html",
        shelf=shelf,
        wanted=wanted,
        programs=shelf.find_programs(wanted),
        program_card=lambda one: fragments.program_card(one, shelf, wanted.terms, mine),
    )


@blueprint.get("/programs/<code>")
@public
def program(code: str) -> ResponseReturnValue:
    """What a program holds, whom it is for, what one gets for it and by which rule."""
    shelf = queries.shelf()
    entry = next((one for one in shelf.programs if one.code == code), None)
    if entry is None:
        raise NotFound
    courses = [shelf.course_by_code[held] for held in entry.course_codes]
    return render_template(
        "catalog/program.html",
        entry=entry,
        row=queries.get_program(code),
        types=fragments.type_names(shelf, entry.types),
        courses=courses,
        total_hours=sum(one.hours for one in courses),
        certificate=certificate_line(entry.certificate_kind, entry.validity_months),
        certificate_kind=CERTIFICATE_WORDS[entry.certificate_kind],
        mode_words=MODE_WORDS,
        classes=[card for card in hooks.open_classes().cards if card.program_code == code],
        card=lambda one: fragments.class_card(one, shelf, (), hooks.own_type()),
    )


@blueprint.route("/courses/<code>/edit", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def edit_course(code: str) -> ResponseReturnValue:
    """Change what a course says; what it said before is kept."""
    row = queries.get_course(code)
    form = CourseForm(title_zh=row.title_zh, summary_zh=row.summary_zh, version=row.version)
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_course(
                    code=code,
                    title_zh=form.title_zh.data or "",
                    summary_zh=form.summary_zh.data or "",
                    version=form.version.data or 0,
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("课程已更新，新内容马上对所有人可见。"))
            return redirect(url_for("catalog.course", code=code))
    return render_template("catalog/edit_course.html", form=form, row=row, versions=queries.course_versions(row.id)), (
        422 if form.errors else 200
    )
