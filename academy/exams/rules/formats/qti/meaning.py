"""Our key, marks and marking rule for an item: those that give, for every response, what the item's own rules give."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from itertools import combinations
from typing import Any

from academy.core.text import N_
from academy.exams.rules.bank import CENT, Written
from academy.exams.rules.formats import shares
from academy.exams.rules.formats.notation import read_decimal
from academy.exams.rules.formats.qti.names import attribute, descendants, text_of
from academy.exams.rules.formats.qti.processing import Declaration, NotUnderstood, Processor, tolerances, typed, varies_first
from academy.exams.rules.keys import AcceptedNumber, AcceptedText, ToleranceKind, dump_blanks, dump_numbers
from academy.exams.rules.kinds import LETTERS

ZERO, HALF, NEAR = Decimal(0), Decimal("0.5"), Decimal("0.0051")
SMALL = Decimal("0.0000000001")
_ALL_SUBSETS_UP_TO = 8  # options; of more, those that tell the rules apart
EXACT = {"method": "exact"}


def marks_of(text: str) -> Decimal | None:
    """Marks to two decimals."""
    marks = read_decimal(text)
    return marks.quantize(CENT) if marks is not None and abs(marks) < 1_000_000 else None


def _settle(written: Written, most: Decimal) -> Decimal:
    """The marks; an item that says nothing of them is worth what its rules give."""
    if written.marks is None and most > 0:
        written.marks, written.marks_text = most.quantize(CENT), str(most)
    return most


def _refuse_rules(written: Written) -> None:
    written.refuse(N_("计分办法换算不成本系统的规则"))


def _without_rules(written: Written, declaration: Declaration) -> bool:
    if not declaration.correct:
        written.refuse(N_("没有写答案"))
        return False
    return True


def fit_single(written: Written, processor: Processor, declaration: Declaration, identifiers: Sequence[str]) -> None:
    """One of several options."""
    if not processor.has_rules:
        if _without_rules(written, declaration):
            _set_letters(written, identifiers, declaration.correct)
        return
    scores = [processor.score({declaration.identifier: (one,)}) for one in identifiers]
    most = _settle(written, max(scores))
    best = [place for place, score in enumerate(scores) if score == most]
    if most <= 0 or len(best) != 1:
        written.refuse(N_("单选题没有满分的选项") if most <= 0 else N_("单选题有两个满分的选项"))
        return
    written.answer = LETTERS[best[0]]
    _check_scale(written, most)
    if any(scores[place] for place in range(len(scores)) if place != best[0]):
        written.scoring = shares.weights_rule({x: _share(s, most) for x, s in zip(LETTERS, scores, strict=False) if s})
        if min(scores) < 0:
            written.repair(N_("负分按 0 分"))


def _check_scale(written: Written, most: Decimal) -> None:
    """An item whose rules give 1 for all and that is worth 2 by its declaration is scaled by whoever gives the test."""
    if written.marks is not None and abs(written.marks - most) > NEAR:
        written.repair(N_("计分规则的满分是 %(most)s，按 %(marks)s 分折算"), most=shares.text_of(most), marks=written.marks)


def _share(score: Decimal, most: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 28
        return (score / most).quantize(Decimal("0.00000001"))


def _set_letters(written: Written, identifiers: Sequence[str], chosen: Iterable[Any]) -> None:
    letters = [LETTERS[identifiers.index(one)] for one in chosen if one in identifiers]
    written.answer = "".join(sorted(letters))


def _subsets(count: int, key: frozenset[int]) -> Iterable[frozenset[int]]:
    places = range(count)
    if count <= _ALL_SUBSETS_UP_TO:
        return [frozenset(one) for size in range(1, count + 1) for one in combinations(places, size)]
    few = {frozenset(one) for size in (1, 2) for one in combinations(places, size)}
    near = {key ^ frozenset(one) for size in (0, 1, 2) for one in combinations(places, size)}
    return sorted((one for one in few | near if one), key=sorted)


def fit_multiple(written: Written, processor: Processor, declaration: Declaration, identifiers: Sequence[str]) -> None:
    """Several of several options: every set of them is tried with the item's rules and with ours."""
    if not processor.has_rules:
        if _without_rules(written, declaration):
            _set_letters(written, identifiers, declaration.correct)
        return

    def score(chosen: Iterable[int]) -> Decimal:
        return processor.score({declaration.identifier: tuple(identifiers[place] for place in sorted(chosen))})

    named = declaration.correct or [
        one for one, points in (declaration.mapping.entries if declaration.mapping else {}).items() if points > 0
    ]
    correct = frozenset(identifiers.index(one) for one in named if one in identifiers)
    found = {one: score(one) for one in _subsets(len(identifiers), correct)}
    most = _settle(written, max(found.values()))
    best = [one for one, points in found.items() if points == most]
    key = correct if correct in best else min(best, key=lambda one: (len(one), sorted(one)))
    if most <= 0:
        written.refuse(N_("没有写答案"))
        return
    written.answer = "".join(LETTERS[place] for place in sorted(key))
    _check_scale(written, most)
    scale = (written.marks or most) / most
    _choose_rule(written, key, {one: points * scale for one, points in found.items()}, len(identifiers))


