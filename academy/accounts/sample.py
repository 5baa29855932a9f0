"""Sample data: divisions, organizations, person types, and one demo user for each role."""

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from academy.accounts import queries
from academy.accounts.models import Division, Organization, PersonType
from academy.accounts.services import create_user
from academy.core.access import SYSTEM, Grant, Role
from academy.core.db import db
from academy.core.sheets import packaged_rows

COORDINATED = "WU-001"  # the work unit that the demo coordinator speaks for

DEMO_USERS: tuple[tuple[str, str, Role], ...] = (
    ("learner", "孙婷婷", Role.LEARNER),
    ("instructor", "孙砚秋", Role.INSTRUCTOR),
    ("manager", "李明蕙", Role.CLASS_MANAGER),
    ("officer", "周静宜", Role.CERTIFICATE_OFFICER),
    ("officer2", "何书云", Role.CERTIFICATE_OFFICER),
    ("coordinator", "王莎莎", Role.ORGANIZATION_COORDINATOR),
    ("auditor", "梁守正", Role.AUDITOR),
    ("admin", "孔延玲", Role.ADMINISTRATOR),
    ("admin2", "段维栋", Role.ADMINISTRATOR),
)


def load(*, now: datetime) -> None:
    """Load what is missing; running it again changes nothing."""
    if db.session.scalar(select(Division.code).limit(1)) is None:
        db.session.execute(insert(Division), [_division(row) for row in packaged_rows("divisions.csv")])
        db.session.execute(insert(PersonType), [_person_type(row) for row in packaged_rows("groups.csv")])
        db.session.execute(insert(Organization), [_organization(row) for row in packaged_rows("organizations.csv")])


def _division(row: dict[str, str]) -> dict[str, Any]:
    return {
        **{key: row[key] for key in ("code", "name_zh", "pinyin", "name_en", "level", "type", "parent_code")},
        "lon": float(row["lon_approx"]) if row["lon_approx"] else None,
        "lat": float(row["lat_approx"]) if row["lat_approx"] else None,
    }


def _person_type(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["person_type_code"],
        **{key: row[key] for key in ("group_code", "group_zh", "group_en")},
        "name_zh": row["person_type_zh"],
        "name_en": row["person_type_en"],
    }


def _organization(row: dict[str, str]) -> dict[str, Any]:
    return {
        "code": row["org_code"],
        "name_zh": row["name_zh"],
        "kind": row["kind"],
        "division_code": row["division_code"] or None,
        "uscc": row["uscc"] or None,
        "contact_zh": row["contact_zh"],
        "named_in_source": row["named_in_source"] == "1",
        "is_fictional": row["is_fictional"] == "1",
    }


def create_demo_users(*, now: datetime) -> dict[str, str]:
    """One user for each role with a new random password; returns {e-mail: password} of those just made."""
    unit = queries.get_organization(COORDINATED)
    made = {}
    for name, name_zh, role in DEMO_USERS:
        email = f"{name}@demo.example"
        if queries.find_user_by_email(email) is not None:
            continue
        password = f"{secrets.token_hex(3)}-{secrets.token_hex(3)}"
        scope = unit.id if role is Role.ORGANIZATION_COORDINATOR else None
        create_user(email=email, name_zh=name_zh, roles=[Grant(role, scope)], password=password, actor=SYSTEM, now=now)
        made[email] = password
    return made


def keep_sign_ins(path: Path, sign_ins: dict[str, str]) -> None:
    """Write the demo sign-ins where only the operator can read them, so that a later start can print them again."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps({**kept, **sign_ins}, indent=1), encoding="utf-8")
