"""The database itself refuses to change or delete an entry of the ledger, whoever asks."""

from sqlalchemy import DDL, Table, event

_SAYS = "the ledger of hours is append-only: counter the entry instead"

POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION credit_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    """
CREATE TRIGGER credit_entry_append_only BEFORE UPDATE OR DELETE ON credit_entry
FOR EACH ROW EXECUTE FUNCTION credit_entry_append_only()
""",
    """
CREATE TRIGGER credit_entry_not_emptied BEFORE TRUNCATE ON credit_entry
FOR EACH STATEMENT EXECUTE FUNCTION credit_entry_append_only()
""",
)
SQLITE = tuple(
    f"CREATE TRIGGER credit_entry_no_{verb.lower()} BEFORE {verb} ON credit_entry BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    for verb in ("UPDATE", "DELETE")
)


def protect(table: Table) -> None:
    """Put the triggers on the table when it is created. (A migration that rebuilds the table makes them again.)"""
    for dialect, statements in (("postgresql", POSTGRESQL), ("sqlite", SQLITE)):
        for statement in statements:
            make = DDL(statement.strip())  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", make.execute_if(dialect=dialect))
