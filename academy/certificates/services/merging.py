"""Certificates follow when two records of one person are merged. What was signed stays as it was, to the byte."""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from academy.certificates.models import Certificate, CertificateBatchRow
from academy.core.access import SYSTEM
from academy.core.audit import record
from academy.core.db import db
from academy.core.text import N_, Text
from academy.people import queries as people
from academy.people import services as people_services
from academy.people.queries import Held


def follow_merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Give certificates, and rows of batches, to the kept record. Repeat-safe.

    Two live certificates of one kind from one class are not made one: the merged record's stays, still valid and still
    verifiable, and is reported, so that somebody revokes one of them with a reason.
    """
    kept_id = people.learner_by_id(kept_id).id
    certificates = people_services.repoint(
        Certificate, kept_id=kept_id, merged_id=merged_id, unique=["class_id", "kind"], when=_both_live
    )
    _move_batch_rows(kept_id, merged_id)
    after = {"learner_id": kept_id, "certificates": certificates.moved, "left": certificates.left}
    record(
        SYSTEM, "certificates.followed_merge", f"learner:{merged_id}", now=now, before={"learner_id": merged_id}, after=after
    )
    left = db.session.scalars(select(Certificate.number).where(Certificate.id.in_(certificates.left)))
    people_services.note_moved(
        merged_id=merged_id, subject="certificates", moved=certificates.moved, left=sorted(left), now=now
    )


def _both_live(kept: FromClause, table: FromClause) -> ColumnElement[bool]:
    return and_(kept.c.is_live, table.c.is_live)


def _move_batch_rows(kept_id: int, merged_id: int) -> None:
    """Rows of batches: one a person in a batch, and one number a person, class and kind."""
    rows = db.session.scalars(select(CertificateBatchRow).where(CertificateBatchRow.learner_id == merged_id))
    own = db.session.scalars(select(CertificateBatchRow).where(CertificateBatchRow.learner_id == kept_id)).all()
    batches = {row.batch_id for row in own}
    numbered = {(row.class_id, row.kind) for row in own if row.serial is not None}
    for row in rows.all():
        if row.batch_id not in batches and (row.serial is None or (row.class_id, row.kind) not in numbered):
            row.learner_id = kept_id
    db.session.flush()


@people.holds("certificates", place=5)
def held(kept_id: int, merged_id: int) -> list[Held]:
    """What both records hold here."""
    mine = Certificate.learner_id.in_([kept_id, merged_id])
    counted = select(Certificate.learner_id, func.count(Certificate.id)).where(mine).group_by(Certificate.learner_id)
    counts = dict(db.session.execute(counted).all())
    twice = select(Certificate.class_id).where(mine, Certificate.is_live).group_by(Certificate.class_id, Certificate.kind)
    both = len(list(db.session.scalars(twice.having(func.count(Certificate.id) > 1))))
    say = Text(N_("%(count)s 张证书两份档案各有一张同班同种的：旧档案的那张不动，请核对后撤销其中一张。"), count=both)
    return [Held(N_("证书"), counts.get(kept_id, 0), counts.get(merged_id, 0), (say,) if both else ())]
