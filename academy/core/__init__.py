"""What every domain stands on: database, access, outbox, background jobs, audit. Knows no domain."""
