"""The certificate register: who is entitled, numbers, frozen facts, signed files, verification, revocation.

Words: entitlement (a learner's claim to one kind of certificate from one class), batch (the entitlements of a class
that one person prepared and another approved), serial (a person's number within a class), facts (what a certificate
says, frozen as canonical JSON when its number was drawn), chain (a certificate and those that replaced it), statement
(年度学时证明: what a person's ledger of a year said, signed; a changed ledger gives a new version that replaces it).

Announces certificates.batch_approved, certificates.issued and certificates.revoked.
"""
