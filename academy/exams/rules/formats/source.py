"""The bytes that strangers send: text in whatever encoding, XML without its traps, archives without theirs."""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from academy.core.errors import Invalid
from academy.core.text import N_, Text

MOST_BYTES = 12 * 1024 * 1024
MOST_PARTS, MOST_UNPACKED, MOST_RATIO = 5_000, 64 * 1024 * 1024, 200
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class FileIsUnreadable(Invalid):
    """Broken, or in none of the formats."""

    message = N_("这个文件读不出来：%(why)s。什么都没有写入。")
    next_step = N_("收 GIFT、Moodle XML、QTI 试题包、Excel 和文本格式的题目。请检查文件后重新上传。")


class FileIsDangerous(Invalid):
    """Made to harm whoever reads it."""

    message = N_("没有读取这个文件：%(why)s。什么都没有写入。")
    next_step = N_("请从原来的系统重新导出一份普通的文件。")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with the encoding it was found in; `is_damaged` says that bytes were lost on the way."""

    text: str
    encoding: str
    is_damaged: bool = False


def decode(content: bytes) -> Decoded:
    """The text of a file in UTF-8, UTF-16 or GB 18030 (GBK, GB 2312). Raises FileIsUnreadable for what is no text."""
    if content[:2] in _UTF16:
        return _kept(content, "utf-16")
    if content.startswith(b"\xef\xbb\xbf"):
        return _kept(content, "utf-8-sig")
    try:
        return _checked(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", "replace")
    broken, wide = text.count("\ufffd"), sum(char > "\x7f" for char in text)
    if broken * 20 < wide:  # nearly all of it is UTF-8: GB 18030 would read it as other characters
        return _checked(text, "utf-8", is_damaged=True)
    try:
        return _checked(content.decode("gb18030"), "gb18030")
    except UnicodeDecodeError:
        return _checked(content.decode("gb18030", "replace"), "gb18030", is_damaged=True)


def _kept(content: bytes, encoding: str) -> Decoded:
    text = content.decode(encoding, "replace")
    return _checked(text, encoding, is_damaged="\ufffd" in text)


def _checked(text: str, encoding: str, *, is_damaged: bool = False) -> Decoded:
    if text.count("\0") or text.count("\ufffd") * 10 > len(text):
        raise FileIsUnreadable(why=Text(N_("不是文本，或者编码认不出来")))
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, is_damaged)


def parse_xml(content: bytes) -> etree._Element:
    """The root of a document. Document types, entities and the network stay shut.

    Raises FileIsDangerous for a document type with entities, FileIsUnreadable for what is not well formed.
    """
    decoded = _xml_bytes(content)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=False
    )
    if b"<!ENTITY" in decoded:
        raise FileIsDangerous(why=Text(N_("里面定义了实体（可能是 XML 炸弹或外部引用）")))
    try:
        root = etree.fromstring(decoded, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise FileIsUnreadable(why=Text(N_("第 %(line)s 行起不是完整的 XML"), line=line)) from None
    if any(isinstance(node, etree._Entity) for node in root.iter(etree.Entity)):
        raise FileIsDangerous(why=Text(N_("里面引用了没有定义的实体")))
    return root


def line_of(element: Any) -> int:
    """The line on which an element begins, 0 where it is not known."""
    return int(element.sourceline or 0)


def _xml_bytes(content: bytes) -> bytes:
    """The document in UTF-8, whatever it declares: a declaration that is wrong (GBK called UTF-8) is common."""
    text = decode(content).text.lstrip("\ufeff \n\t")
    if text.startswith("<?xml"):
        declaration, found, rest = text.partition("?>")
        text = rest if found else declaration
        text = "\n" * declaration.count("\n") + text
    return "".join(char for char in text if char >= " " or char in "\t\n").encode("utf-8", "replace")


class Archive:
    """A zip file read without trust: names, sizes and ratios are checked before a byte is unpacked."""

    def __init__(self, content: bytes) -> None:
        """Raises FileIsUnreadable, FileIsDangerous."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            parts = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
            raise FileIsUnreadable(why=Text(N_("压缩包已损坏"))) from None
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise FileIsDangerous(why=Text(N_("展开后太大（可能是压缩炸弹）")))
        for part in parts:
            self._check(part)
        names = [part.filename for part in parts if not part.is_dir()]
        if len(set(names)) != len(names):
            raise FileIsDangerous(why=Text(N_("压缩包里有同名的文件")))
        self.names = names

    @staticmethod
    def _check(part: zipfile.ZipInfo) -> None:
        path = PurePosixPath(part.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in part.filename[:3] or "\0" in part.filename:
            raise FileIsDangerous(why=Text(N_("压缩包里有指向包外的路径")))
        if stat.S_ISLNK(part.external_attr >> 16):
            raise FileIsDangerous(why=Text(N_("压缩包里有符号链接")))
        if part.file_size > 100_000 and part.file_size > MOST_RATIO * max(part.compress_size, 1):
            raise FileIsDangerous(why=Text(N_("展开后太大（可能是压缩炸弹）")))
        if part.flag_bits & 1:
            raise FileIsUnreadable(why=Text(N_("压缩包带密码")))

    def read(self, name: str) -> bytes:
        """A part. Raises FileIsUnreadable when it is broken or lies about its size; no more than it declares is unpacked."""
        try:
            declared = self._zip.getinfo(name).file_size
            with self._zip.open(name) as part:
                content = part.read(declared + 1)
        except (KeyError, zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, RuntimeError, zlib.error):
            raise FileIsUnreadable(why=Text(N_("压缩包已损坏"))) from None
        if len(content) != declared:
            raise FileIsUnreadable(why=Text(N_("压缩包已损坏")))
        return content
