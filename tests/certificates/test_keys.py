"""The register's keys: made once, encrypted at rest, replaceable, and old ones kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy.orm import Session

from academy.certificates import queries, services
from academy.certificates.models import SigningKey
from academy.certificates.queries import FileOutcome
from academy.certificates.services import keys
from academy.core.access import SYSTEM
from academy.core.audit import AuditRow
from academy.core.db import transaction
from academy.core.errors import Forbidden
from academy.core.files import get_file
from academy.core.sealed import unseal
from tests.certificates.factories import certificates, issue, make_graduates
from tests.certificates.test_signing import pfx_of, self_signed

TODAY = datetime.now(UTC)


def test_keys_are_made_once(session: Session, now: datetime) -> None:
    with transaction():
        services.ensure_keys(now=now)
    first = queries.find_root_certificate()
    with transaction():
        services.ensure_keys(now=now)
    assert queries.find_root_certificate() == first
    assert sorted(key.role for key in session.query(SigningKey)) == ["root", "signer"]


def test_private_keys_are_encrypted_at_rest(session: Session, now: datetime) -> None:
    with transaction():
        services.ensure_keys(now=now)
    for key in session.query(SigningKey):
        assert key.sealed_key
        plain = unseal(key.sealed_key)
        assert plain.startswith(b"\x30")
        assert plain[-20:] not in key.sealed_key


def test_a_worker_parses_its_key_once(session: Session, now: datetime) -> None:
    with transaction():
        first = services.current_signer(now=now)
    assert services.current_signer(now=now) is first


def test_an_imported_key_signs_from_now_on_and_old_files_still_verify(session: Session, now: datetime) -> None:
    graduates = make_graduates(TODAY, 1)
    (old,) = issue(graduates, TODAY)
    key = ec.generate_private_key(ec.SECP256R1())
    with transaction():
        services.import_key(pfx=pfx_of(key, self_signed(key)), passphrase="geheim", actor=SYSTEM, now=TODAY)
    later = make_graduates(TODAY, 1, world=graduates.world)
    (new,) = issue(later, TODAY)
    assert new.signing_key_id != certificates(graduates)[0].signing_key_id
    for one in (old, new):
        result = queries.check_file(get_file(one.file_id).content, now=TODAY)
        assert result.outcome is FileOutcome.GENUINE
        assert queries.verify(one.public_id, now=TODAY).is_sound
    assert queries.audit_register().faults == ()
    assert session.query(AuditRow).filter_by(action="certificates.key_imported").count() == 1


def test_a_bad_pfx_changes_nothing(session: Session, now: datetime) -> None:
    with transaction():
        services.ensure_keys(now=now)
    before = services.current_signer(now=now).key_id
    key = ec.generate_private_key(ec.SECP256R1())
    pfx = pfx_of(key, self_signed(key))
    with pytest.raises(keys.PfxIsUnusable), transaction():
        services.import_key(pfx=pfx, passphrase="falsch", actor=SYSTEM, now=TODAY)
    with pytest.raises(keys.KeyHasExpired), transaction():
        services.import_key(pfx=pfx, passphrase="geheim", actor=SYSTEM, now=TODAY + timedelta(days=60))
    assert services.current_signer(now=now).key_id == before


def test_only_an_operator_replaces_the_key(session: Session, now: datetime) -> None:
    graduates = make_graduates(now, 0)
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(Forbidden), transaction():
        services.import_key(pfx=pfx_of(key, self_signed(key)), passphrase="geheim", actor=graduates.officer, now=TODAY)


# ---------- the command line ----------


def test_the_audit_command_passes_a_sound_register(app: Flask, session: Session, now: datetime) -> None:
    issue(make_graduates(now, 2), now)
    result = app.test_cli_runner().invoke(args=["certificates", "audit"])
    assert result.exit_code == 0, result.output
    assert "checked 2 certificates, 0 faults" in result.output


def test_the_audit_command_names_the_row_that_was_edited_by_hand(app: Flask, session: Session, now: datetime) -> None:
    issued = issue(make_graduates(now, 3), now)
    issued[1].holder_name = "别人"
    session.commit()
    result = app.test_cli_runner().invoke(args=["certificates", "audit"])
    assert result.exit_code == 1
    assert issued[1].number in result.output
    assert issued[0].number not in result.output


def test_the_import_command_takes_a_file(app: Flask, session: Session, now: datetime, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "key.pfx"
    file.write_bytes(pfx_of(key, self_signed(key)))
    result = app.test_cli_runner().invoke(args=["certificates", "import-pfx", str(file), "--passphrase", "geheim"])
    assert result.exit_code == 0, result.output
    assert "signing with" in result.output
    result = app.test_cli_runner().invoke(args=["certificates", "import-pfx", str(file), "--passphrase", "falsch"])
    assert result.exit_code != 0
    assert "PFX" in result.output


def test_the_root_command_writes_the_certificate(app: Flask, session: Session, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(args=["certificates", "root", "--out", str(tmp_path / "root.pem")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "root.pem").read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
