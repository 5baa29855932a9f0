"""The walkthrough as a source of figures: its own report of each step's seconds, in a schema of its own on PostgreSQL."""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from bench.stage import ROOT


@cache
def report() -> dict[str, dict[str, Any]]:
    """Each step's outcome, seconds and CPU seconds, by name. Walked once for all areas."""
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as folder:
        command = [sys.executable, "-m", "academy.cli", "walkthrough", "--out", folder]
        subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=True, stdout=subprocess.DEVNULL)
        rows = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    return {row["step"]: row for row in rows}
