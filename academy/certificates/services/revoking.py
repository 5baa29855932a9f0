"""Revocation: with a reason, visible for good."""

from datetime import date, datetime

from sqlalchemy import select

from academy.accounts import queries as accounts
from academy.certificates import messages
from academy.certificates.models import Certificate
from academy.certificates.numbers import normalize_number
from academy.certificates.policies import can_revoke
from academy.certificates.rules import CertificateState, EventKind
from academy.certificates.services.batches import required_reason
from academy.certificates.services.events import append_event
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.clock import today
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, NotFound
from academy.core.outbox import announce
from academy.core.text import N_
from academy.notifications.rules import Recipient
from academy.notifications.services import plan
from academy.people import queries as people


class CannotBeRevoked(Conflict):
    """Only what is in force, or suspended, is revoked."""

    message = N_("证书 %(number)s 已经撤销或替换过了。")


def revoke(*, number: str, reason: str, actor: Actor, now: datetime) -> Certificate:
    """Revoke a certificate. Its address keeps answering, and says so with the reason."""
    if not can_revoke(actor):
        raise Forbidden
    tidy = required_reason(reason)
    certificate = _lock(number)
    if certificate.state not in (CertificateState.ISSUED, CertificateState.SUSPENDED):
        raise CannotBeRevoked(number=certificate.number)
    before = {"state": certificate.state.value}
    certificate.state, certificate.revoked_at, certificate.revoked_reason = CertificateState.REVOKED, now, tidy
    db.session.add(append_event(certificate, EventKind.REVOKED, actor, now=now, reason=tidy))
    db.session.flush()
    after = {"state": certificate.state.value}
    subject = f"certificate:{certificate.number}"
    record(actor, "certificates.revoked", subject, now=now, before=before, after=after, reason=tidy)
    announce("certificates.revoked", now=now, certificate_id=certificate.id)
    _tell(certificate, now)
    return certificate


def _lock(number: str) -> Certificate:
    query = select(Certificate).where(Certificate.number == normalize_number(number)).with_for_update()
    certificate = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if certificate is None:
        raise NotFound
    return certificate


def _tell(certificate: Certificate, now: datetime) -> None:
    learner = people.learner_by_id(certificate.learner_id)
    user = accounts.get_user(learner.user_id) if learner.user_id else None
    recipient = Recipient(
        user_id=learner.user_id,
        email=(user.email if user else learner.email) or None,
        name=certificate.holder_name,
        locale=user.locale if user else "zh_Hans",
    )
    facts: dict[str, str | date] = {
        "name": certificate.holder_name,
        "number": certificate.number,
        "program": certificate.program_zh,
        "revoked_on": today(now),
        "reason": certificate.revoked_reason,
    }
    plan(reason=messages.REVOKED, recipient=recipient, facts=facts, key=certificate.number, now=now)
