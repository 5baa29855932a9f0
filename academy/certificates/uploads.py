"""Reading a PDF that a stranger handed in, without trusting a byte of it.

Signatures are found by their byte ranges with bounded searches; only the small CMS structure is decoded. pyHanko's full
validation runs on files that are known to be identical to a stored one.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import cms, x509

LARGEST = 5 * 1024 * 1024
MOST_SIGNATURES = 16
LONGEST_CMS = 64 * 1024
_BYTE_RANGE = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}0\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{1,8}(\d{1,9})\s{0,64}\]")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in an uploaded file: what it claims to cover, and whether the file still has that digest."""

    message_digest: str
    is_intact: bool
    covers: int
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploaded file turned out to be."""

    sha256: str
    is_pdf: bool
    signatures: tuple[Signature, ...] = ()


def read_upload(content: bytes) -> Upload:
    """The signatures of a file. Never raises, whatever the bytes are."""
    digest = hashlib.sha256(content).hexdigest()
    if not content[:1024].lstrip(b"\xef\xbb\xbf\x00\t\n\r ").startswith(b"%PDF-"):
        return Upload(digest, is_pdf=False)
    return Upload(digest, is_pdf=True, signatures=tuple(_signatures(content)))


def _signatures(content: bytes) -> Iterator[Signature]:
    for count, match in enumerate(_BYTE_RANGE.finditer(content)):
        if count == MOST_SIGNATURES:
            return
        first, second, length = (int(group) for group in match.groups())
        signature = _read_signature(content, first, second, length)
        if signature is not None:
            yield signature


def _read_signature(content: bytes, first: int, second: int, length: int) -> Signature | None:
    if not first < second <= len(content) or second - first > 2 * LONGEST_CMS:
        return None
    try:
        der = bytes.fromhex(content[first:second].strip(b"<> \r\n").decode("ascii"))
        signed = cms.ContentInfo.load(der)["content"]
        attributes = {a["type"].native: a["values"] for a in signed["signer_infos"][0]["signed_attrs"]}
        claimed = bytes(attributes["message_digest"][0].native)
        certificates = tuple(c.chosen.dump() for c in signed["certificates"] if isinstance(c.chosen, x509.Certificate))
    except Exception:  # the decoder raises many kinds on hostile input; all mean the same: no signature to be read
        return None
    actual = hashlib.sha256(content[:first] + content[second : second + length]).digest()
    is_intact = actual == claimed and second + length <= len(content)
    return Signature(claimed.hex(), is_intact, second + length, certificates)
