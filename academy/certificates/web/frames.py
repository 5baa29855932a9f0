"""The public page as a frame with places that are filled for every request.

Whoever opens the address of a certificate without an account gets the same page but for its fields. The frame around
them is rendered once per language and outcome by the page's own template; each request fills in what was read and
checked for it. Rendering the whole template took three quarters of the page's time.
"""

import re
from collections.abc import Callable, Hashable
from functools import cache

from markupsafe import escape

from academy.certificates.web.shown import Shown

_PLACE = re.compile("\ue000([a-z_0-9]+)\ue001")  # private-use characters: no text of ours holds them
Frame = tuple[tuple[str, ...], tuple[str, ...]]
_frames: dict[Hashable, Frame] = {}
MOST_FRAMES = 200


def fill(key: Hashable, shown: Shown, draw: Callable[[Shown], str]) -> str:
    """The page: `draw` renders it with places instead of fields unless a frame of this key is kept."""
    frame = _frames.get(key)
    if frame is None:
        if len(_frames) >= MOST_FRAMES:
            _frames.clear()
        frame = _frames[key] = _cut(draw(_places(tuple(shown))))
    texts, names = frame
    filled = [part for text, name in zip(texts, names, strict=False) for part in (text, escape(shown[name]))]
    return "".join([*filled, texts[-1]])


@cache
def _places(names: tuple[str, ...]) -> Shown:
    return {name: f"\ue000{name}\ue001" for name in names}


def _cut(page: str) -> Frame:
    pieces = _PLACE.split(page)
    return tuple(pieces[::2]), tuple(pieces[1::2])
