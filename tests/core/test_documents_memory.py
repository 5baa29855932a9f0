"""Two hundred documents in one process: the compiler keeps what it needs and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATM = Path("/proc/self/statm")
MOST_GROWTH = 60  # megabytes between the 60th document and the 200th; a leak of one page's worth each would be 100

CHILD = """
from pathlib import Path
from academy.core.documents import render_pdf
from tests.reports.prints.factories import make_dossier
from tests.reports.prints.test_pdf import make_facts
from academy.reports.prints.forms import BY_SLUG

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

slugs = ("roster", "sign-in", "badges", "seating", "notice", "timetable", "grades", "archive")
for number in range(1, 201):
    slug = slugs[number % len(slugs)]
    facts = make_facts(slug, make_dossier(12 + number % 9))
    facts["printed"]["at"] = str(number)
    render_pdf(template=BY_SLUG[slug].template, facts=facts)
    if number in (60, 200):
        print(megabytes())
"""


@pytest.mark.skipif(not STATM.exists(), reason="memory is read from /proc")
def test_two_hundred_documents_do_not_fill_the_memory() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True)
    after_60, after_200 = map(int, done.stdout.split())
    assert after_200 - after_60 < MOST_GROWTH
