"""Finding and ranking what is taught, by words and by pinyin initials. Pure: works on texts, knows no table.

A catalog of some hundred courses is searched as text, not through an index: every term is looked for as it stands, so a
word of two characters is found whatever a segmenter would have made of it, and both databases give the same answer.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

LONGEST_QUERY = 60
MOST_TERMS = 6
CODE, TITLE, TITLE_START, KEYWORD, FIELD, SUMMARY, OBJECTIVE = 4096, 512, 64, 128, 32, 8, 2
INITIALS_KEYWORD, INITIALS_START, INITIALS_TITLE, INITIALS_FIELD = 3, 3, 2, 1
_LATIN = re.compile(r"[a-z0-9]+")


def initials_of(text: str) -> str:
    """One lower-case letter for each character: 社会治理 → shzl; what has no reading stays as it is."""
    from pypinyin import Style, lazy_pinyin  # its dictionary costs each worker's start a third of a second

    letters = lazy_pinyin(text, style=Style.FIRST_LETTER, errors=_characters)
    return "".join(letter[:1] or "?" for letter in letters).lower()


def _characters(unread: str) -> Any:
    """What is no Chinese stays one letter each (pypinyin takes a list, its type hints do not say so)."""
    return list(unread)


def terms_of(query: str) -> tuple[str, ...]:
    """The terms of a query: half-width, lower case, at most six."""
    words = unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).lower().split()
    return tuple(dict.fromkeys(words))[:MOST_TERMS]


@dataclass(frozen=True, slots=True)
class Searchable:
    """The texts of one thing, folded once for many queries."""

    code: str
    title: str
    keywords: tuple[str, ...]
    field: str
    summary: str
    objectives: str
    title_initials: str  # letters and digits only
    keyword_initials: tuple[str, ...]
    field_initials: str

    def is_about(self, word: str) -> bool:
        """Whether title, keywords or field name the word."""
        return word in self.title or word in self.field or any(word in keyword for keyword in self.keywords)


@dataclass(frozen=True, slots=True)
class Term:
    """A term as typed, and the words that its letters stand for most often here: ys → 议事."""

    text: str
    readings: tuple[str, ...] = ()


def searchable(
    *,
    code: str,
    title: str,
    field: str,
    summary: str,
    initials: str,
    field_initials: str,
    keywords: Sequence[str] = (),
    keyword_initials: Sequence[str] = (),
    objectives: Sequence[str] = (),
) -> Searchable:
    """Fold the texts of a course or program."""
    return Searchable(
        code=code.lower(),
        title=fold(title),
        keywords=tuple(fold(word) for word in keywords),
        field=fold(field),
        summary=fold(summary),
        objectives=fold("；".join(objectives)),
        title_initials=_letters(initials),
        keyword_initials=tuple(_letters(word) for word in keyword_initials),
        field_initials=_letters(field_initials),
    )


def fold(text: str) -> str:
    """Half-width and lower case, so that a query matches however it is typed."""
    return unicodedata.normalize("NFKC", text).lower()


def _letters(initials: str) -> str:
    return "".join(char for char in initials if char.isalnum())


def is_initials(term: str) -> bool:
    """Whether a term may be pinyin initials: letters, and more than one, since one would find everything."""
    return len(term) > 1 and _LATIN.fullmatch(term) is not None


def compute_score(doc: Searchable, terms: Sequence[Term]) -> int:
    """How well a thing answers all the terms; 0 when one of them is nowhere.

    A hit in the title outweighs keywords, those the field, the summary and the objectives together. Initials count as
    the words they stand for most often, the first of them most, and less where they merely occur.
    """
    total = 0
    for term in terms:
        score = _words_score(doc, term.text) or (_initials_score(doc, term) if is_initials(term.text) else 0)
        if not score:
            return 0
        total += score
    return total


def _words_score(doc: Searchable, term: str) -> int:
    score = CODE if doc.code.startswith(term) and len(term) > 1 else 0
    if term in doc.title:
        score += TITLE + (TITLE_START if doc.title.startswith(term) else 0)
    if any(term in word for word in doc.keywords):
        score += KEYWORD
    if term in doc.field:
        score += FIELD
    if term in doc.summary:
        score += SUMMARY
    if term in doc.objectives:
        score += OBJECTIVE
    return score


def _initials_score(doc: Searchable, term: Term) -> int:
    letters = term.text
    score = max((_words_score(doc, word) // (2 * rank) for rank, word in enumerate(term.readings, start=1)), default=0)
    if any(word.startswith(letters) for word in doc.keyword_initials):
        score += INITIALS_KEYWORD
    if _stands_in(letters, doc.title_initials):
        score += INITIALS_START if doc.title_initials.startswith(letters) else INITIALS_TITLE
    return score + (INITIALS_FIELD if letters in doc.field_initials else 0)


def _stands_in(letters: str, initials: str) -> bool:
    """Whether letters are initials of a title: two of them only at its start, elsewhere they stand for nothing."""
    return initials.startswith(letters) or (len(letters) > 2 and letters in initials)


def marked(text: str, terms: Sequence[Term], initials: str = "") -> Markup:
    """The text with what the terms hit in <mark>; `initials` (aligned to the text) marks pinyin hits as well."""
    hits = [False] * len(text)
    folded = fold(text)
    aligned = len(folded) == len(text)
    for term in terms:
        words = [word for word in (term.text, *term.readings) if aligned and word in folded]
        for word in words[:1]:
            for found in re.finditer(re.escape(word), folded):
                hits[found.start() : found.end()] = [True] * len(word)
        if not words and initials and is_initials(term.text):
            _mark_initials(hits, initials, term.text)
    return _wrapped(text, hits)


def _mark_initials(hits: list[bool], initials: str, term: str) -> None:
    places = [at for at, char in enumerate(initials) if char.isalnum()]
    letters = "".join(initials[at] for at in places)
    start = letters.find(term)
    if _stands_in(term, letters) and len(initials) <= len(hits):
        for at in places[start : start + len(term)]:
            hits[at] = True


def _wrapped(text: str, hits: Sequence[bool]) -> Markup:
    if not any(hits):
        return escape(text)
    parts: list[Markup] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or hits[at] != hits[start]:
            piece = escape(text[start:at])
            parts.append(Markup("<mark>%s</mark>") % piece if hits[start] else piece)
            start = at
    return Markup("").join(parts)
