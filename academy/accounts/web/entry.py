"""Sign-up, sign-in, sign-out, password reset."""

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from academy.accounts import queries, services
from academy.accounts.models import User
from academy.accounts.web import SessionUser, blueprint
from academy.accounts.web.forms import ResetForm, ResetRequestForm, SignInForm, SignUpForm
from academy.core.access import current_actor, public, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.extensions import limiter
from academy.core.text import N_
from academy.core.wording import is_english
from academy.ui.flash import say
from academy.ui.forms import EmptyForm


def _safe_next(target: str | None) -> str:
    """Where to go afterwards: only within this site, so that a mailed link cannot lead away."""
    if target and target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable():
        return target
    return "/"


def _begin_session(user: User) -> None:
    found = queries.find_signed_in_user(user.id)
    if found is None:
        raise services.SignInRefused
    session.clear()  # a session fixed before sign-in must not survive it
    session.permanent = True
    login_user(SessionUser(found.actor, found.email, found.session_version))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in by e-mail and password."""
    form = SignInForm()
    if current_actor().user_id is not None and request.method == "GET":
        return redirect("/")
    if form.validate_on_submit():
        with transaction():
            user, locked = services.check_password(email=form.email.data or "", password=form.password.data or "", now=now())
        if user is not None:
            _begin_session(user)
            return redirect(_safe_next(request.args.get("next")))
        error: DomainError = services.SignInIsLocked(until=locked) if locked else services.SignInRefused()
        form.refuse(error)
    status = 422 if form.errors else 200
    return render_template("accounts/sign_in.html", form=form), status


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session."""
    if EmptyForm().validate_on_submit():
        logout_user()
        session.clear()
        say(N_("您已退出。"))
    return redirect("/")


@blueprint.route("/sign-up", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def sign_up() -> ResponseReturnValue:
    """A learner makes an account."""
    form = SignUpForm()
    if form.validate_on_submit():
        try:
            with transaction():
                user = services.sign_up(
                    email=form.email.data or "",
                    name_zh=form.name_zh.data or "",
                    password=form.password.data or "",
                    locale="en" if is_english() else "zh_Hans",
                    now=now(),
                )
        except DomainError as error:
            form.refuse(error)
        else:
            _begin_session(user)
            say(N_("账号建好了。下一步：补全个人信息，就可以报名。"))
            return redirect(_safe_next(request.args.get("next")))
    return render_template("accounts/sign_up.html", form=form), 422 if form.errors else 200


@blueprint.route("/password", methods=["GET", "POST"])
@public
@limiter.limit("5/minute", methods=["POST"])
def request_reset() -> ResponseReturnValue:
    """Ask for a reset mail. The answer never tells whether the address has an account."""
    form = ResetRequestForm()
    if form.validate_on_submit():
        with transaction():
            services.request_password_reset(email=form.email.data or "", now=now())
        say(N_("如果这个邮箱有账号，几分钟内会收到一封邮件，一小时内有效。"))
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/request_reset.html", form=form), 422 if form.errors else 200


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@public
@limiter.limit("10/minute", methods=["POST"])
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link."""
    form = ResetForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.reset_password(token=token, password=form.password.data or "", now=now())
        except DomainError as error:
            form.refuse(error)
        else:
            say(N_("新密码已生效，请用它登录。其他设备上的登录都已结束。"))
            return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/reset_password.html", form=form), 422 if form.errors else 200
