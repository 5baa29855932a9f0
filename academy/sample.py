"""Loads every domain's sample data, in the order in which the domains build on one another."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from academy.accounts.sample import create_demo_users, keep_sign_ins
from academy.config import settings
from academy.core.db import transaction

DOMAINS = (
    "accounts",
    "catalog",
    "sites",
    "people",
    "timetable",
    "enrollment",
    "attendance",
    "exams",
    "scoring",
    "certificates",
    "notifications",
)


def load_all(*, now: datetime) -> dict[str, str]:
    """Load what is missing, a transaction for each domain; returns {e-mail: password} of the demo users just made."""
    made: dict[str, str] = {}
    for domain in DOMAINS:
        if find_spec(f"academy.{domain}.sample") is None:
            continue
        load: Callable[..., None] = import_module(f"academy.{domain}.sample").load
        with transaction():
            load(now=now)
        if domain == "accounts":
            with transaction():
                made = create_demo_users(now=now)
            keep_sign_ins(settings().sign_ins, made)
    return made
