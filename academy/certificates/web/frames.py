"""The public page kept as a frame, into which every request puts its instants.

A guest's page of one certificate differs between two readings only in when things were checked, as long as the row of
the register is the same. So the page is rendered once for a row as it was read, and each request reads the row again,
checks it again and fills in the times. Rendering the template took three quarters of the page's time.
"""

import re
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

MOST_FRAMES = 500
_PLACE = re.compile("\ue000([a-z0-9]+)\ue001")  # private-use characters: no font of ours has them, no text holds them
_frames: dict[Hashable, tuple[list[str], list[str]]] = {}


def fill(key: Hashable, shown: Mapping[str, str], draw: Callable[[Mapping[str, str]], str]) -> str:
    """The page: `draw` renders it with places instead of `shown` unless a frame of this key is kept."""
    frame = _frames.get(key)
    if frame is None:
        if len(_frames) >= MOST_FRAMES:
            _frames.pop(next(iter(_frames)))
        pieces = _PLACE.split(draw({name: f"\ue000{name}\ue001" for name in shown}))
        frame = _frames[key] = (pieces[::2], pieces[1::2])
    texts, names = frame
    filled = [part for text, name in zip(texts, names, strict=False) for part in (text, escape(shown[name]))]
    return "".join([*filled, texts[-1]])
