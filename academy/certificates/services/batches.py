"""Batches: one person prepares, another approves; what failed can be tried again."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from academy.certificates.models import CertificateBatch, CertificateBatchRow
from academy.certificates.policies import can_approve, can_prepare
from academy.certificates.queries.entitlement import evaluate_class
from academy.certificates.rules import SHORTEST_REASON, BatchState, RowState
from academy.certificates.services.facts import class_facts
from academy.core.access import Actor
from academy.core.audit import record
from academy.core.codes import random_code16
from academy.core.db import db
from academy.core.errors import Conflict, Forbidden, Invalid, NotFound
from academy.core.outbox import announce
from academy.core.runs import start_run
from academy.core.text import N_, Text

RUN_KIND = "certificates.batch"


class NobodyIsEntitled(Conflict):
    """A batch needs somebody."""

    message = N_("这个班现在没有人可以发证。")
    next_step = N_("每个人缺什么，名单里写着。")


class BatchIsOpen(Conflict):
    """One batch of a class at a time."""

    message = N_("这个班已经有一批证书在办。")
    next_step = N_("请先批准、撤回或等它办完。")


class BatchIsDecided(Conflict):
    """The batch was approved or withdrawn already."""

    message = N_("这一批已经有人处理过了。")


class PreparedByYou(Forbidden):
    """Two people are needed."""

    message = N_("这一批是您准备的，要由另一位证书管理员批准。")


class NothingToRetry(Conflict):
    """No row failed, or the batch is still at work."""

    message = N_("这一批没有可以重试的。")


class ReasonIsMissing(Invalid):
    """Some decisions are only taken with a reason."""

    message = N_("请写明原因，至少 4 个字；原因会一直保留。")


def prepare_batch(*, class_id: int, actor: Actor, now: datetime, only: Iterable[int] | None = None) -> CertificateBatch:
    """Put everybody of a class (or of `only` these learners) who is entitled now into a batch for the second person."""
    if not can_prepare(actor):
        raise Forbidden
    common = class_facts(class_id)
    entitled = [person for person in evaluate_class(class_id, now=now, only=only) if person.verdict.allowed]
    if not entitled:
        raise NobodyIsEntitled
    batch = CertificateBatch(
        code=random_code16(),
        class_id=class_id,
        class_code=common.class_code,
        class_title=common.class_title,
        kind=common.kind,
        state=BatchState.PREPARED,
        total=len(entitled),
        prepared_by_id=actor.user_id,
        prepared_by=actor.name,
        prepared_at=now,
    )
    _insert(batch)
    db.session.add_all(
        CertificateBatchRow(
            batch_id=batch.id,
            class_id=class_id,
            learner_id=person.learner_id,
            kind=common.kind,
            holder_name=person.name,
            state=RowState.WAITING,
        )
        for person in entitled
    )
    db.session.flush()
    after = {"class": batch.class_code, "people": batch.total}
    record(actor, "certificates.batch_prepared", f"certificate_batch:{batch.code}", now=now, after=after)
    return batch


def _insert(batch: CertificateBatch) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(batch)
    except IntegrityError as error:  # uq_certificate_batch_open
        raise BatchIsOpen from error


def _lock(code: str) -> CertificateBatch:
    query = select(CertificateBatch).where(CertificateBatch.code == code).with_for_update()
    batch = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def approve_batch(*, code: str, actor: Actor, now: datetime) -> CertificateBatch:
    """The second person's word: numbers are drawn and files made from now on, in the background."""
    batch = _lock(code)
    if not can_prepare(actor):
        raise Forbidden
    if not can_approve(actor, batch.prepared_by_id):
        raise PreparedByYou
    if batch.state is not BatchState.PREPARED:
        raise BatchIsDecided
    batch.approved_by_id, batch.approved_by, batch.approved_at = actor.user_id, actor.name, now
    _start(batch, batch.total, actor, now)
    record(actor, "certificates.batch_approved", f"certificate_batch:{batch.code}", now=now, after={"people": batch.total})
    return batch


def _start(batch: CertificateBatch, total: int, actor: Actor, now: datetime) -> None:
    title = Text(N_("%(title)s：签发证书"), title=batch.class_title)
    run = start_run(kind=RUN_KIND, title=title, subject=f"class:{batch.class_code}", total=total, actor=actor, now=now)
    batch.state, batch.run_id, batch.finished_at = BatchState.ISSUING, run.id, None
    db.session.flush()
    announce("certificates.batch_approved", now=now, batch_id=batch.id)


def withdraw_batch(*, code: str, reason: str, actor: Actor, now: datetime) -> CertificateBatch:
    """Take back a batch that was not approved yet, with the reason."""
    batch = _lock(code)
    if not can_prepare(actor):
        raise Forbidden
    if batch.state is not BatchState.PREPARED:
        raise BatchIsDecided
    batch.state, batch.finished_at, batch.withdrawn_reason = BatchState.WITHDRAWN, now, required_reason(reason)
    record(actor, "certificates.batch_withdrawn", f"certificate_batch:{batch.code}", now=now, reason=reason)
    return batch


def required_reason(reason: str) -> str:
    """A reason that says something. Raises ReasonIsMissing."""
    tidy = " ".join(reason.split())
    if len(tidy) < SHORTEST_REASON:
        raise ReasonIsMissing
    return tidy[:500]


def retry_failed(*, code: str, actor: Actor, now: datetime) -> CertificateBatch:
    """Try the failed rows of a finished batch again; who was issued stays as she is."""
    batch = _lock(code)
    if not can_prepare(actor):
        raise Forbidden
    again = (CertificateBatchRow.batch_id == batch.id, CertificateBatchRow.state == RowState.FAILED)
    failed = db.session.scalar(select(func.count(CertificateBatchRow.id)).where(*again)) or 0
    if batch.state is not BatchState.DONE or not failed:
        raise NothingToRetry
    db.session.execute(update(CertificateBatchRow).where(*again).values(state=RowState.WAITING, problem=None))
    try:
        with db.session.begin_nested():
            _start(batch, failed, actor, now)
    except IntegrityError as error:  # another batch of the class is open
        raise BatchIsOpen from error
    record(actor, "certificates.batch_retried", f"certificate_batch:{batch.code}", now=now, after={"people": failed})
    return batch
