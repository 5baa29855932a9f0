"""Icons: one sprite, of which a page carries just the symbols that it used."""

import re
from functools import cache
from pathlib import Path

from flask import g
from markupsafe import Markup

SPRITE = Path(__file__).parent / "static" / "icons.svg"
ALWAYS = ("mark", "s-ok", "s-wait", "s-no", "s-lost", "s-run", "s-fix", "s-draft")  # fragments that arrive later use these


@cache
def _symbols() -> dict[str, str]:
    found = re.findall(r'<symbol id="i-([a-z-]+)".*?</symbol>', SPRITE.read_text(encoding="utf-8"), re.DOTALL)
    blocks = re.findall(r'<symbol id="i-[a-z-]+".*?</symbol>', SPRITE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(zip(found, blocks, strict=True))


def icon(name: str, color: str = "") -> Markup:
    """The icon's reference, in a color of the tokens; its symbol is put at the end of the page."""
    use_icons(name)
    return Markup('<svg class="%s" aria-hidden="true"><use href="#i-%s"/></svg>') % (f"i {color}".strip(), name)


def use_icons(*names: str) -> str:
    """Promise symbols to a page whose markup holds references that were rendered earlier."""
    unknown = set(names) - _symbols().keys()
    if unknown:
        raise KeyError(f"no icon is named {', '.join(sorted(unknown))}")
    if not hasattr(g, "icons"):
        g.icons = set()
    g.icons.update(names)
    return ""


def icon_sprite() -> Markup:
    """The symbols that this page used."""
    names = sorted({*ALWAYS, *getattr(g, "icons", ())})
    symbols = "".join(_symbols()[name] for name in names)
    return Markup('<svg class="d-none" aria-hidden="true" focusable="false">') + Markup(symbols) + Markup("</svg>")  # noqa: S704 - our own file
