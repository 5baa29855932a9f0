"""Pictures from strangers: written anew, or refused whatever the bytes are."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.exams.rules.pictures import PictureIsUnusable, read_picture
from tests.exams.pictures import JPEG, JPEG_HEAD, chunk, png


def test_a_png_keeps_its_pixels_and_loses_what_nobody_sees() -> None:
    read = read_picture(png(extra=chunk(b"tEXt", b"Author\x00somebody")) + b"<script>behind the end</script>")
    assert (read.media_type, read.width, read.height) == ("image/png", 3, 2)
    assert read.content == png()


def test_a_jpeg_loses_place_and_camera_and_what_stands_behind_its_end() -> None:
    read = read_picture(JPEG + b"PK\x03\x04 a package behind the picture")
    assert (read.media_type, read.width, read.height) == ("image/jpeg", 8, 8)
    assert b"GPS" not in read.content
    assert b"PK" not in read.content
    assert read.content.endswith(b"\x3f\xff\x00\x3f\xff\xd9")
    assert read_picture(read.content).content == read.content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        png()[:-5],
        png().replace(b"\x00\x00\x00\x03", b"\x00\x00\x00\x04", 1),  # a checksum that does not fit
        png(20_000, 1),
        png(4_000, 4_001, rows=b""),
        png(8, 8, rows=b"\x00" * 50_000_000),  # a bomb: fifty megabytes for 64 pixels
        png(8, 8, rows=b"\x00" * 10),
        JPEG_HEAD,
        JPEG_HEAD[:40],
        JPEG.replace(b"\x08\x00\x08\x00\x08\x01", b"\x08\xff\xff\xff\xff\x01"),
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff" + b"\xff" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"x" * 3_000_000,
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureIsUnusable):
        read_picture(content)


@given(st.integers(0, len(JPEG) - 1), st.integers(0, 255), st.sampled_from([JPEG, png()]))
def test_no_byte_breaks_the_reader(place: int, value: int, whole: bytes) -> None:
    broken = bytearray(whole)
    broken[place % len(whole)] = value
    with contextlib.suppress(PictureIsUnusable):
        read_picture(bytes(broken))
