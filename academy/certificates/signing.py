"""Keys and signatures: a small certification authority, PAdES signatures in PDF files, signatures over frozen facts.

pyHanko writes the signature into the PDF and validates it. The CMS structure around the signature value is built
here, because every certificate of a worker has the same one but for a digest and the signature: 0.1 ms where the
general builder takes 6. Nothing here knows the database.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from academy.core.documents import Box

ROOT_YEARS, SIGNER_YEARS = 20, 5
SLACK = 256  # bytes of the CMS beside its fixed parts: digest, signature (at most 72), headers
FACTS_CONTEXT = b"academy certificate facts v1\n"  # a signature over facts can never pass for one over a file
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_SHA256 = hashes.SHA256()


class KeyIsUnusable(ValueError):
    """The key cannot sign PDF files here."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key with its certificate, both DER. What the database keeps, the key encrypted."""

    private_key: bytes
    certificate: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return fingerprint(self.certificate)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a DER certificate, hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def make_root(name: str, *, now: datetime) -> KeyPair:
    """A new root key (ECDSA P-256) with its self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name, f"{name} 证书签发根")
    usage = _usage("key_cert_sign", "crl_sign")
    builder = _certificate(subject, subject, key.public_key(), now, ROOT_YEARS).add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return _pair(key, builder.sign(key, _SHA256))


def make_signer(name: str, root: KeyPair, *, now: datetime) -> KeyPair:
    """A new signing key whose certificate the root has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_der_x509_certificate(root.certificate)
    usage = _usage("digital_signature", "content_commitment")
    builder = _certificate(_name(name, f"{name} 证书签发"), issuer.subject, key.public_key(), now, SIGNER_YEARS)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    purposes = x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = builder.add_extension(purposes, critical=False)
    root_identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_identifier), critical=False
    )
    root_key = load_der_private_key(root.private_key, None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - made by make_root
    return _pair(key, builder.sign(root_key, _SHA256))


def _usage(*wanted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in wanted for name in KEY_USAGES})


def _name(organization: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=10))
        .not_valid_after(now + timedelta(days=365 * years + 5))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _pair(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> KeyPair:
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(der, certificate.public_bytes(Encoding.DER))


def read_pfx(content: bytes, passphrase: str) -> tuple[KeyPair, list[bytes]]:
    """Key, certificate and the further certificates of a PFX file. Raises KeyIsUnusable."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, passphrase.encode() or None)
    except ValueError as error:
        raise KeyIsUnusable("the file is not a PFX, or the passphrase is wrong") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1) or certificate is None:
        raise KeyIsUnusable("the file must hold an ECDSA P-256 key with its certificate")
    if certificate.public_key() != key.public_key():
        raise KeyIsUnusable("key and certificate do not belong together")
    return _pair(key, certificate), [other.public_bytes(Encoding.DER) for other in others]


class Signer:
    """A signing key ready for use: parsed once per worker, safe to share between threads."""

    def __init__(self, pair: KeyPair, chain: list[bytes], *, key_id: int) -> None:
        key = load_der_private_key(pair.private_key, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise KeyIsUnusable("only ECDSA keys sign here")
        self.key_id = key_id
        self._key = key
        self._certificate = asn1_x509.Certificate.load(pair.certificate)
        self._chain = [pair.certificate, *chain]

    @cached_property
    def subject(self) -> str:
        """Whose key it is, as the signature panel of a PDF reader shows it."""
        return str(self._certificate.subject.native["organization_name"])

    def sign_facts(self, canonical_facts: str) -> bytes:
        """A DER signature over frozen facts."""
        return self._key.sign(FACTS_CONTEXT + canonical_facts.encode(), ec.ECDSA(_SHA256))

    def sign_pdf(self, pdf: bytes, *, box: Box, caption: tuple[str, ...], description: str, now: datetime) -> "SignedPdf":
        """The file with a PAdES signature that certifies it against any change, shown in `box`."""
        # imported here because pyHanko takes most of a second: only processes that sign pay for it
        from academy.certificates.pades import Sight, certify

        reserved = sum(map(len, (*self._frame, *self._attributes))) + SLACK
        sight = Sight(box, caption, description)
        return SignedPdf(*certify(pdf, self._cms, sight, name=self.subject, reserved=reserved, now=now))

    def _cms(self, digest: bytes) -> bytes:
        """CMS SignedData (PAdES baseline B-B) around a signature of the file's digest."""
        before, after = self._attributes
        attributes = before + digest + after
        value = self._key.sign(_der(0x31, attributes), ec.ECDSA(_SHA256))
        head, certificates, identifier, algorithm = self._frame
        info = _der(0x30, identifier + _der(0xA0, attributes) + algorithm + _der(0x04, value))
        signed = _der(0x30, head + certificates + _der(0x31, info))
        return _der(0x30, cms.ContentType("signed_data").dump() + _der(0xA0, signed))

    @cached_property
    def _attributes(self) -> tuple[bytes, bytes]:
        """The signed attributes in DER order, without the digest in their middle."""
        stand_in = os.urandom(32)
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [stand_in]}),
                cms.CMSAttribute({"type": "signing_certificate_v2", "values": [_named(self._certificate)]}),
            ]
        )
        attributes.dump()
        before, after = bytes(attributes.contents).split(stand_in)
        return before, after

    @cached_property
    def _frame(self) -> tuple[bytes, bytes, bytes, bytes]:
        """What stands around the signed attributes: it is the same for every file."""
        digest_algorithm = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
        content = cms.EncapsulatedContentInfo({"content_type": "data"}).dump()
        head = core.Integer(1).dump() + _der(0x31, digest_algorithm) + content
        certificates = _der(0xA0, b"".join(self._chain))
        issuer = cms.IssuerAndSerialNumber(
            {"issuer": self._certificate.issuer, "serial_number": self._certificate.serial_number}
        )
        identifier = core.Integer(1).dump() + issuer.dump() + digest_algorithm
        algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump()
        return head, certificates, identifier, algorithm


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A signed file, and the digest that its signature covers (hexadecimal)."""

    content: bytes
    signed_digest: str


def _named(certificate: asn1_x509.Certificate) -> tsp.SigningCertificateV2:
    """The certificate by its SHA-256, so that it cannot be exchanged for another with the same key (RFC 5035)."""
    return tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate.dump()).digest()})]})


def _der(tag: int, body: bytes) -> bytes:
    """One DER element."""
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


@lru_cache(maxsize=64)
def _public_key(certificate: bytes) -> ec.EllipticCurvePublicKey:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise KeyIsUnusable("only ECDSA keys sign here")
    return key


@lru_cache(maxsize=2048)
def facts_hold(canonical_facts: str, signature: bytes, certificate: bytes) -> bool:
    """Whether the signature over these facts was made with the key of this certificate. About 0.1 ms.

    The answer depends on nothing but these bytes, so it is remembered for the very same ones.
    """
    try:
        _public_key(certificate).verify(signature, FACTS_CONTEXT + canonical_facts.encode(), ec.ECDSA(_SHA256))
    except InvalidSignature:
        return False
    return True
