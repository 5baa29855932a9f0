"""Fixtures of the reports' tests."""

from datetime import datetime

import pytest


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Pages are opened on Monday 23 November 2026, 10:42."""
    for module in ("home", "worklist", "board", "trail", "runs", "prints"):
        monkeypatch.setattr(f"academy.reports.web.{module}.now", lambda: now)
    monkeypatch.setattr("academy.reports.web.now", lambda: now)
