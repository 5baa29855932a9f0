"""How much of an item's marks a response earns, as an exact fraction, kind by kind."""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from academy.exams.rules.keys import NONE, AcceptedText, load_blanks, load_numbers, load_texts
from academy.scoring.rules.methods import ALL, CHOICES, NOTHING, SEQUENCES, ItemRule, Method
from academy.scoring.rules.numbers import is_within, read_number
from academy.scoring.rules.texts import fold


def earned(rule: ItemRule, *, kind: str, key: str, response: str, marks: Fraction, options: int) -> Fraction:
    """What a response earns in marks, exact and within the rule's bounds; the caller rounds once."""
    if rule.method is Method.PEOPLE or not response:
        return NOTHING
    if (kind in SEQUENCES and response == key) or (kind in CHOICES and frozenset(response) == frozenset(key)):
        return marks
    match kind:
        case "short_text":
            got = _blanks(rule, key, response) * marks
        case "numeric":
            got = _numbers(rule, key, response) * marks
        case "matching":
            got = _pairs(rule, key, response, marks)
        case "ordering":
            got = _order(rule, key, response) * marks
        case _:
            only_one = kind != "multiple"
            got = _chosen(rule, frozenset(key), frozenset(response), marks, options, only_one=only_one)
    return min(max(got, rule.least * marks), rule.most * marks)


def _chosen(
    rule: ItemRule, wanted: frozenset[str], chosen: frozenset[str], marks: Fraction, options: int, *, only_one: bool
) -> Fraction:
    """Options as sets: what was ticked and should (not) have been."""
    if rule.method is Method.EXACT or (only_one and len(chosen) > 1):
        return NOTHING
    right, wrong = len(chosen & wanted), len(chosen - wanted)
    if rule.method is Method.WEIGHTS:
        return sum((rule.weights.get(letter, rule.other) for letter in chosen), NOTHING) * marks
    spread = len(wanted), options - len(wanted)
    got = right * rule.per_right.of(marks, *spread)
    if rule.method is Method.NO_WRONG_OPTION:
        return NOTHING if wrong else got
    return got - wrong * rule.per_wrong.of(marks, *spread)


def _pairs(rule: ItemRule, key: str, response: str, marks: Fraction) -> Fraction:
    """Matching: a prompt for which nothing was chosen is neither right nor wrong; one that has no partner must stay empty."""
    if rule.method is Method.EXACT or len(response) != len(key):
        return NOTHING
    chosen = [(want, got) for want, got in zip(key, response, strict=True) if got != NONE]
    right, prompts = sum(want == got for want, got in chosen), len(key.replace(NONE, ""))
    wrong = len(chosen) - right
    return right * rule.per_right.of(marks, prompts, prompts) - wrong * rule.per_wrong.of(marks, prompts, prompts)


def _order(rule: ItemRule, key: str, response: str) -> Fraction:
    """Ordering: a share of the whole."""
    if rule.method is Method.EXACT or not key:
        return NOTHING
    if rule.method is Method.POSITIONS:
        return Fraction(sum(want == got for want, got in zip(key, response, strict=False)), len(key))
    if len(key) == 1:
        return NOTHING
    places = [key.index(letter) for letter in response if letter in key]
    if rule.method is Method.NEIGHBORS:
        follow = {key[place : place + 2] for place in range(len(key) - 1)}
        return Fraction(sum(response[place : place + 2] in follow for place in range(len(response) - 1)), len(key) - 1)
    return Fraction(max(_longest_rising(places) - 1, 0), len(key) - 1)


def _longest_rising(places: Sequence[int]) -> int:
    """The length of the longest rising part, gaps allowed."""
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


@lru_cache(maxsize=4_096)
def _folded_key(key: str, flags: frozenset[str]) -> tuple[tuple[tuple[str, AcceptedText], ...], ...]:
    return tuple(tuple((_fold(one.text, flags), one) for one in blank) for blank in load_blanks(key))


def _fold(text: str, flags: frozenset[str]) -> str:
    return fold(text, case_sensitive="case_sensitive" in flags, as_written="as_written" in flags)


def _blanks(rule: ItemRule, key: str, response: str) -> Fraction:
    """Blanks count the same. A group of synonyms counts once, however often and in however many blanks it is written."""
    blanks = _folded_key(key, rule.flags)
    try:
        texts = [_fold(text, rule.flags) for text in load_texts(response)]
    except (ValueError, TypeError, RecursionError):
        return NOTHING
    if not blanks:
        return NOTHING
    found = [_matches(blank, text, rule, place) for place, (blank, text) in enumerate(zip(blanks, texts, strict=False))]
    of_blank = [NOTHING] * len(blanks)
    counted: set[object] = set()
    for share, place, group in sorted((hit for hits in found for hit in hits), key=lambda hit: (-hit[0], hit[1])):
        if group in counted or ("contains" not in rule.flags and of_blank[place]):
            continue
        counted.add(group)
        of_blank[place] = min(of_blank[place] + share, ALL)
    if rule.method is Method.EXACT:
        return ALL if all(share == ALL for share in of_blank) else NOTHING
    return sum(of_blank, NOTHING) / len(blanks)


def _matches(
    blank: Sequence[tuple[str, AcceptedText]], text: str, rule: ItemRule, place: int
) -> list[tuple[Fraction, int, object]]:
    """(share, blank, what may count only once) of every accepted text that was written."""
    hits = [one for folded, one in blank if folded and (folded in text if "contains" in rule.flags else folded == text)]
    # Two blanks may name their groups alike by chance: a group is the same only if its texts are.
    members = {hit.group: frozenset(folded for folded, one in blank if one.group == hit.group) for hit in hits}
    return [(Fraction(hit.share), place, (hit.group, members[hit.group]) if hit.group else (place, hit.text)) for hit in hits]


def _numbers(rule: ItemRule, key: str, response: str) -> Fraction:
    """The best share among the accepted numbers. A unit that was written must be the right one; `needs_unit` asks for it."""
    read = read_number(response)
    if read is None:
        return NOTHING
    shares = [NOTHING]
    for accepted in load_numbers(key):
        unit = not accepted.unit or _unit(read.unit) == _unit(accepted.unit)
        is_missing = not read.unit and "needs_unit" not in rule.flags
        if (unit or is_missing) and is_within(read.value, accepted):
            shares.append(Fraction(accepted.share))
    best = min(max(shares), ALL)
    return best if best == ALL or rule.method is not Method.EXACT else NOTHING


def _unit(unit: str) -> str:
    """Units differ by case (mm, Mm), not by width; m² and ㎡ are one."""
    return fold(unit, case_sensitive=True).replace("㎡", "m²").replace("m2", "m²").replace("^2", "²")


def check_key(kind: str, key: str) -> None:
    """Raises ValueError (or what its parts raise) when a key of texts or numbers cannot be read or accepts nothing."""
    if kind == "short_text":
        blanks = load_blanks(key)
        if not blanks or any(not isinstance(one.text, str) for blank in blanks for one in blank):
            raise ValueError
    if kind == "numeric" and not load_numbers(key):
        raise ValueError
