"""Tables of certificates, one subject a file."""

from academy.certificates.models.register import (
    Certificate,
    CertificateBatch,
    CertificateBatchRow,
    CertificateEvent,
    CertificateRegister,
    SigningKey,
)
from academy.certificates.models.statements import HoursStatement, HoursStatementRegister

__all__ = [
    "Certificate",
    "CertificateBatch",
    "CertificateBatchRow",
    "CertificateEvent",
    "CertificateRegister",
    "HoursStatement",
    "HoursStatementRegister",
    "SigningKey",
]
