"""Verification, for anybody: by address, by number with name, by file."""

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from academy.certificates import queries
from academy.certificates.queries import FileOutcome, Finding
from academy.certificates.rules import Standing
from academy.certificates.uploads import LARGEST
from academy.certificates.web import blueprint
from academy.certificates.web.forms import LookUpForm, UploadForm
from academy.core.access import public
from academy.core.clock import local, now
from academy.core.codes import normalize
from academy.core.errors import Invalid, NotFound
from academy.core.extensions import limiter
from academy.core.text import N_
from academy.core.wording import date_words, is_english

# state → (class of the paper, sign, headline)
HEADLINES: dict[Standing, tuple[str, str, str]] = {
    Standing.VALID: ("", "ok", N_("有效")),
    Standing.EXPIRED: ("paper--wait", "wait", N_("已过有效期")),
    Standing.SUSPENDED: ("paper--wait", "wait", N_("已暂停")),
    Standing.REPLACED: ("paper--wait", "wait", N_("已被替换")),
    Standing.REVOKED: ("paper--lost", "no", N_("已撤销")),
}
UNCONFIRMED = ("paper--lost", "no", N_("不能确认"))
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


@blueprint.app_template_filter("clock")
def clock(instant: datetime) -> str:
    """10:42:07.02, for the instant of a check."""
    return local(instant).strftime("%H:%M:%S.%f")[:-4]


@blueprint.app_template_filter("seconds")
def seconds(instant: datetime) -> str:
    """2026年11月23日（周一）10:42:07."""
    return f"{date_words(instant)}{', ' if is_english() else ''}{local(instant):%H:%M:%S}"


def headline(finding: Finding) -> tuple[str, str, str]:
    """How the page says what a certificate is worth; nothing is vouched for when the signature does not hold."""
    return HEADLINES[finding.standing] if finding.is_sound else UNCONFIRMED


@blueprint.get("/c/<public_id>")
@public
@limiter.limit("240/minute")
def show(public_id: str) -> ResponseReturnValue:
    """The public page of a certificate: state, every signed field, what was checked just now."""
    try:
        finding = queries.verify(public_id, now=now())
    except NotFound:
        return render_template("certificates/unknown.html"), 404
    return render_template("certificates/show.html", finding=finding, headline=headline(finding))


@blueprint.get("/c/<public_id>.json")
@public
@limiter.limit("240/minute")
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
    result = queries.check_file(content, now=now())
    shown = headline(result.certificate) if result.certificate else None
    words = OUTCOMES.get(result.outcome)
    return render_template(
        "certificates/file.html", result=result, words=words, headline=shown, upload=UploadForm(formdata=None)
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
