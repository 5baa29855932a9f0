"""Tables that the database itself refuses to change: what was written stays, whoever asks."""

from collections.abc import Sequence

from sqlalchemy import DDL, Table, event


def protect(table: Table, says: str, *, kept: Sequence[str] = ()) -> None:
    """Put the triggers on the table when it is created; they refuse every change, or those of the `kept` columns alone.

    A migration that rebuilds the table makes them again.
    """
    update = f"UPDATE OF {', '.join(kept)}" if kept else "UPDATE"
    for dialect, statements in _statements(table.name, update, says).items():
        for statement in statements:
            make = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", make.execute_if(dialect=dialect))


def _statements(table: str, update: str, says: str) -> dict[str, tuple[str, ...]]:
    name = f"{table}_append_only"
    raised = f"BEGIN RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation'; END"
    abort = f"BEGIN SELECT RAISE(ABORT, '{says}'); END"
    return {
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {raised} $$",
            f"CREATE TRIGGER {name} BEFORE {update} OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ),
        "sqlite": (
            f"CREATE TRIGGER {table}_no_update BEFORE {update} ON {table} {abort}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {abort}",
        ),
    }
