"""Rich text of other systems as the plain text that the bank keeps."""

import re
from html.parser import HTMLParser

import nh3

from academy.core.text import N_
from academy.exams.rules.bank import Written

_BLOCKS = frozenset({
    "article", "blockquote", "center", "dd", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "li", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_KEPT = frozenset({
    "a", "b", "big", "br", "caption", "code", "del", "em", "font", "i", "img", "ins", "s", "small", "span", "strong", "sub",
    "sup", "tbody", "td", "th", "thead", "u",
})  # fmt: skip
_DATA = re.compile(r"data:[^\"'\s>]{200,}")  # a picture within the text
_LONGEST = 200_000
_ACTIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|applet|form|svg|math|style|link|meta|base)\b[^>]*>(?:.*?</\s*(?:script|style|iframe|object)\s*>)?"
    r"|\bon[a-z]{3,20}\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)|(?:java|vb)script\s*:[^\"'>\s]*",
    re.IGNORECASE | re.DOTALL,
)
SCRIPT = re.compile(r"<\s*/?\s*(?:script|iframe|object|embed)\b", re.IGNORECASE)
_RAISED = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
_LOWERED = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
_SPACE = re.compile(r"[ \t\n\r\xa0]+")


def plain_text(written: Written, html: str) -> str:
    """The text of HTML; what is lost is noted on the question, active content is taken out and kept for the report."""
    html = _DATA.sub("data:", html)[:_LONGEST]
    active = [found.group(0)[:200] for found in _ACTIVE.finditer(html)]
    if active:
        written.removed.extend(active[:10])
        written.repair(N_("去掉了脚本等会运行的内容，只留文字"))
    safe = nh3.clean(
        html,
        tags={*_BLOCKS, *_KEPT},
        attributes={"img": {"alt", "src"}},
        clean_content_tags={"script", "style"},
        link_rel=None,
        url_schemes={"http", "https", "data"},
        generic_attribute_prefixes=None,
    )
    reader = _Reader()
    reader.feed(safe)
    reader.close()
    if reader.pictures:
        written.repair(N_("图片没有收，原位写成［图］"))
    return reader.text()


class _Reader(HTMLParser):
    """Blocks become lines, cells are divided by bars as in the bank's own tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._raised = ""
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag == "br":
            self._break()
        elif tag in {"td", "th"} and self._lines[-1].strip():
            self._lines[-1] += " | "
        elif tag in {"sub", "sup"}:
            self._raised = tag
        elif tag == "img":
            self.pictures += 1
            alt = dict(attrs).get("alt") or ""
            self._lines[-1] += f"［图：{alt.strip()}］" if alt.strip() else "［图］"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()
        elif tag in {"sub", "sup"}:
            self._raised = ""

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if self._raised and text.strip():
            table = _RAISED if self._raised == "sup" else _LOWERED
            sign = "^" if self._raised == "sup" else "_"
            text = "".join(table[char] for char in text) if all(char in table for char in text) else f"{sign}({text})"
        self._lines[-1] += text if self._lines[-1] else text.lstrip()

    def _break(self) -> None:
        if self._lines[-1].strip():
            self._lines.append("")

    def text(self) -> str:
        return "\n".join(_SPACE.sub(" ", line).strip() for line in self._lines if line.strip())


def refuse_script(written: Written) -> None:
    """A plain cell or line with a script tag in it was not written by an examiner."""
    texts = (written.stem, *written.options, *written.prompts, written.explanation)
    found = [
        match.group(0)[:200] for text in texts for match in [_ACTIVE.search(text) if SCRIPT.search(text) else None] if match
    ]
    if found:
        written.removed.extend(found)
        written.refuse(N_("含有 <script> 一类的标签"))
