"""Checking the receipt of an attempt: open to everybody who holds one."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from academy.core.access import public
from academy.core.codes import normalize
from academy.core.extensions import limiter
from academy.exams import queries
from academy.exams.rules.kinds import AttemptState
from academy.exams.rules.receipts import ReceiptState
from academy.exams.web import blueprint


@blueprint.get("/exams/receipts")
@public
@limiter.limit("60 per minute")
def receipts() -> ResponseReturnValue:
    """Whether what was handed in is still exactly what the server holds."""
    code, digest = request.args.get("code", "")[:40].strip(), request.args.get("digest", "")[:200].strip()
    check = queries.check_receipt(normalize(code), digest) if code and digest else None
    return render_template(
        "exams/receipts.html", code=code, digest=digest, check=check, ReceiptState=ReceiptState, AttemptState=AttemptState
    )
