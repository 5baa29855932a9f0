"""Tables of the regulations that ship with the product, each row dated and with its source: data, not code."""

import csv
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent.parent / "data"


@cache
def data_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table in academy/data."""
    with (TABLES / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))
