"""Fills the stage's database with the sample data, through the product's own migrations and loaders."""

import subprocess
import sys

from bench.stage import ROOT


def fill() -> None:
    """Migrate and load in a process of its own, so that measurements start with a fresh one."""
    subprocess.run([sys.executable, "-m", "academy.cli", "prepare"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
