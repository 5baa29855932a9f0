"""Verification, for anybody: by address, by number with name, by file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from academy.certificates import queries
from academy.certificates.queries import FileOutcome
from academy.certificates.uploads import LARGEST
from academy.certificates.web import blueprint, frames
from academy.certificates.web.forms import LookUpForm, UploadForm
from academy.certificates.web.shown import fields, headline, instants, seconds, verdict
from academy.certificates.web.statements import statement_page
from academy.core.access import current_actor, public
from academy.core.clock import now
from academy.core.codes import normalize
from academy.core.errors import Invalid, NotFound
from academy.core.extensions import limiter
from academy.core.text import N_
from academy.core.wording import is_english

OUTCOMES: dict[FileOutcome, tuple[str, str, str]] = {
    FileOutcome.ALTERED: (N_("文件被改动"), N_("编号存在，但文件与签发时不一致。请以登记内容为准。"), "no"),
    FileOutcome.ADDED_TO: (
        N_("签发之后又加了内容"),
        N_("签名保护的部分没有变，后面多出的内容不是学院签发的。请以登记内容为准。"),
        "no",
    ),
    FileOutcome.NOT_REGISTERED: (
        N_("登记簿里没有这份文件"),
        N_("文件带有学院的签名证书，但登记簿里没有它。请联系证书室。"),
        "no",
    ),
    FileOutcome.FOREIGN: (N_("不是学院签发的文件"), N_("文件带有别处的电子签名，登记簿里没有它。"), "draft"),
    FileOutcome.UNSIGNED: (
        N_("文件里没有电子签名"),
        N_("打印、拍照、另存或截图都会去掉签名。请用下载的原文件，或凭编号和姓名查验。"),
        "draft",
    ),
    FileOutcome.NOT_PDF: (N_("这不是 PDF 文件"), N_("请选择学院签发的 PDF 原文件。"), "draft"),
}


class FileTooLarge(Invalid):
    """Our files are about 100 KB."""

    status = 413
    message = N_("文件超过 5 MB，没有核对。")
    next_step = N_("学院签发的证书文件约 100 KB，请选择原文件。")


@blueprint.get("/c/<public_id>")
@public
@limiter.exempt  # nobody can guess 80 random bits, and employers look up many
def show(public_id: str) -> ResponseReturnValue:
    """The public page of a certificate: state, every signed field, what was checked just now."""
    try:
        finding = queries.verify(public_id, now=now())
    except NotFound:
        return render_template("certificates/unknown.html"), 404
    worth = headline(finding)

    def draw(times: Mapping[str, str]) -> str:
        shown = {**fields(finding), **times}
        return render_template(
            "certificates/show.html", shown=shown, headline=worth, checks=finding.checks, verdict=verdict(finding, shown["now"])
        )

    if request.full_path != f"/c/{finding.public_id}?" or current_actor().user_id is not None or "_flashes" in session:
        return draw({})
    return frames.fill((is_english(), worth, finding.entry), instants(finding), draw)


@blueprint.get("/c/<public_id>.json")
@public
def show_json(public_id: str) -> Response:
    """The same for machines."""
    response = jsonify(queries.as_document(queries.verify(public_id, now=now())))
    response.headers["Content-Disposition"] = f'inline; filename="{normalize(public_id)[:16]}.json"'
    return response


@blueprint.route("/verify", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def verify() -> ResponseReturnValue:
    """Find a certificate by number and name. Every miss gives one and the same answer."""
    form = LookUpForm()
    if form.validate_on_submit():
        public_id = queries.find_by_number_and_name(form.number.data or "", form.name.data or "")
        if public_id is not None:
            return redirect(url_for("certificates.show", public_id=public_id), 303)
        public_id = queries.find_statement_by_number_and_name(form.number.data or "", form.name.data or "")
        if public_id is not None:
            return redirect(url_for("certificates.show_statement", public_id=public_id), 303)
        return _verify_page(form, is_missed=True), 404
    return _verify_page(form), 422 if form.errors else 200


@blueprint.post("/verify/file")
@public
@limiter.limit("20/minute")
def verify_file() -> ResponseReturnValue:
    """Compare an uploaded PDF with what was issued."""
    form = UploadForm()
    if (request.content_length or 0) > LARGEST + 64 * 1024:
        raise FileTooLarge
    if not form.validate_on_submit():
        return _verify_page(LookUpForm(formdata=None), upload=form), 422
    content = form.pdf.data.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise FileTooLarge
    result = queries.check_document(content, now=now())
    if isinstance(result, queries.StatementFile):
        return statement_page(result.finding, file=result)
    found = result.certificate
    is_genuine = result.outcome is FileOutcome.GENUINE
    checks = (*result.checks, *found.checks) if found else result.checks
    name = found.facts["holder"]["name"] if found and is_genuine else None
    return render_template(
        "certificates/file.html",
        result=result,
        is_genuine=is_genuine,
        words=OUTCOMES.get(result.outcome),
        headline=headline(found) if found else None,
        verdict=verdict(found, seconds(found.at)) if found else "",
        checks=checks,
        shown=fields(replace(found, checks=checks), name=name) if found else {},
        upload=UploadForm(formdata=None),
    )


def _verify_page(form: LookUpForm, *, upload: UploadForm | None = None, is_missed: bool = False) -> str:
    facts: dict[str, Any] = {"upload": upload or UploadForm(formdata=None), "is_missed": is_missed}
    return render_template("certificates/verify.html", form=form, **facts)


@blueprint.get("/certificates/root.crt")
@public
def root_certificate() -> Response:
    """The root certificate, to check files without this site."""
    der = queries.find_root_certificate()
    if der is None:
        raise NotFound
    response = Response(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM), mimetype="application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = 'attachment; filename="academy-root.crt"'
    return response
