"""The message ledger: one row per person, reason and channel; what was promised, sent, and what became of it."""
