"""A roster of 20,000 people: from the upload through the preview into the register, and what memory that takes."""

import json
import subprocess
import sys

from bench.figures import Figure
from bench.stage import ROOT

ROWS = 20_000
SECONDS, MEGABYTES = 30.0, 200.0


def measure() -> list[Figure]:
    """Time and memory of one import in a process of its own, as a worker would do it; then of the same file again."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.rosters", str(ROWS)], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    if found["created"] != ROWS or found["unchanged"] != ROWS:
        raise RuntimeError(f"the roster was not imported as it should: {found}")
    return [
        Figure("enrollment", "roster of 20,000 rows, imported", found["first"], "s", goal=SECONDS, more_is_better=False),
        Figure("enrollment", "the same roster again, no change", found["again"], "s", goal=SECONDS, more_is_better=False),
        Figure("enrollment", "memory of both", found["megabytes"], "MB", goal=MEGABYTES, more_is_better=False),
    ]


def _roster(rows: int) -> bytes:
    """A workbook as an organization would send it."""
    import io

    import xlsxwriter

    from academy.people.rules.people import _ID_CHECKS, _ID_WEIGHTS

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, ["姓名", "性别", "身份证号", "手机号", "邮箱", "工作单位", "人员类别", "学历"])
        for number in range(rows):
            start = f"37000019{60 + number % 40}{1 + number % 12:02}{1 + number % 28:02}{number % 1000:03}"
            start = f"3700{number // 1000:02}{start[6:]}"
            check = _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(start, _ID_WEIGHTS, strict=True)) % 11]
            row = ["赵晓" + chr(0x4E00 + number % 3000), "男" if int(start[16]) % 2 else "女", start + check]
            row += [
                f"199{number:08}",
                f"p{number}@example.org",
                f"某某街道社会工作服务站{number % 90}",
                f"P{1 + number % 12:02}",
                "大专",
            ]
            sheet.write_row(number + 1, 0, row)
    return target.getvalue()


def _resident() -> float:
    """Megabytes that this process holds, and has held at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(rows: int) -> dict[str, float]:
    from time import perf_counter

    from academy.app import create_app
    from academy.core.access import SYSTEM
    from academy.core.clock import now
    from academy.core.db import db, transaction
    from academy.core.outbox import drain
    from academy.people import queries, services

    found: dict[str, float] = {}
    content = _roster(rows)
    with create_app().app_context():
        drain(now=now())
        before = _resident()
        for key, counted in (("first", "created"), ("again", "unchanged")):
            began = perf_counter()
            with transaction():
                code = services.upload_roster(name="bench.xlsx", content=content, actor=SYSTEM, now=now()).code
            drain(now=now())
            with transaction():
                services.import_roster(code=code, actor=SYSTEM, now=now())
            drain(now=now())
            found[key] = perf_counter() - began
            roster = queries.get_roster_import(code)
            db.session.refresh(roster)
            found[counted] = getattr(roster, f"{counted}_count")
        found["megabytes"] = _resident() - before
    return found


if __name__ == "__main__":
    print(json.dumps(_run(int(sys.argv[1]))))
