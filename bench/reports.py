"""The class summary as Excel and PDF, beside bare xlsxwriter with the same cells and beside reading the class."""

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import openpyxl
import xlsxwriter

from bench.figures import Figure

RUNS = 9


def measure() -> list[Figure]:
    """Milliseconds for the sample's exam class, read from PostgreSQL."""
    from academy.app import create_app
    from academy.reports.files import render
    from academy.reports.queries.class_summary import summary
    from academy.reports.rules.definitions import Format
    from academy.timetable import queries as timetable
    from academy.timetable.sample import SAMPLE_EXAM_CLASS

    at = datetime.now(UTC)
    with create_app().app_context():
        class_id = timetable.get_class(SAMPLE_EXAM_CLASS).id
        content = summary(class_id, at)
        reading = _milliseconds(lambda: summary(class_id, at))
        excel = _milliseconds(lambda: render(content, Format.XLSX))
        pdf = _milliseconds(lambda: render(content, Format.PDF))
        bare = _milliseconds(_bare_workbook(render(content, Format.XLSX)))
    return [
        Figure("reports", "class summary, read", reading, "ms"),
        Figure("reports", "class summary, Excel", excel, "ms", floor=bare, more_is_better=False),
        Figure("reports", "class summary, PDF", pdf, "ms"),
    ]


def _milliseconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return median(seconds) * 1000


def _bare_workbook(made: bytes) -> Callable[[], object]:
    """Writes the same cells with xlsxwriter and nothing else."""
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]

    def write() -> None:
        bare = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        for rows in sheets:
            sheet = bare.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, [value if value is not None else "" for value in row])
        bare.close()

    return write
