"""Every read of certificates."""

from academy.certificates.queries.entitlement import Entitled, evaluate_class
from academy.certificates.queries.register import (
    RegisterFilter,
    batch_rows,
    certificate_by_id,
    certificates_of,
    certificates_of_learner,
    certificates_of_user,
    certified_counts,
    events_of,
    find_by_public_id,
    find_root_certificate,
    get_batch,
    get_certificate,
    issued_count,
    recent_batches,
    register_page,
    waiting_batches,
)
from academy.certificates.queries.verification import FileOutcome, check_file, find_by_number_and_name, verify

__all__ = [
    "Entitled",
    "FileOutcome",
    "RegisterFilter",
    "batch_rows",
    "certificate_by_id",
    "certificates_of",
    "certificates_of_learner",
    "certificates_of_user",
    "certified_counts",
    "check_file",
    "evaluate_class",
    "events_of",
    "find_by_number_and_name",
    "find_by_public_id",
    "find_root_certificate",
    "get_batch",
    "get_certificate",
    "issued_count",
    "recent_batches",
    "register_page",
    "verify",
    "waiting_batches",
]
