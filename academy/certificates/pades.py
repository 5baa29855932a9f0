"""Signatures inside PDF files, by pyHanko: put in, and validated."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import cms_embedder, pdf_byterange
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import ValidationInfoReadingError
from pyhanko_certvalidator import ValidationContext

from academy.certificates.mark import appearance
from academy.core.documents import Box

FIELD_NAME = "AcademySignature"
POINTS_PER_MM = 72 / 25.4
_pdf: Any = generic  # pyHanko's object model carries no types


@dataclass(frozen=True, slots=True)
class Sight:
    """What people see of a signature: where, which lines, and the description for those who cannot see it."""

    box: Box
    caption: tuple[str, ...]
    description: str


def certify(
    pdf: bytes, make_cms: Callable[[bytes], bytes], sight: Sight, *, name: str, reserved: int, now: datetime
) -> tuple[bytes, str]:
    """The file with a certifying signature, and the digest that it covers.

    `make_cms` makes the CMS structure for a digest; `reserved` bytes are kept for it.
    """
    writer = _Writer(io.BytesIO(pdf))
    embedder = cms_embedder.PdfCMSEmbedder(_field(writer, sight.box)).write_cms(field_name=FIELD_NAME, writer=writer)
    _dress(writer, next(embedder), sight)
    subfilter = fields.SigSeedSubFilter.PADES
    placeholder = pdf_byterange.PdfSignedData(pdf_name("/Sig"), subfilter, timestamp=now, bytes_reserved=2 * reserved)
    placeholder[pdf_name("/Name")] = pdf_string(name)
    certifying = cms_embedder.SigMDPSetup("sha256", certify=True, docmdp_perms=fields.MDPPerm.NO_CHANGES)
    embedder.send(cms_embedder.SigObjSetup(placeholder, mdp_setup=certifying))
    prepared, output = embedder.send(cms_embedder.SigIOSetup("sha256", in_place=True))
    embedder.send(make_cms(prepared.document_digest))
    return output.getvalue(), prepared.document_digest.hex()


class _Writer(IncrementalPdfFileWriter):
    """Leaves the file's metadata as the compiler wrote it: PDF/A wants XMP and Info to agree, and they do."""

    def _update_meta(self) -> None:
        return


def _field(writer: _Writer, box: Box) -> fields.SigFieldSpec:
    page = box.page - 1
    height = float(writer.root["/Pages"]["/Kids"][page]["/MediaBox"][3])
    left, top = box.x * POINTS_PER_MM, height - box.y * POINTS_PER_MM
    corners = (left, top - box.height * POINTS_PER_MM, left + box.width * POINTS_PER_MM, top)
    place: tuple[Any, ...] = tuple(_pdf.FloatObject(f"{corner:.2f}") for corner in corners)
    return fields.SigFieldSpec(FIELD_NAME, on_page=page, box=place)


def _dress(writer: _Writer, field: Any, sight: Sight) -> None:
    """Give the widget its picture, its description, and its place in the reading order (PDF/UA: a Form element)."""
    widget = field.get_object()
    width, height = sight.box.width * POINTS_PER_MM, sight.box.height * POINTS_PER_MM
    picture = _pdf.StreamObject(
        dict_data={
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _pdf.ArrayObject([_pdf.FloatObject(f"{n:.2f}") for n in (0, 0, width, height)]),
            pdf_name("/Resources"): _pdf.DictionaryObject(),
            pdf_name("/Filter"): pdf_name("/FlateDecode"),
        },
        encoded_data=appearance(width, height, sight.caption),
    )
    widget[pdf_name("/AP")] = _pdf.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})
    widget[pdf_name("/TU")] = pdf_string(sight.description)
    _tag(writer, field, widget)


def _tag(writer: _Writer, field: Any, widget: Any) -> None:
    tree = writer.root["/StructTreeRoot"]
    document_reference = tree["/K"].raw_get(0)
    document = document_reference.get_object()
    key = _pdf.NumberObject(int(tree["/ParentTreeNextKey"]))
    link = {"/Type": pdf_name("/OBJR"), "/Obj": field, "/Pg": widget.raw_get("/P")}
    reference = _pdf.DictionaryObject({pdf_name(name): value for name, value in link.items()})
    element = _pdf.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/StructElem"),
            pdf_name("/S"): pdf_name("/Form"),
            pdf_name("/P"): document_reference,
            pdf_name("/K"): reference,
        }
    )
    element_reference = writer.add_object(element)
    document["/K"].append(element_reference)
    writer.update_container(document)
    tree["/ParentTree"]["/Nums"].extend([key, element_reference])
    tree[pdf_name("/ParentTreeNextKey")] = _pdf.NumberObject(key + 1)
    writer.update_container(tree)
    widget[pdf_name("/StructParent")] = key


def is_signed_by(pdf: bytes, roots: list[bytes], *, at: datetime) -> bool:
    """Whether pyHanko finds the file's signature valid, trusted by one of the roots and covering the whole file."""
    context = ValidationContext(trust_roots=[x509.Certificate.load(root) for root in roots], moment=at)
    try:
        embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        return len(embedded) == 1 and bool(validate_pdf_signature(embedded[0], context).bottom_line)
    except (PdfError, SigningError, ValidationInfoReadingError, ValueError):
        return False
