"""When two short texts are the same answer.

NFKC makes full-width forms plain, but it would also make ① a 1, ½ a 1⁄2, ² a 2 and ㎡ m2, and leave 。、“—· as they are. So it
is applied to everything but circled, raised, lowered, squared and fraction signs, and a table maps Chinese punctuation.
Compatibility characters that only look different (〇, 臺) stay: whoever means them as synonyms says so in the key.
"""

import re
import unicodedata
from itertools import groupby

_KEPT = ("<circle>", "<fraction>", "<super>", "<sub>", "<square>")
PUNCTUATION = str.maketrans(
    {
        "。": ".", "、": ",", "，": ",", "；": ";", "：": ":", "？": "?", "！": "!",
        "“": '"', "”": '"', "„": '"', "‟": '"', "″": '"', "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'",
        "—": "-", "–": "-", "―": "-", "‐": "-", "‑": "-", "−": "-", "─": "-", "━": "-",
        "·": "·", "•": "·", "‧": "·", "・": "·", "･": "·", "⋅": "·", "∙": "·",
        "（": "(", "）": ")", "［": "[", "］": "]", "【": "[", "】": "]", "〔": "[", "〕": "]", "〖": "[", "〗": "]",
        "「": '"', "」": '"', "『": '"', "』": '"', "《": "<", "》": ">", "〈": "<", "〉": ">",
        "～": "~", "〜": "~", "…": "…", "⋯": "…",
    }
)  # fmt: skip
_LOOSE = re.compile(r"\s*([^\w\s]|[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])\s*")


def _is_kept(char: str) -> bool:
    return char in "…⋯" or unicodedata.decomposition(char).startswith(_KEPT)


def plain_forms(text: str) -> str:
    """NFKC, leaving alone what it would damage."""
    runs = ((kept, "".join(run)) for kept, run in groupby(text, _is_kept))
    return "".join(run if kept else unicodedata.normalize("NFKC", run) for kept, run in runs)


def fold(text: str, *, case_sensitive: bool = False, as_written: bool = False) -> str:
    """What is compared. White space is collapsed to one space, and to none beside Chinese characters and punctuation.

    `as_written` takes the text as it is, only without white space around it.
    """
    if as_written:
        return text.strip()
    plain = " ".join(plain_forms(text).translate(PUNCTUATION).split())
    plain = re.sub(r"\.{3,}|…+", "…", re.sub(r"-{2,}", "-", plain))
    plain = _LOOSE.sub(r"\1", plain)
    return plain if case_sensitive else plain.lower()
