"""Every write of certificates."""

from academy.certificates.services.batches import (
    approve_batch,
    prepare_batch,
    retry_failed,
    withdraw_batch,
)
from academy.certificates.services.issuing import draw_slice, finish_batch, issue_whole_batch, make_files, record_slice
from academy.certificates.services.keys import current_signer, ensure_keys, import_key
from academy.certificates.services.revoking import revoke

__all__ = [
    "approve_batch",
    "current_signer",
    "draw_slice",
    "ensure_keys",
    "finish_batch",
    "import_key",
    "issue_whole_batch",
    "make_files",
    "prepare_batch",
    "record_slice",
    "retry_failed",
    "revoke",
    "withdraw_batch",
]
