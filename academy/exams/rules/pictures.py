"""Checking a picture that a stranger handed in, and writing it anew without what nobody sees. Pure.

Only PNG and JPEG. A PNG is rebuilt from its critical chunks after their checksums and the size of its pixels have been
checked; a JPEG from its picture segments, without application data (place, camera, thumbnails) and without what stands
behind its end. Nothing is decoded further: a file that is no picture is refused, not repaired.
"""

import struct
import zlib
from dataclasses import dataclass

from academy.core.errors import Invalid
from academy.core.text import N_

LARGEST = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
LONGEST_SIDE = 8_000
_PNG = b"\x89PNG\r\n\x1a\n"
_KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_SCAN = 0xDA
_KEPT_SEGMENTS = _FRAMES | {_SCAN, 0xC4, 0xDB, 0xDD, 0xEE}  # tables, restart interval, Adobe's color transform


class PictureIsUnusable(Invalid):
    """Not a picture, damaged, or too large."""

    message = N_("这张图片不能用：须是完好的 PNG 或 JPEG，不超过 2 MB，边长不超过 8000 像素。没有保存。")
    next_step = N_("请用看图软件另存为 PNG 或 JPEG 再上传。")


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture."""

    media_type: str
    width: int
    height: int
    content: bytes


def read_picture(content: bytes) -> Picture:
    """The picture, written anew. Raises PictureIsUnusable, whatever the bytes are."""
    if len(content) > LARGEST:
        raise PictureIsUnusable
    try:
        if content.startswith(_PNG):
            return _read_png(content)
        if content.startswith(b"\xff\xd8\xff"):
            return _read_jpeg(content)
    except (struct.error, zlib.error, IndexError, ValueError) as error:
        raise PictureIsUnusable from error
    raise PictureIsUnusable


def _require_size(width: int, height: int) -> None:
    if not 0 < width <= LONGEST_SIDE or not 0 < height <= LONGEST_SIDE or width * height > MOST_PIXELS:
        raise PictureIsUnusable


def _read_png(content: bytes) -> Picture:
    chunks = _png_chunks(content)
    if chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise PictureIsUnusable
    width, height, depth, color, compression, filtering, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    _require_size(width, height)
    if depth not in _DEPTHS.get(color, ()) or compression or filtering or interlace > 1:
        raise PictureIsUnusable
    pixels = b"".join(data for name, data in chunks if name == b"IDAT")
    if not _is_whole(pixels, width, height, depth * _CHANNELS[color], is_interlaced=bool(interlace)):
        raise PictureIsUnusable
    if color == 3 and not any(name == b"PLTE" for name, _ in chunks):
        raise PictureIsUnusable
    written = b"".join(_chunk(name, data) for name, data in chunks if name in _KEPT_CHUNKS)
    return Picture("image/png", width, height, _PNG + written)


def _png_chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    at, chunks = len(_PNG), []
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        data, (checksum,) = content[at + 8 : at + 8 + length], struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(name + data) != checksum:
            raise PictureIsUnusable
        chunks.append((name, data))
        at += 12 + length
        if name == b"IEND":
            break
    if not chunks:
        raise PictureIsUnusable
    return chunks


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _is_whole(packed: bytes, width: int, height: int, bits: int, *, is_interlaced: bool) -> bool:
    """Whether the pixels unpack to exactly the size that the header says: a bomb stops there."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    expected = 0
    for x, y, dx, dy in passes if is_interlaced else [(0, 0, 1, 1)]:
        columns, rows = -(-max(width - x, 0) // dx), -(-max(height - y, 0) // dy)
        expected += rows * (1 + -(-columns * bits // 8)) if columns else 0
    unpacker = zlib.decompressobj()
    return len(unpacker.decompress(packed, expected + 1)) == expected


def _read_jpeg(content: bytes) -> Picture:
    at, written, frames = 2, [b"\xff\xd8"], []
    while content[at : at + 2] != b"\xff\xd9":
        marker, segment = _segment(content, at)
        at += len(segment)
        if marker in _FRAMES:
            frames.append(struct.unpack_from(">HH", segment, 5))
        if marker == _SCAN:
            end = _end_of_scan(content, at)
            segment, at = segment + content[at:end], end
        if marker in _KEPT_SEGMENTS:
            written.append(segment)
    if len(frames) != 1 or len(written) < 3:
        raise PictureIsUnusable
    height, width = frames[0]
    _require_size(width, height)
    return Picture("image/jpeg", width, height, b"".join(written) + b"\xff\xd9")


def _segment(content: bytes, at: int) -> tuple[int, bytes]:
    """The marker and the segment that begin at `at`; one that a picture does not have is refused."""
    marker, (length,) = content[at + 1], struct.unpack_from(">H", content, at + 2)
    segment = content[at : at + 2 + length]
    is_known = marker in _KEPT_SEGMENTS or 0xE0 <= marker <= 0xEF or marker == 0xFE
    if content[at] != 0xFF or not is_known or length < 2 or len(segment) != length + 2:
        raise PictureIsUnusable
    return marker, segment


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the packed pixels end: at the next marker that is neither a stuffed byte nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
