import csv
from collections.abc import Callable
from pathlib import Path

from academy.core.sheets import find_table, packaged_rows, read_sheet
from academy.people.rules.judging import judge, notes_of, type_codes_of
from academy.people.rules.roster import COLUMNS, REQUIRED, RosterRow, RowState

SAMPLES = Path(__file__).parents[1] / "data"
NOTED = {"merged_title_row", "hidden_column"}
TYPES = type_codes_of((row["person_type_code"], row["person_type_zh"]) for row in packaged_rows("groups.csv"))


def judged(name: str) -> tuple[list[tuple[str, ...]], list[RosterRow]]:
    table = find_table(read_sheet((SAMPLES / name).read_bytes()), columns=COLUMNS, required=REQUIRED)
    notes: list[tuple[str, ...]] = [
        (str(note.row_number), "sheet", "ok", note.code, note.column, "") for note in notes_of(table) if note.code in NOTED
    ]
    return notes, judge(table, TYPES)


def verdict(row: RosterRow) -> tuple[str, ...]:
    if row.state is RowState.OK:
        return (str(row.number), "row", "ok", "", "", "")
    first = row.reasons[0]
    return (str(row.number), "row", row.state.value, first.code, first.column, first.value)


def expected(keep: Callable[[dict[str, str]], bool]) -> list[dict[str, str]]:
    with (SAMPLES / "roster_with_errors_expected.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if keep(row)]


def test_every_row_of_the_roster_with_errors_gets_the_expected_verdict() -> None:
    notes, rows = judged("roster_with_errors.xlsx")
    wanted = [
        (
            row["row_number"],
            row["scope"],
            row["expected_verdict"],
            row["reason_code"],
            row["column_zh"] if row["reason_code"] else "",
            row["expected_value"],
        )
        for row in expected(lambda row: True)
    ]
    assert notes + [verdict(row) for row in rows] == wanted
    assert len(wanted) == 62


def test_unusual_but_valid_rows_say_why_they_are_valid() -> None:
    _, rows = judged("roster_with_errors.xlsx")
    noted = {row.number: row.findings[0].column for row in rows if row.state is RowState.OK and row.findings}
    remarked = expected(lambda row: row["expected_verdict"] == "ok" and row["scope"] == "row" and bool(row["reason_zh"]))
    usual = 31  # a capital X at the end: every tenth number has one, so it is not worth a remark
    assert noted == {int(row["row_number"]): row["column_zh"] for row in remarked if int(row["row_number"]) != usual}


def test_every_error_says_what_to_do_and_every_row_has_one_reason() -> None:
    _, rows = judged("roster_with_errors.xlsx")
    refused = [row for row in rows if row.state is RowState.ERROR]
    assert len(refused) == 11
    assert all(len(row.reasons) == 1 and row.reasons[0].fix for row in refused)


def test_a_clean_roster_is_all_right() -> None:
    notes, rows = judged("roster_clean.xlsx")
    assert notes == []
    assert len(rows) == 200
    assert {row.state for row in rows} == {RowState.OK}
