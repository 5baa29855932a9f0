"""The chain of events of one certificate."""

from datetime import datetime

from academy.certificates.models import Certificate, CertificateEvent
from academy.certificates.rules import EventKind, event_digest
from academy.core.access import Actor


def digest(previous: str, number: str, seq: int, kind: EventKind, actor_name: str, reason: str, at: datetime) -> str:
    """The hash of an event with its place in the chain."""
    fields = {"number": number, "seq": seq, "kind": kind.value, "actor": actor_name, "reason": reason, "at": at.isoformat()}
    return event_digest(previous, fields)


def first_digest(number: str, actor: Actor, now: datetime) -> str:
    """The hash of the issue, with which every chain begins."""
    return digest("", number, 1, EventKind.ISSUED, actor.name, "", now)


def event_row(certificate: Certificate, kind: EventKind, actor: Actor, *, now: datetime, reason: str = "") -> CertificateEvent:
    """The row for the event that `certificate.last_event_digest` and `event_count` already name."""
    return CertificateEvent(
        certificate_id=certificate.id,
        seq=certificate.event_count,
        kind=kind,
        at=now,
        actor_id=actor.user_id,
        actor_name=actor.name,
        reason=reason,
        digest=certificate.last_event_digest,
    )


def append_event(
    certificate: Certificate, kind: EventKind, actor: Actor, *, now: datetime, reason: str = ""
) -> CertificateEvent:
    """The next event of a locked certificate's chain."""
    certificate.event_count += 1
    certificate.last_event_digest = digest(
        certificate.last_event_digest, certificate.number, certificate.event_count, kind, actor.name, reason, now
    )
    return event_row(certificate, kind, actor, now=now, reason=reason)
