"""A holder's own certificates."""

from io import BytesIO

from flask import Response, render_template, send_file

from academy.certificates import queries
from academy.certificates.policies import can_download
from academy.certificates.rules import standing
from academy.certificates.web import blueprint
from academy.certificates.web.shown import HEADLINES
from academy.core.access import current_actor, signed_in
from academy.core.audit import record
from academy.core.clock import now, today
from academy.core.db import transaction
from academy.core.errors import NotFound
from academy.core.files import get_file
from academy.people import queries as people


@blueprint.get("/my/certificates")
@signed_in
def mine() -> str:
    """The learner's certificates with their state, file and address."""
    actor = current_actor()
    certificates = queries.certificates_of_user(actor.user_id) if actor.user_id is not None else []
    shown = [(one, HEADLINES[standing(one.state, one.valid_until, today())]) for one in certificates]
    return render_template("certificates/mine.html", certificates=shown)


@blueprint.get("/certificates/<public_id>.pdf")
@signed_in
def download(public_id: str) -> Response:
    """The signed file, for its holder and for those who keep the register. To anybody else it does not exist."""
    certificate = queries.find_by_public_id(public_id)
    if certificate is None:
        raise NotFound
    actor = current_actor()
    holder = people.learner_by_id(certificate.learner_id).user_id
    if not can_download(actor, holder):
        raise NotFound
    file = get_file(certificate.file_id)
    content, name = file.content, file.name
    if actor.user_id != holder:
        with transaction():
            record(actor, "certificates.file_read", f"certificate:{certificate.number}", now=now())
    return send_file(BytesIO(content), mimetype="application/pdf", download_name=name, as_attachment=True, max_age=0)
