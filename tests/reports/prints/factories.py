"""A class to print from, without a database."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from academy.reports.prints.dossier import Dossier, Person, Session
from academy.reports.prints.forms import Holdings

AT = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
FIRST = date(2026, 12, 7)  # a Monday
LONG = "阿卜杜热西提·买买提吐尔逊·伊敏江·艾力·阿卜杜拉·库尔班江·吐尔洪·阿布都热合曼·买买提明·艾则孜·吐尼亚孜"
UNBROKEN = "欧阳" * 30
NAMES = ("孙婷婷", LONG, UNBROKEN, "李𬀩", "王㛃", "John O'Neil-Smith")
PLENTY = Holdings(people=1, applications=1, sessions=1, room_capacity=5000, confirmed_sittings=1, certificates=1, credited=1)


def make_person(seq: int, *, name: str = "", organization: str = "") -> Person:
    """Somebody on a form."""
    return Person(
        seq=seq, learner_id=seq, code=f"L-{seq:08}", name=name or (NAMES[seq - 1] if seq <= len(NAMES) else f"学员{seq:04}"),
        gender="女" if seq % 2 else "男", organization=organization or f"滨城区第{seq % 7}社会工作服务站（演示）",
        kind="社工站及社工机构社会工作者", kind_code="P12", division="滨城区", education="本科", level="社会工作师",
        id_number="370000199001011892", mobile="19912341892",
    )  # fmt: skip


def make_session(seq: int, day: int, half: str = "上午", *, place: str = "", title: str = "") -> Session:
    """A session `day` days after the first."""
    begins, ends = {"上午": ("08:30", "11:50"), "下午": ("14:00", "17:20"), "晚上": ("19:00", "20:40")}[half]
    return Session(
        session_id=seq, seq=seq, on=FIRST + timedelta(days=day), half=half, begins=begins, ends=ends,
        title=title or f"社区议事第{seq}讲", teachers=("梁伯渊",), place=place, minutes=180,
    )  # fmt: skip


def make_dossier(count: int = 3, *, days: int = 2, capacity: int | None = 30) -> Dossier:
    """A class of `count` people with two half-days a day."""
    halves = [(day, half) for day in range(days) for half in ("上午", "下午")]
    return Dossier(
        class_id=1, code="XA-2026-015-03", title="社区议事协商主持人能力培训", run="2026年第3期",
        program="社区议事协商主持人能力培训", site="滨城区启明理论培训教学点（演示）", address="演示地址", room="302",
        capacity=capacity, starts_on=FIRST, ends_on=FIRST + timedelta(days=max(days - 1, 0)), seats=max(count, 1), fee_fen=0,
        min_attendance=90, pass_mark=Decimal(70), certificate="岗位能力证书", validity_months=24, manager="李明蕙",
        audience=("社区志愿者",), audience_codes=frozenset({"P12"}), approved_on=date(2026, 11, 20),
        people=tuple(make_person(seq) for seq in range(1, count + 1)),
        sessions=tuple(make_session(seq, day, half) for seq, (day, half) in enumerate(halves, start=1)),
        at=AT, printed_by="李明蕙",
    )  # fmt: skip


def with_names(found: Dossier, *names: str) -> Dossier:
    """The same class with these people."""
    return replace(found, people=tuple(make_person(seq, name=name) for seq, name in enumerate(names, start=1)))


def tool(name: str) -> str:
    """A command of poppler or qpdf; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: poppler-utils, qpdf)")
    return found


def run_on(pdf: bytes, tmp_path: Path, command: str, *arguments: str) -> str:
    """What a command says about a file."""
    path = tmp_path / "form.pdf"
    path.write_bytes(pdf)
    done = subprocess.run([tool(command), *arguments, str(path), *(["-"] if command == "pdftotext" else [])],
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode in (0, 3) if command == "qpdf" else done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def squeezed(text: str) -> str:
    """Text without blanks and line breaks."""
    return "".join(text.split())
