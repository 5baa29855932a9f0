"""The academy's main job from class to verified certificate, as the operator's command does it."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_main_job_adds_up_from_end_to_end(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-m", "academy.cli", "walkthrough", "--out", str(tmp_path / "out")]
    environment = {**kept, "INSTANCE_DIR": str(tmp_path / "instance")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everything adds up" in done.stdout
    assert "Warning" not in done.stderr
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
