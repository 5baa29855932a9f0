"""The visible signature: the mark and two lines of text as outlines.

Outlines need no font in the file, so the picture adds nothing that PDF/A would have to embed.
"""

import zlib
from functools import cache, lru_cache

import pylopdf_fonts_zh_cn as fonts
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

TEAL = "0.0549 0.3098 0.3255"
AMBER = "0.6902 0.4353 0.1412"
INK = "0.1059 0.1647 0.1686"
PADDING = 3.0
# the heart under a roof on a square of 100, y downwards as in academy/documents/theme.typ
ROOF = "50 4 m 50 13 l S 7 45 m 7 32 14 27 24 24 c 34 21 44 20 50 14 c 56 20 66 21 76 24 c 86 27 93 32 93 45 c S"
HEART = (
    "50 97 m 34 84 24 74 24 60 c 24 50 30 44 37 44 c 43 44 47 47 50 53 c "
    "53 47 57 44 63 44 c 70 44 76 50 76 60 c 76 74 66 84 50 97 c h f"
)


class _Pen(BasePen):  # type: ignore[misc]  # fontTools ships no types
    """Writes an outline as PDF path operators, in font units."""

    def __init__(self) -> None:
        super().__init__(None)
        self.out: list[str] = []

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' names
        self.out.append(f"{point[0]:g} {point[1]:g} m")

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.out.append(f"{point[0]:g} {point[1]:g} l")

    def _curveToOne(self, a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:  # noqa: N802
        self.out.append(" ".join(f"{x:g} {y:g}" for x, y in (a, b, c)) + " c")

    def _closePath(self) -> None:  # noqa: N802
        self.out.append("h")


@cache
def _font() -> TTFont:
    return TTFont(fonts.sans_path(), lazy=True)


@cache
def _glyph(char: str) -> tuple[str, float]:
    """A character's outline and advance, in thousandths of an em."""
    font = _font()
    glyphs = font.getGlyphSet()
    name = font.getBestCmap().get(ord(char), ".notdef")
    pen = _Pen()
    glyphs[name].draw(pen)
    return " ".join(pen.out), float(glyphs[name].width)


def _line(text: str, x: float, y: float, size: float, room: float, color: str) -> str:
    """A line of text at a baseline, made smaller when it does not fit the room."""
    drawn = [_glyph(char) for char in text]
    length = sum(advance for _, advance in drawn) / 1000
    scale = min(size, room / length) / 1000 if length else 0
    parts = [f"q {color} rg {scale:.5f} 0 0 {scale:.5f} {x:.2f} {y:.2f} cm"]
    for outline, advance in drawn:
        parts.append(f"{outline} f 1 0 0 1 {advance:g} 0 cm" if outline else f"1 0 0 1 {advance:g} 0 cm")
    return " ".join([*parts, "Q"])


@lru_cache(maxsize=64)
def appearance(width: float, height: float, caption: tuple[str, ...]) -> bytes:
    """The picture in a box of so many points, as a compressed content stream. The same for a day's certificates."""
    side = height - 2 * PADDING
    unit = side / 100
    left = PADDING + side + PADDING
    room = width - left - PADDING
    place = f"{unit:.5f} 0 0 {-unit:.5f} {PADDING:.2f} {height - PADDING:.2f} cm"
    mark = f"q {place} 6.4 w 1 J 1 j {TEAL} RG {AMBER} rg {ROOF} {HEART} Q"
    step = side / len(caption)
    size = step * 0.68
    lines = [
        _line(text, left, height - PADDING - step * (row + 0.78), size, room, TEAL if row == 0 else INK)
        for row, text in enumerate(caption)
    ]
    return zlib.compress("\n".join([mark, *lines]).encode("ascii"))
