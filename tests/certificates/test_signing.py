"""Signatures, checked by software that we did not write: pyHanko's validator, OpenSSL, pypdf, and pdfsig if it is there."""

import io
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from academy.certificates.pades import is_signed_by
from academy.certificates.signing import KeyIsUnusable, KeyPair, SignedPdf, Signer, facts_hold, make_root, make_signer, read_pfx
from academy.certificates.uploads import LARGEST, read_upload
from academy.core.documents import render_document
from tests.core.test_documents import CERTIFICATE

NOW = datetime.now(UTC).replace(microsecond=0)
ROOT = make_root("山东省心安社会工作学院", now=NOW - timedelta(days=1))
KEY = make_signer("山东省心安社会工作学院", ROOT, now=NOW - timedelta(days=1))
SIGNER = Signer(KEY, [ROOT.certificate], key_id=1)


@pytest.fixture(scope="module")
def signed() -> SignedPdf:
    return sign()


def sign(signer: Signer = SIGNER) -> SignedPdf:
    document = render_document(template="certificate", facts=CERTIFICATE, stamp=NOW)
    assert document.signature_box is not None
    caption = (signer.subject, "电子签名 · 2026-10-20 · ECDSA P-256")
    return signer.sign_pdf(document.pdf, box=document.signature_box, caption=caption, description="学院的电子签名", now=NOW)


def status_of(pdf: bytes, root: KeyPair = ROOT) -> PdfSignatureStatus:
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(root.certificate)])
    return validate_pdf_signature(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0], context)


def parts_of(pdf: bytes) -> tuple[bytes, bytes]:
    """What the signature covers, and the CMS, found without any PDF library."""
    found = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)\s*\]", pdf)
    assert found
    first, second, length = (int(group) for group in found.groups())
    der = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    return pdf[:first] + pdf[second : second + length], der[: 4 + int.from_bytes(der[2:4], "big")]


def test_pyhanko_judges_it_valid_trusted_and_covering_the_whole_file(signed: SignedPdf) -> None:
    status = status_of(signed.content)
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.docmdp_ok


