"""Saving blueprints, so that they are used again; every change is a new version."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden
from academy.core.text import N_, render
from academy.exams import queries
from academy.exams.models import Blueprint, BlueprintVersion, Paper
from academy.exams.policies import can_edit_bank
from academy.exams.rules.blueprint import Cell, find_cell_faults
from academy.exams.services.papers import BlueprintIsUnusable, assemble_forms


class BlueprintHasMoved(Conflict):
    """Somebody has saved a newer version since the page was opened."""

    message = N_("这份蓝图已经有第 %(version)s 版，是 %(name)s 存的，您的改动没有保存。")
    next_step = N_("请打开最新的一版，在它上面改。")


def save_blueprint(
    *,
    bank_id: int,
    title_zh: str,
    minutes: int,
    cells: Sequence[Cell],
    most_common: int,
    actor: Actor,
    now: datetime,
) -> Blueprint:
    """A new blueprint. Raises BlueprintIsUnusable."""
    _require_usable(cells, most_common, actor)
    blueprint = Blueprint(code=random_code16(), bank_id=bank_id, title_zh=title_zh, version=1)
    db.session.add(blueprint)
    db.session.flush()
    _add_version(blueprint, minutes, cells, most_common, actor, now)
    record(actor, "exams.blueprint_saved", f"blueprint:{blueprint.code}", now=now, after={"title": title_zh, "version": 1})
    return blueprint


def revise_blueprint(
    *,
    blueprint_id: int,
    seen_version: int,
    title_zh: str,
    minutes: int,
    cells: Sequence[Cell],
    most_common: int,
    actor: Actor,
    now: datetime,
) -> Blueprint:
    """A new version of a blueprint; papers keep the one that they were made by. Raises BlueprintHasMoved."""
    _require_usable(cells, most_common, actor)
    query = select(Blueprint).where(Blueprint.id == blueprint_id).with_for_update()
    blueprint = db.session.scalars(query.execution_options(populate_existing=True)).one()
    newest = queries.blueprint_versions(blueprint.id)[0]
    if blueprint.version != seen_version:
        raise BlueprintHasMoved(version=blueprint.version, name=newest.created_by)
    is_same = (newest.minutes, newest.most_common) == (minutes, most_common) and queries.cells_of(newest) == tuple(cells)
    blueprint.title_zh = title_zh
    if not is_same:
        blueprint.version += 1
        _add_version(blueprint, minutes, cells, most_common, actor, now)
    after = {"title": title_zh, "version": blueprint.version}
    record(actor, "exams.blueprint_revised", f"blueprint:{blueprint.code}", now=now, after=after)
    return blueprint


def assemble_by_blueprint(
    *, code: str, title_zh: str, forms: int, actor: Actor, now: datetime, seed: int | None = None
) -> list[Paper]:
    """Papers by the newest version of a saved blueprint, which they pin. Raises what `assemble_forms` raises."""
    blueprint = queries.get_blueprint(code)
    version = queries.blueprint_versions(blueprint.id)[0]
    return assemble_forms(
        bank_id=blueprint.bank_id,
        title_zh=title_zh,
        minutes=version.minutes,
        cells=queries.cells_of(version),
        forms=forms,
        most_common=version.most_common,
        blueprint_version_id=version.id,
        seed=seed,
        actor=actor,
        now=now,
    )


def _require_usable(cells: Sequence[Cell], most_common: int, actor: Actor) -> None:
    if not can_edit_bank(actor):
        raise Forbidden
    faults = [render(fault) for fault in find_cell_faults(cells)]
    if not 0 <= most_common <= 100:
        faults.append(render(N_("共用比例要在 0 到 100 之间。")))
    if faults:
        raise BlueprintIsUnusable(faults="".join(faults))


def _add_version(
    blueprint: Blueprint, minutes: int, cells: Sequence[Cell], most_common: int, actor: Actor, now: datetime
) -> None:
    db.session.add(
        BlueprintVersion(
            blueprint_id=blueprint.id,
            version=blueprint.version,
            minutes=minutes,
            cells=[cell.as_json() for cell in cells],
            most_common=most_common,
            created_at=now,
            created_by=actor.name[:120],
        )
    )
    db.session.flush()
