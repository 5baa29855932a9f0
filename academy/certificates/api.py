"""The JSON door of certificates."""

from typing import Any

from pydantic import BaseModel

from academy.certificates import queries
from academy.core.access import public
from academy.core.api import endpoint
from academy.core.clock import now


class RevokedOut(BaseModel):
    """When and why a certificate was revoked."""

    at: str
    reason: str


class SuccessorOut(BaseModel):
    """By which certificate one was replaced."""

    number: str
    public_id: str


class CheckOut(BaseModel):
    """One check that was made just now."""

    code: str
    passed: bool
    at: str
    detail: str


class CertificateOut(BaseModel):
    """What the public page says, the holder's name masked."""

    public_id: str
    number: str
    state: str
    checked_at: str
    valid_until: str | None
    revoked: RevokedOut | None
    replaced_by: SuccessorOut | None
    facts: dict[str, Any]
    facts_sha256: str
    checks: list[CheckOut]


@endpoint("GET", "/certificates/<public_id>", returns=CertificateOut, access=public)
def certificate(public_id: str) -> CertificateOut:
    """Verify a certificate by the code in its public address."""
    return CertificateOut.model_validate(queries.as_document(queries.verify(public_id, now=now())))
