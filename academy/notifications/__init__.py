"""The message ledger: who is told what, for which reason, through which channel, and what became of it.

One row per person, reason, key and channel, planned in the transaction of the fact it tells. Announces
`notifications.email_planned` and `notifications.one_time_email_planned`; its own jobs deliver them.
"""
