"""Accounts as the administrator manages them."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.accounts import queries, services
from academy.accounts.models import User
from academy.accounts.web import blueprint
from academy.accounts.web.forms import ROLE_WORDS, RolesForm, UserForm
from academy.core.access import Grant, Role, allow, current_actor
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import N_, render
from academy.ui.flash import say, say_error
from academy.ui.forms import EmptyForm
from academy.ui.paging import page_of

PER_PAGE = 20


@blueprint.get("/manage/users")
@allow(Role.ADMINISTRATOR)
def users() -> ResponseReturnValue:
    """Search and filter accounts."""
    search = request.args.get("q", "")[:80]
    role = next((role for role in Role if role.value == request.args.get("role")), None)
    page = page_of(request.args.get("page"))
    found, total = queries.users(search=search, role=role, limit=PER_PAGE, offset=page.offset(PER_PAGE))
    return render_template(
        "accounts/users.html",
        users=found,
        total=total,
        pages=page.count(total, PER_PAGE),
        page=page,
        per_page=PER_PAGE,
        search=search,
        role=role,
        role_words=ROLE_WORDS,
    )


@blueprint.route("/manage/users/new", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def new_user() -> ResponseReturnValue:
    """Make an account; the person receives a mail to set the password."""
    form = UserForm()
    if form.validate_on_submit():
        try:
            with transaction():
                user = services.create_user(
                    email=form.email.data or "",
                    name_zh=form.name_zh.data or "",
                    roles=[Grant(Role.LEARNER)],
                    password=None,
                    actor=current_actor(),
                    now=now(),
                )
                services.request_password_reset(email=user.email, now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("账号建好了，设密码的邮件已发出。下面可以给角色。"))
            return redirect(url_for("accounts.user", code=user.code))
    return render_template("accounts/new_user.html", form=form), 422 if form.errors else 200


@blueprint.route("/manage/users/<code>", methods=["GET", "POST"])
@allow(Role.ADMINISTRATOR)
def user(code: str) -> ResponseReturnValue:
    """One account: roles, open or closed."""
    found = queries.get_user_by_code(code)
    form = _roles_form(found)
    if form.validate_on_submit():
        try:
            with transaction():
                services.set_roles(user_id=found.id, grants=_grants(form), actor=current_actor(), now=now())
            say(N_("角色已保存，立即生效。"))
        except DomainError as error:
            say_error(error)
        return redirect(url_for("accounts.user", code=code))
    return render_template("accounts/user.html", user=found, form=form, button=EmptyForm(), role_words=ROLE_WORDS)


@blueprint.post("/manage/users/<code>/<any(close,reopen):what>")
@allow(Role.ADMINISTRATOR)
def set_active(code: str, what: str) -> ResponseReturnValue:
    """Close or reopen an account."""
    found = queries.get_user_by_code(code)
    if EmptyForm().validate_on_submit():
        try:
            with transaction():
                services.set_active(user_id=found.id, is_active=what == "reopen", reason="", actor=current_actor(), now=now())
            say(N_("账号已重新开放。") if what == "reopen" else N_("账号已停用，正在用的登录也已结束。"))
        except DomainError as error:
            say_error(error)
    return redirect(url_for("accounts.user", code=code))


def _roles_form(user: User) -> RolesForm:
    bound = next((g.organization_id for g in user.grants if g.organization_id), None)
    form = RolesForm(roles=[g.role.value for g in user.grants], organization=str(bound or ""))
    choices = [("", render(N_("不是联络员")))]
    form.organization.choices = choices + [(str(o.id), o.name_zh) for o in queries.organizations()]
    return form


def _grants(form: RolesForm) -> list[Grant]:
    chosen = [Role(value) for value in form.roles.data or []]
    known = {str(one.id): one.id for one in queries.organizations()}
    organization = known.get(form.organization.data or "")
    return [
        Grant(role, organization if role is Role.ORGANIZATION_COORDINATOR else None)
        for role in chosen
        if role is not Role.ORGANIZATION_COORDINATOR or organization is not None
    ]