def _choose_rule(written: Written, key: frozenset[int], found: dict[frozenset[int], Decimal], count: int) -> None:
    marks = written.marks or ZERO
    weights = _weights(key, found, count, marks)
    rules: list[tuple[dict[str, Any] | None, Any]] = [
        (None, lambda one: ZERO if one - key else min(HALF * len(one), marks)),
        (EXACT, lambda _one: ZERO),
        ({"method": "no_wrong_option", "per_right": "1/k"}, lambda one: ZERO if one - key else marks * len(one) / len(key)),
        ({"method": "right_minus_wrong"}, lambda one: _bounded(marks * (len(one & key) - len(one - key)) / len(key), marks)),
        (shares.weights_rule({LETTERS[place]: share for place, share in weights.items() if share}),
         lambda one: _bounded(sum((weights[place] for place in one), ZERO) * marks, marks)),
    ]  # fmt: skip
    for scoring, rule in rules:
        if all(abs(max(points, ZERO) - (marks if one == key else rule(one))) < NEAR for one, points in found.items()):
            written.scoring = scoring
            if any(points < 0 for points in found.values()):
                written.repair(N_("负分按 0 分"))
            return
    _refuse_rules(written)


def _bounded(points: Decimal, marks: Decimal) -> Decimal:
    return min(max(points, ZERO), marks)


def _weights(key: frozenset[int], found: dict[frozenset[int], Decimal], count: int, marks: Decimal) -> dict[int, Decimal]:
    """Each option's share: a right one's alone, a wrong one's by what it takes from the whole."""
    weights = {}
    for place in range(count):
        alone = found.get(frozenset({place}), ZERO)
        points = alone if place in key or alone > 0 else found.get(key | {place}, ZERO) - marks
        weights[place] = _share(points, marks) if marks else ZERO
    return weights


def fit_order(written: Written, processor: Processor, declaration: Declaration, identifiers: Sequence[str]) -> None:
    """All options in an order."""
    right = [one for one in declaration.correct if one in identifiers]
    if len(right) != len(identifiers):
        written.refuse(N_("没有写答案") if not right else N_("排序题的答案要把每个选项写一遍"))
        return
    written.answer = "".join(LETTERS[identifiers.index(one)] for one in right)
    if not processor.has_rules:
        return

    def score(order: Sequence[str]) -> Decimal:
        return processor.score({declaration.identifier: tuple(order)})

    most = _settle(written, score(right))
    if most <= 0:
        _refuse_rules(written)
        return
    _check_scale(written, most)
    tried = [[*right[:n], right[n + 1], right[n], *right[n + 2 :]] for n in range(len(right) - 1)]
    tried += [[*right[n:], *right[:n]] for n in range(1, len(right))]
    tried = [order for order in tried if order != right]
    places = [Decimal(sum(a == b for a, b in zip(order, right, strict=True))) / len(right) * most for order in tried]
    points = [score(order) for order in tried]
    if all(abs(got - by_place) < NEAR for got, by_place in zip(points, places, strict=True)):
        return
    if any(points):
        _refuse_rules(written)
        return
    written.scoring = dict(EXACT)


