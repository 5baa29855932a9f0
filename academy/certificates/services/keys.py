"""The register's keys: made at first use, replaceable, kept encrypted, parsed once per worker."""

import base64
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from academy.certificates.models import SigningKey
from academy.certificates.signing import KeyIsUnusable, KeyPair, Signer, make_root, make_signer, read_pfx
from academy.config import settings
from academy.core.access import SYSTEM, Actor, Role
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Forbidden, Invalid
from academy.core.sealed import seal, unseal
from academy.core.text import N_


class PfxIsUnusable(Invalid):
    """The PFX cannot become the signing key."""

    message = N_("这个 PFX 不能用来签证书：%(cause)s。")
    next_step = N_("需要一对 ECDSA P-256 密钥与证书，并请核对口令。原来的密钥没有改动。")


class KeyHasExpired(Invalid):
    """The certificate in the PFX does not hold today."""

    message = N_("这张证书的有效期是 %(since)s 至 %(until)s，今天不能用。")


def ensure_keys(*, now: datetime) -> None:
    """Make root and signer unless they exist. Processes that start together agree: the database keeps one of each."""
    if _in_use("signer") is not None:
        return
    root = make_root(settings().academy_name_zh, now=now)
    signer = make_signer(settings().academy_name_zh, root, now=now)
    try:
        with db.session.begin_nested():
            db.session.add_all([_row("root", root, now=now), _row("signer", signer, now=now, chain=[root.certificate])])
    except IntegrityError:  # another process was faster; its keys are the keys
        return
    after = {"root": root.fingerprint, "signer": signer.fingerprint}
    record(SYSTEM, "certificates.keys_made", "signing_key:root", now=now, after=after)


def current_signer(*, now: datetime) -> Signer:
    """The signing key in use, made first if there is none."""
    key = _in_use("signer")
    if key is None:
        ensure_keys(now=now)
        key = _in_use("signer")
    if key is None or key.sealed_key is None:
        raise KeyIsUnusable("no signing key is in use")
    return _parsed(key.id, key.sealed_key, key.certificate, tuple(key.chain))


def _in_use(role: str) -> SigningKey | None:
    query = select(SigningKey).where(SigningKey.role == role, SigningKey.retired_at.is_(None))
    return db.session.scalars(query).one_or_none()


@lru_cache(maxsize=4)
def _parsed(key_id: int, sealed_key: bytes, certificate: bytes, chain: tuple[str, ...]) -> Signer:
    pair = KeyPair(unseal(sealed_key), certificate)
    return Signer(pair, [base64.b64decode(der) for der in chain], key_id=key_id)


def _row(role: str, pair: KeyPair, *, now: datetime, chain: list[bytes] | None = None) -> SigningKey:
    return SigningKey(
        role=role,
        fingerprint=pair.fingerprint,
        certificate=pair.certificate,
        chain=[base64.b64encode(der).decode() for der in chain or []],
        sealed_key=seal(pair.private_key),
        created_at=now,
        not_after=x509.load_der_x509_certificate(pair.certificate).not_valid_after_utc,
    )


def import_key(*, pfx: bytes, passphrase: str, actor: Actor, now: datetime) -> SigningKey:
    """Sign with the key of a PFX file from now on. The former key is retired and stays, to check what it signed."""
    if not actor.has(Role.ADMINISTRATOR):
        raise Forbidden
    try:
        pair, chain = read_pfx(pfx, passphrase)
    except KeyIsUnusable as error:
        raise PfxIsUnusable(cause=str(error)) from error
    _require_valid(pair.certificate, now)
    former = _in_use("signer")
    if former is not None:
        db.session.execute(update(SigningKey).where(SigningKey.id == former.id).values(retired_at=now))
    key = _row("signer", pair, now=now, chain=chain)
    db.session.add(key)
    db.session.flush()
    before = {"fingerprint": former.fingerprint} if former else None
    after = {"fingerprint": key.fingerprint}
    record(actor, "certificates.key_imported", f"signing_key:{key.fingerprint[:16]}", now=now, before=before, after=after)
    return key


def _require_valid(certificate: bytes, now: datetime) -> None:
    parsed = x509.load_der_x509_certificate(certificate)
    since, until = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    if not since <= now <= until:
        raise KeyHasExpired(since=since.date(), until=until.date())
