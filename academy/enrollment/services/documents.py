"""Documents handed in with an application: only those a rule asks for, kept sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import delete

from academy.core.access import Actor
from academy.core.audit import record
from academy.core.db import db
from academy.core.errors import Invalid, NotFound
from academy.core.files import store_file
from academy.core.sealed import seal, unseal
from academy.core.text import N_, Text
from academy.enrollment import queries
from academy.enrollment.models import ApplicationDocument
from academy.enrollment.policies import can_see_application
from academy.enrollment.rules import DOCUMENT_WORDS, ApplicationFacts, DocumentKind, documents_needed

MOST_BYTES = 5 * 1024 * 1024
_KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class DocumentsAreMissing(Invalid):
    """A rule asks for something that is not on record."""

    message = N_("还缺%(documents)s，没有提交。")
    next_step = N_("请上传后再提交，已填的都保留着。")


class DocumentIsUnusable(Invalid):
    """Not a picture or PDF, or too large, or not asked for."""

    message = N_("%(document)s须是不超过 5 MB 的 PDF、PNG 或 JPEG 文件，没有提交。")


class Upload(NamedTuple):
    """A file as it came."""

    name: str
    content: bytes


Uploads: TypeAlias = Mapping[DocumentKind, Upload]


def media_type_of(content: bytes) -> str | None:
    """The media type by the file's first bytes; None for what is not accepted."""
    return next((kind for magic, kind in _KINDS.items() if content.startswith(magic)), None)


def check_documents(facts: ApplicationFacts, uploads: Uploads, *, is_complete: bool = True) -> None:
    """Raise DocumentsAreMissing or DocumentIsUnusable unless exactly what the rules ask for is there and readable."""
    needed = documents_needed(facts)
    for kind, upload in uploads.items():
        is_usable = len(upload.content) <= MOST_BYTES and media_type_of(upload.content) is not None
        if not is_usable or kind not in needed:
            raise DocumentIsUnusable(document=Text(DOCUMENT_WORDS[kind]))
    missing = [kind for kind in needed if kind not in uploads]
    if missing and is_complete:
        raise DocumentsAreMissing(documents=Text(DOCUMENT_WORDS[missing[0]]))


def keep_documents(enrollment_id: int, uploads: Uploads, now: datetime) -> None:
    """Keep the files sealed; a newer one takes the place of the one it corrects."""
    for kind, upload in uploads.items():
        media_type = media_type_of(upload.content) or "application/octet-stream"
        file = store_file(name=upload.name, media_type=media_type, content=seal(upload.content), now=now)
        of_kind = ApplicationDocument.enrollment_id == enrollment_id, ApplicationDocument.kind == kind
        db.session.execute(delete(ApplicationDocument).where(*of_kind))
        db.session.add(ApplicationDocument(enrollment_id=enrollment_id, kind=kind, file_id=file.id, uploaded_at=now))
    db.session.flush()


def read_document(*, code: str, kind: DocumentKind, actor: Actor, now: datetime) -> tuple[str, str, bytes]:
    """A handed-in file with its name and media type; that it was looked at is written down. Raises NotFound."""
    enrollment = queries.get_enrollment(code)
    found = [one for one in queries.documents_of([enrollment.id]).get(enrollment.id, []) if one.kind is kind]
    if not found or not can_see_application(actor, enrollment):
        raise NotFound
    record(actor, "enrollment.document_read", f"enrollment:{code}", now=now, after={"kind": kind.value})
    return found[0].file.name, found[0].file.media_type, unseal(found[0].file.content)
