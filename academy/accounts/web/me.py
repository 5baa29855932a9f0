"""The signed-in person's own account page."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from academy.accounts import queries, services
from academy.accounts.web import blueprint
from academy.accounts.web.forms import ROLE_WORDS
from academy.core.access import current_actor, signed_in
from academy.core.clock import now
from academy.core.db import transaction
from academy.core.text import N_
from academy.ui.flash import say
from academy.ui.forms import EmptyForm


@blueprint.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """Name, address, roles, and the ways out."""
    actor = current_actor()
    organizations = queries.organizations_by_ids(actor.organizations)
    return render_template(
        "accounts/me.html", email=current_user.email, organizations=organizations, role_words=ROLE_WORDS, form=EmptyForm()
    )


@blueprint.post("/me/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person."""
    actor = current_actor()
    if EmptyForm().validate_on_submit() and actor.user_id is not None:
        with transaction():
            services.sign_out_everywhere(user_id=actor.user_id, actor=actor, now=now())
        logout_user()
        say(N_("所有设备上的登录都已结束。"))
    return redirect(url_for("accounts.sign_in"))