def test_a_stranger_s_root_does_not_vouch_for_it(signed: SignedPdf) -> None:
    assert not status_of(signed.content, make_root("别处", now=NOW)).trusted


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_extracted_signature(signed: SignedPdf, tmp_path: Path) -> None:
    covered, cms = parts_of(signed.content)
    (tmp_path / "covered").write_bytes(covered)
    (tmp_path / "cms.der").write_bytes(cms)
    (tmp_path / "root.pem").write_bytes(x509.load_der_x509_certificate(ROOT.certificate).public_bytes(Encoding.PEM))
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "cms.der", "-content", "covered", "-binary"]
    command += ["-CAfile", "root.pem", "-purpose", "any", "-out", "out"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "covered").write_bytes(covered.replace(b"/Type", b"/type", 1))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_finds_the_signature_valid(signed: SignedPdf, tmp_path: Path) -> None:
    (tmp_path / "file.pdf").write_bytes(signed.content)
    said = subprocess.run(["pdfsig", "-nocert", "file.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_structural_error(signed: SignedPdf, tmp_path: Path) -> None:
    (tmp_path / "file.pdf").write_bytes(signed.content)
    assert subprocess.run(["qpdf", "--check", "file.pdf"], cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_name_and_number_are_still_read_after_signing(signed: SignedPdf) -> None:
    text = pypdf.PdfReader(io.BytesIO(signed.content)).pages[0].extract_text()
    assert "李𬀩" in text
    assert "XA202601200407" in text


def test_the_visible_signature_stands_in_its_box_and_in_the_reading_order(signed: SignedPdf) -> None:
    reader = pypdf.PdfReader(io.BytesIO(signed.content))
    widget = cast(Any, reader.pages[0]["/Annots"])[0].get_object()
    left, bottom, right, top = (float(number) for number in widget["/Rect"])
    millimetres = [side * 25.4 / 72 for side in (left, 595.28 - top, right - left, top - bottom)]
    assert millimetres == pytest.approx([152, 165.4, 56, 10], abs=0.05)
    assert widget["/TU"] == "学院的电子签名"
    assert int(widget["/F"]) & 4, "printed with the page"
    assert "/Font" not in widget["/AP"]["/N"].get_object()["/Resources"]
    tree = cast(Any, reader.trailer["/Root"])["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    element = dict(zip(numbers[::2], numbers[1::2], strict=True))[widget["/StructParent"]].get_object()
    assert element["/S"] == "/Form"
    assert element["/K"]["/Obj"].get_object() == widget


def test_the_metadata_of_pdf_a_is_left_as_it_was(signed: SignedPdf) -> None:
    document = render_document(template="certificate", facts=CERTIFICATE, stamp=NOW)
    before, after = (pypdf.PdfReader(io.BytesIO(pdf)) for pdf in (document.pdf, signed.content))
    assert before.metadata == after.metadata
    assert before.xmp_metadata
    assert after.xmp_metadata
    assert before.xmp_metadata.stream.get_data() == after.xmp_metadata.stream.get_data()


def test_any_flipped_byte_is_refused(signed: SignedPdf) -> None:
    content = signed.content
    gap = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+)", content)
    assert gap
    uncovered = range(int(gap[1]) + 1, int(gap[2]) - 1)  # the digits of the CMS itself, and zeros that fill its place
    for place in [*range(9, len(content), 1999), *uncovered[::499], len(content) - 3]:
        flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        assert read_upload(flipped).sha256 != read_upload(content).sha256
        if place not in uncovered:
            assert not any(s.is_intact and s.message_digest == signed.signed_digest for s in read_upload(flipped).signatures)
            assert not is_signed_by(flipped, [ROOT.certificate], at=NOW), f"byte {place}"


def test_a_page_added_after_signing_is_seen(signed: SignedPdf) -> None:
    longer = signed.content + b"\n% one more line\n%%EOF\n"
    (signature,) = read_upload(longer).signatures
    assert signature.is_intact
    assert signature.covers < len(longer)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.7\n" + b"/ByteRange [0 99999999 999999999 5]" * 50,
        b"%PDF-1.7\n/ByteRange [0 40 60 9]" + b"<" + b"zz" * 50 + b">",
        b"%PDF-1.7\n/ByteRange [0 31 41 0]<30803080>",
        b"%PDF-1.7\n/ByteRange [0 " + b"9" * 5000 + b" 1 1]",
        b"%PDF-1.7\n" + b"/ByteRange [ " * 100_000,
        b"PK\x03\x04" + b"\0" * 1000,
        b"\0" * LARGEST,
    ],
    ids=lambda content: repr(content[:24]),
)
def test_hostile_files_are_read_without_an_error(content: bytes) -> None:
    assert read_upload(content).signatures == ()


def test_facts_and_their_signature_belong_together() -> None:
    signature = SIGNER.sign_facts('{"a":"孙婷"}')
    assert facts_hold('{"a":"孙婷"}', signature, KEY.certificate)
    assert not facts_hold('{"a":"孙婷婷"}', signature, KEY.certificate)
    assert not facts_hold('{"a":"孙婷"}', signature[:-1] + bytes([signature[-1] ^ 1]), KEY.certificate)
    other = make_signer("别处", ROOT, now=NOW)
    assert not facts_hold('{"a":"孙婷"}', signature, other.certificate)


def pfx_of(key: Any, certificate: x509.Certificate, passphrase: str = "geheim") -> bytes:
    return pkcs12.serialize_key_and_certificates(b"k", key, certificate, None, BestAvailableEncryption(passphrase.encode()))


def self_signed(key: Any) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "外来机构")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    return builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=9)).sign(key, hashes.SHA256())


def test_an_imported_key_signs_too() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pair, chain = read_pfx(pfx_of(key, self_signed(key)), "geheim")
    assert chain == []
    signer = Signer(pair, chain, key_id=2)
    assert signer.subject == "外来机构"
    assert status_of(sign(signer).content, pair).intact


def test_keys_that_cannot_be_used_are_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pfx = pfx_of(key, self_signed(key))
    weak = rsa.generate_private_key(65537, 2048)
    for content, passphrase in ((pfx, "falsch"), (b"nonsense", ""), (pfx_of(weak, self_signed(weak)), "geheim")):
        with pytest.raises(KeyIsUnusable):
            read_pfx(content, passphrase)
    with pytest.raises(ValueError, match=r"match|belong together"):
        stranger = ec.generate_private_key(ec.SECP256R1())
        read_pfx(pfx_of(stranger, self_signed(key)), "geheim")
