"""Finding questions that say the same, whatever their punctuation. Pure.

A question's text is its stem and options without punctuation, blanks and numbering; its shingles are the runs of three
characters in it. Two questions are the same when their texts are equal, and near when their shingles have a Jaccard index of
at least `NEAR`. All pairs are found exactly: a pair that is near shares a shingle among the rarest of both (prefix filter).
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

NEAR = 0.6
RUN = 3
SLACK = 1e-9  # 0.6 × 35 is a little more than 21 in binary
_DROPPED = frozenset("PZCS")  # punctuation, separators, control, symbols


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions and how alike they are: 1 means the same text."""

    first: int
    second: int
    likeness: float


def normalize(stem: str, options: Sequence[str] = ()) -> str:
    """A question's text for comparing: half-width, lower case, without punctuation; the order of options does not matter."""
    return _letters(stem) + "".join(sorted(_letters(option) for option in options))


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in _DROPPED)


def shingles(text: str) -> frozenset[str]:
    """The runs of three characters; a shorter text is its own."""
    return frozenset(text[n : n + RUN] for n in range(len(text) - RUN + 1)) or frozenset([text])


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The Jaccard index."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def find_like(text: str, others: Mapping[int, str], *, near: float = NEAR) -> list[Pair]:
    """The others that are near to a text, the likest first; `first` is 0."""
    own = shingles(text)
    found = []
    for id_, other in others.items():
        theirs = shingles(other)
        if near * max(len(own), len(theirs)) <= min(len(own), len(theirs)):
            likes = 1.0 if other == text else likeness(own, theirs)
            if likes >= near:
                found.append(Pair(0, id_, likes))
    return sorted(found, key=lambda pair: (-pair.likeness, pair.second))


def find_pairs(texts: Mapping[int, str], *, near: float = NEAR) -> list[Pair]:
    """Every pair that is near, the likest first."""
    sets = {id_: shingles(text) for id_, text in texts.items()}
    often = Counter(shingle for found in sets.values() for shingle in found)
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    pairs = []
    for id_ in sorted(sets, key=lambda id_: (len(sets[id_]), id_)):
        own = sets[id_]
        prefix = sorted(own, key=lambda shingle: (often[shingle], shingle))[: len(own) - ceil(near * len(own) - SLACK) + 1]
        for other in _seen(waiting, prefix):
            likes = 1.0 if texts[id_] == texts[other] else likeness(own, sets[other])
            if likes >= near:
                pairs.append(Pair(min(id_, other), max(id_, other), likes))
        for shingle in prefix:
            waiting[shingle].append(id_)
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))


def _seen(waiting: Mapping[str, list[int]], prefix: Iterable[str]) -> set[int]:
    return {other for shingle in prefix for other in waiting.get(shingle, ())}
