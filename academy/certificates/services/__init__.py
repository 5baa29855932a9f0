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
from academy.certificates.services.statements import (
    DrawnStatement,
    MadeStatement,
    NothingToState,
    StatementWasRedrawn,
    draw_statement,
    make_statement,
    record_statement,
)

__all__ = [
    "DrawnStatement",
    "MadeStatement",
    "NothingToState",
    "StatementWasRedrawn",
    "approve_batch",
    "current_signer",
    "draw_slice",
    "draw_statement",
    "ensure_keys",
    "finish_batch",
    "import_key",
    "issue_whole_batch",
    "make_files",
    "make_statement",
    "prepare_batch",
    "record_slice",
    "record_statement",
    "retry_failed",
    "revoke",
    "withdraw_batch",
]