def fit_match(
    written: Written, processor: Processor, declaration: Declaration, sources: Sequence[str], targets: Sequence[str]
) -> None:
    """Prompts with their options; sides that are the other way round are turned."""
    values = list(declaration.mapping.entries) if declaration.mapping else []
    positive = [one for one in values if declaration.mapping and declaration.mapping.entries[one] > 0]
    pairs = [tuple(str(one).split(" ")) for one in declaration.correct or positive]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        written.refuse(N_("没有写答案"))
        return
    if len({left for left, _right in pairs}) < len(pairs):
        if len({right for _left, right in pairs}) < len(pairs):
            written.refuse(N_("一个左项对应几个选项，不收"))
            return
        written.prompts, written.options = written.options, written.prompts
        partner = {right: left for left, right in pairs}
        sources, targets = targets, sources
    else:
        partner = dict(pairs)  # type: ignore[arg-type]
    written.answer = "".join(LETTERS[targets.index(partner[one])] if partner.get(one) in targets else "-" for one in sources)
    if processor.has_rules:
        _fit_pairs(written, processor, declaration, pairs, sources, targets)  # type: ignore[arg-type]


def _fit_pairs(
    written: Written,
    processor: Processor,
    declaration: Declaration,
    pairs: list[tuple[str, str]],
    sources: Sequence[str],
    targets: Sequence[str],
) -> None:
    def score(chosen: Iterable[tuple[str, str]]) -> Decimal:
        return processor.score({declaration.identifier: tuple(" ".join(pair) for pair in chosen)})

    is_turned = bool(pairs) and pairs[0][0] not in sources
    most = _settle(written, score(pairs))
    if most <= 0:
        _refuse_rules(written)
        return
    _check_scale(written, most)
    alone = [score([pair]) for pair in pairs]
    wrong = [
        (target, source) if is_turned else (source, target)
        for source in sources
        for target in targets
        if ((target, source) if is_turned else (source, target)) not in pairs
    ]
    lost = [score([*pairs[1:], pair]) - score(pairs[1:]) for pair in wrong] if len(pairs) > 1 else [score([p]) for p in wrong]
    each = most / len(pairs)
    if all(abs(points - each) < NEAR for points in alone) and not any(lost):
        return
    if all(abs(points - each) < NEAR for points in alone) and all(abs(points + each) < NEAR for points in lost):
        written.scoring = {"method": "right_minus_wrong"}
    elif not any(alone if len(pairs) > 1 else []) and not any(score(pairs[:n]) for n in range(1, len(pairs))):
        written.scoring = dict(EXACT)
    else:
        _refuse_rules(written)


def fit_texts(written: Written, processor: Processor, declarations: Sequence[Declaration]) -> None:
    """A text for each blank; what each accepted text earns by itself is its share."""
    candidates = [_texts_of(processor, one) for one in declarations]
    if not all(candidates):
        written.refuse(N_("没有写答案"))
        return
    if any(one.mapping and one.mapping.is_case_sensitive for one in declarations):
        written.scoring = {"method": "blanks", "case_sensitive": True}
    if not processor.has_rules:
        written.answer = dump_blanks(tuple(tuple(AcceptedText(text) for text in texts) for texts in candidates))
        return
    points = [
        [(text, processor.score({one.identifier: (text,)})) for text in texts]
        for one, texts in zip(declarations, candidates, strict=True)
    ]
    best = [max(score for _text, score in texts) for texts in points]
    whole = processor.score({d.identifier: (texts[0],) for d, texts in zip(declarations, candidates, strict=True)})
    if not any(best) and whole > 0:
        _settle(written, whole)
        written.scoring = dict(EXACT)
        written.answer = dump_blanks(tuple(tuple(AcceptedText(text) for text in texts) for texts in candidates))
        return
    most = _settle(written, sum(best, ZERO))
    if min(best) <= 0 or max(best) - min(best) > NEAR:
        _refuse_rules(written)
        return
    _check_scale(written, most)
    blanks = [
        tuple(AcceptedText(text, _tidy(score, full)) for text, score in texts if score > 0)
        for texts, full in zip(points, best, strict=True)
    ]
    written.answer = dump_blanks(tuple(blanks))


