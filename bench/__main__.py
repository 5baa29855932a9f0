"""`make bench [AREA=…]`: run the measurements, print a table, write bench/latest.json."""

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench import stage
from bench.figures import Figure

MODULES = {  # an area may be measured in several files
    "catalog": ("catalog",),
    "enrollment": ("enrollment", "allocation", "rosters", "check_in", "clashes"),  # clashes fills the tables for good
    "exams": ("exams", "exam_day", "analysis"),
    "certificates": ("certificates",),
    "messages": ("messages",),
    "reports": ("reports",),
}
AREAS = tuple(MODULES)
LATEST = Path(__file__).parent / "latest.json"


def _table(figures: list[Figure]) -> str:
    lines = [f"{'area':<13}{'name':<44}{'value':>12} {'floor':>12} {'ratio':>8} {'goal':>8}  met"]
    for f in figures:
        goal = f"{f.goal:.2f}" if f.goal is not None else "-"
        met = {True: "yes", False: "NO", None: "-"}[f.met]
        floor, ratio = (f"{f.floor:,.1f}" if f.floor else "-"), (f"{f.ratio:.2f}" if f.ratio else "-")
        lines.append(f"{f.area:<13}{f.name:<44}{f.value:>12,.1f} {floor:>12} {ratio:>8} {goal:>8}  {met}  {f.unit}")
    return "\n".join(lines)


def _write(figures: list[Figure]) -> None:
    """The latest figures of every area: those just measured, and of the other areas those measured before."""
    measured = {figure.area for figure in figures}
    before = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else []
    rows = [row for row in before if row["area"] not in measured] + [figure.as_row() for figure in figures]
    rows.sort(key=lambda row: AREAS.index(row["area"]))
    LATEST.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def main(wanted: list[str]) -> int:
    """Measure the wanted areas (all when none is named)."""
    unknown = set(wanted) - set(AREAS)
    if unknown:
        print(f"no such area: {', '.join(unknown)}; there are {', '.join(AREAS)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    with (
        stage.postgresql() as database,
        stage.redis_server() as redis,
        tempfile.TemporaryDirectory(prefix="academy-bench-") as folder,
    ):
        stage.configure(database, Path(folder), redis)
        import_module("bench.stock").fill()
        for area in wanted or AREAS:
            print(f"measuring {area} …", flush=True)
            for module in MODULES[area]:
                figures += import_module(f"bench.{module}").measure()
    _write(figures)
    print(_table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main([area for area in sys.argv[1:] if area]))
