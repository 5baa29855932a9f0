"""Reading a package: the manifest names the items; an item that cannot be read is refused by itself."""

import posixpath
from urllib.parse import unquote

from lxml import etree

from academy.core.errors import Invalid
from academy.core.text import N_, Text
from academy.exams.rules.bank import Written
from academy.exams.rules.formats.qti.items import read_item
from academy.exams.rules.formats.qti.names import name_of, version_of
from academy.exams.rules.formats.source import Archive, FileIsUnreadable, parse_xml

_ITEM = "assessmentItem"
MANIFEST = "imsmanifest.xml"


def is_item(root: etree._Element) -> bool:
    """Whether this is a QTI item."""
    return name_of(root) == _ITEM


def read_items(items: list[tuple[int, str, etree._Element]]) -> tuple[str, list[Written], list[Text]]:
    """The version of the first, and every item as a question."""
    version = version_of(items[0][2]) if items else "2.1"
    return version, [read_item(line, where, root) for line, where, root in items], []


def read_package(archive: Archive) -> tuple[str, list[Written], list[Text]]:
    """The version, the questions, and notes about the whole. Raises FileIsUnreadable, FileIsDangerous."""
    listed, notes = _listed(archive)
    written: list[Written] = []
    version = ""
    for line, name in enumerate(listed, start=1):
        try:
            if name not in archive.names:
                raise FileIsUnreadable(why=Text(N_("清单里有，包里没有")))
            root = parse_xml(archive.read(name))
        except Invalid as error:
            written.append(_refused(line, name, error))
            continue
        if is_item(root):
            version = version or version_of(root)
            written.append(read_item(line, name, root))
    if not written:
        raise FileIsUnreadable(why=Text(N_("压缩包里没有 QTI 试题")))
    return version or "2.1", written, notes


def _refused(line: int, name: str, error: Invalid) -> Written:
    refused = Written(line, source=name, stem=posixpath.basename(name))
    refused.faults.append(error.text)
    return refused


def _listed(archive: Archive) -> tuple[list[str], list[Text]]:
    """The items that the manifest names; without one, every XML file."""
    manifests = sorted((name for name in archive.names if posixpath.basename(name).lower() == MANIFEST), key=len)
    files = sorted(name for name in archive.names if name.lower().endswith(".xml") and name not in manifests)
    if not manifests:
        return files, [Text(N_("压缩包里没有 imsmanifest.xml，按里面的 XML 文件逐个读"))]
    base = posixpath.dirname(manifests[0])
    root = parse_xml(archive.read(manifests[0]))
    named: dict[str, None] = {}
    for resource in root.iter():
        if name_of(resource) == "resource" and "item" in resource.get("type", "").lower():
            href = unquote(resource.get("href", "")).replace("\\", "/")
            path = posixpath.normpath(posixpath.join(base, href))
            if href and not path.startswith(("..", "/")):
                named[path] = None
    return (list(named), []) if named else (files, [Text(N_("清单里没有列出试题，按里面的 XML 文件逐个读"))])