def _tidy(score: Decimal, full: Decimal) -> Decimal:
    share = _share(score, full)
    return Decimal(shares.text_of(share))


def _texts_of(processor: Processor, declaration: Declaration) -> list[str]:
    """Every text that an item's rules name for a response."""
    found = [str(one) for one in declaration.correct]
    if declaration.mapping:
        found += [str(one) for one in declaration.mapping.entries]
    for rule in processor.rules:
        for node in descendants(rule, "stringMatch", "match"):
            ids = {one.get("identifier") for one in descendants(node, "variable")}
            if declaration.identifier in ids:
                found += [text_of(one) for one in descendants(node, "baseValue")]
    return [text for text in dict.fromkeys(found) if text.strip()]


def fit_number(written: Written, processor: Processor, declaration: Declaration) -> None:
    """Numbers with their tolerance; each is tried within and beyond its bounds."""
    candidates = _numbers_of(processor, declaration)
    equals = [node for rule in processor.rules for node in descendants(rule, "equal")]
    if any(attribute(node, "toleranceMode") == "relative" and varies_first(node) for node in equals):
        written.repair(N_("相对误差按答案的数算，不按考生填的数算"))
    if not candidates:
        written.refuse(N_("没有写答案"))
        return
    if not processor.has_rules:
        written.answer = dump_numbers(tuple(candidates[:1]))
        return

    def score(value: Decimal) -> Decimal:
        return processor.score({declaration.identifier: (value,)})

    points = [(one, score(one.value)) for one in candidates]
    most = _settle(written, max(points_ for _one, points_ in points))
    if most <= 0:
        _refuse_rules(written)
        return
    _check_scale(written, most)
    numbers = []
    for one, got in points:
        span = abs(one.value) * one.tolerance if one.kind is ToleranceKind.RELATIVE else one.tolerance
        inside = [score(one.value + span * sign) for sign in (-1, 1)]
        beyond = [score(one.value + (span + SMALL) * sign) for sign in (-1, 1)]
        if got > 0 and all(points_ >= got for points_ in inside) and not all(points_ == got for points_ in beyond):
            numbers.append(AcceptedNumber(one.value, one.tolerance, one.kind, _tidy(got, most)))
    if not any(one.share == 1 for one in numbers):
        _refuse_rules(written)
        return
    written.answer = dump_numbers(tuple(numbers))


def _numbers_of(processor: Processor, declaration: Declaration) -> list[AcceptedNumber]:
    """Every number that an item's rules name, with the tolerance that stands beside it."""
    found: list[AcceptedNumber] = []
    plain: list[Decimal] = []
    for rule in processor.rules:
        for node in descendants(rule, "equal"):
            found += _in_equal(node, declaration)
        bounds = [typed(text_of(one), "float") for node in descendants(rule, "gte", "lte", "gt", "lt")
                  for one in descendants(node, "baseValue")]  # fmt: skip
        for low, high in zip(bounds[::2], bounds[1::2], strict=False):
            found.append(AcceptedNumber((low + high) / 2, abs(high - low) / 2))
    plain += [one for one in declaration.correct if isinstance(one, Decimal)]
    if declaration.mapping:
        plain += [one for one in declaration.mapping.entries if isinstance(one, Decimal)]
    known = {one.value for one in found}
    return [*dict.fromkeys(found), *(AcceptedNumber(value) for value in dict.fromkeys(plain) if value not in known)]


def _in_equal(node: Any, declaration: Declaration) -> list[AcceptedNumber]:
    values = [typed(text_of(one), "float") for one in descendants(node, "baseValue")]
    if next(descendants(node, "correct"), None) is not None:
        values += [one for one in declaration.correct if isinstance(one, Decimal)]
    mode = attribute(node, "toleranceMode", "exact")
    if mode == "exact":
        return [AcceptedNumber(value) for value in values]
    below, above = tolerances(node)
    if below != above:
        raise NotUnderstood("tolerance")
    kind = ToleranceKind.RELATIVE if mode == "relative" else ToleranceKind.NOMINAL
    return [AcceptedNumber(value, below / 100 if mode == "relative" else below, kind) for value in values]
