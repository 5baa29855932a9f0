"""Response processing, carried out: what a response would earn is computed, so that what the author's rules mean is kept.

Only what items of choice, order, match and text use is understood; anything else raises `NotUnderstood` with its name.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException, localcontext
from typing import Any

from lxml import etree

from academy.exams.rules.formats.notation import read_decimal
from academy.exams.rules.formats.qti.names import attribute, children, descendants, first, name_of, text_of

NUMBERS = frozenset({"float", "integer"})
MOST_STEPS = 300_000  # of one item, for all the responses that are tried
Value = Any  # None, str, Decimal, bool; list for several without order, tuple for several in order


class NotUnderstood(Exception):
    """Something that is not computed here; its name is the argument."""


class _Exit(Exception):
    """The rules say that they are through."""


@dataclass(frozen=True, slots=True)
class PointMap:
    """What each value earns."""

    entries: Mapping[Any, Decimal]
    default: Decimal
    lower: Decimal | None
    upper: Decimal | None
    is_case_sensitive: bool


@dataclass(frozen=True, slots=True)
class Declaration:
    """A response that an item asks for."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[Any, ...]
    mapping: PointMap | None

    def value(self, values: tuple[Any, ...]) -> Value:
        """These values as this response holds them."""
        if not values:
            return None
        if self.cardinality == "multiple":
            return list(values)
        return tuple(values) if self.cardinality == "ordered" else values[0]


@dataclass(slots=True)
class Processor:
    """The rules of one item."""

    declarations: dict[str, Declaration]
    outcomes: dict[str, Value]
    rules: list[etree._Element]
    template: str
    _state: dict[str, Value] = field(default_factory=dict)
    _steps: int = 0

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to carry out."""
        return bool(self.rules or self.template)

    def score(self, responses: Mapping[str, tuple[Any, ...]]) -> Decimal:
        """What a response earns. Raises NotUnderstood."""
        self._state = dict(self.outcomes)
        for name, declaration in self.declarations.items():
            self._state[name] = declaration.value(responses.get(name, ()))
        try:
            with localcontext() as context:
                context.prec = 60
                self._apply_template() if self.template else self._run(self.rules)
        except _Exit:
            pass
        except (DecimalException, TypeError, ValueError, AttributeError, IndexError, KeyError, StopIteration) as error:
            raise NotUnderstood(type(error).__name__) from error
        score = self._state.get("SCORE")
        return score if isinstance(score, Decimal) else Decimal(0)

    def _apply_template(self) -> None:
        declaration = self.declarations["RESPONSE"]
        if self.template == "map_response":
            self._state["SCORE"] = self._mapped("RESPONSE")
        elif self.template == "match_correct":
            right = _same(self._state["RESPONSE"], declaration.value(declaration.correct))
            self._state["SCORE"] = Decimal(int(bool(right)))
        else:
            raise NotUnderstood(self.template)

    def _run(self, rules: list[etree._Element]) -> None:
        for rule in rules:
            self._step()
            match name_of(rule):
                case "responseCondition":
                    self._condition(rule)
                case "setOutcomeValue":
                    self._state[attribute(rule, "identifier")] = self._evaluate(next(children(rule)))
                case "responseProcessingFragment":
                    self._run(list(children(rule)))
                case "exitResponse":
                    raise _Exit
                case other:
                    raise NotUnderstood(other)

    def _condition(self, rule: etree._Element) -> None:
        for branch in children(rule):
            parts = list(children(branch))
            if name_of(branch) == "responseElse":
                self._run(parts)
                return
            if self._evaluate(parts[0]) is True:
                self._run(parts[1:])
                return

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise NotUnderstood("too long")

    def _mapped(self, identifier: str) -> Value:
        mapping, value = self.declarations[identifier].mapping, self._state[identifier]
        if mapping is None:
            raise NotUnderstood("mapResponse")
        values = list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
        entries = mapping.entries
        if not mapping.is_case_sensitive:
            values = [one.casefold() if isinstance(one, str) else one for one in values]
            entries = {(key.casefold() if isinstance(key, str) else key): points for key, points in entries.items()}
        total = sum((entries.get(one, mapping.default) for one in dict.fromkeys(values)), Decimal(0))
        total = total if mapping.lower is None else max(total, mapping.lower)
        return total if mapping.upper is None else min(total, mapping.upper)

    def _evaluate(self, node: etree._Element) -> Value:
        self._step()
        name = name_of(node)
        if name in _LEAVES:
            return _LEAVES[name](self, node)
        if name in {"and", "or"}:
            found = [self._evaluate(child) for child in children(node)]
            return all(one is True for one in found) if name == "and" else any(one is True for one in found)
        operator = _OPERATORS.get(name)
        if operator is None:
            raise NotUnderstood(name)
        return operator(node, *(self._evaluate(child) for child in children(node)))

    def _variable(self, node: etree._Element) -> Value:
        return self._state.get(attribute(node, "identifier"))

    def _correct(self, node: etree._Element) -> Value:
        declaration = self.declarations[attribute(node, "identifier")]
        return declaration.value(declaration.correct)


def _base_value(_processor: Processor, node: etree._Element) -> Value:
    return typed(text_of(node), attribute(node, "baseType"))


_LEAVES: dict[str, Callable[[Processor, etree._Element], Value]] = {
    "variable": Processor._variable,
    "correct": Processor._correct,
    "baseValue": _base_value,
    "mapResponse": lambda processor, node: processor._mapped(attribute(node, "identifier")),
    "null": lambda _processor, _node: None,
}


def typed(text: str, base_type: str) -> Value:
    """A value of a base type."""
    text = text if base_type == "string" else text.strip()
    if base_type in NUMBERS:
        number = read_decimal(text)
        if number is None:
            raise NotUnderstood(text[:20])
        return number
    if base_type == "boolean":
        return text in {"true", "1"}
    return " ".join(text.split()) if base_type == "directedPair" else text


def _same(left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, list) and isinstance(right, list):
        return Counter(left) == Counter(right)
    return bool(left == right)


def _equal(node: etree._Element, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    mode = attribute(node, "toleranceMode", "exact")
    if mode == "exact":
        return bool(left == right)
    below, above = tolerances(node)
    if mode == "relative":
        middle = right if varies_first(node) else left
        below, above = abs(middle) * below / 100, abs(middle) * above / 100
    return bool(left - below <= right <= left + above)


def varies_first(node: etree._Element) -> bool:
    """Whether the response stands before the number: a relative tolerance would then be a share of the response."""
    return name_of(next(children(node))) == "variable"


def tolerances(node: etree._Element) -> tuple[Decimal, Decimal]:
    """How far below and above an `equal` allows."""
    found = [read_decimal(one) for one in attribute(node, "tolerance").split()]
    if not found or None in found:
        raise NotUnderstood("tolerance")
    return found[0], found[-1]  # type: ignore[return-value]


def _compared(test: Callable[[Decimal, Decimal], bool]) -> Callable[..., Value]:
    return lambda _node, left, right: None if left is None or right is None else test(left, right)


def _flat(values: tuple[Value, ...]) -> list[Value]:
    return [one for value in values for one in (value if isinstance(value, list | tuple) else [value]) if one is not None]


def _sum(_node: etree._Element, *values: Value) -> Value:
    return None if None in values else sum(_flat(values), Decimal(0))


def _product(_node: etree._Element, *values: Value) -> Value:
    total = Decimal(1)
    for value in _flat(values):
        total *= value
    return None if None in values else total


def _string_match(node: etree._Element, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if attribute(node, "caseSensitive", "true") == "false":
        left, right = left.casefold(), right.casefold()
    return right in left if attribute(node, "substring") == "true" else bool(left == right)


def _index(node: etree._Element, value: Value) -> Value:
    place = int(attribute(node, "n")) - 1
    return value[place] if isinstance(value, tuple) and 0 <= place < len(value) else None


def _contains(_node: etree._Element, whole: Value, part: Value) -> Value:
    if whole is None or part is None:
        return None
    return not Counter(list(part) if isinstance(part, list | tuple) else [part]) - Counter(list(whole))


_OPERATORS: dict[str, Callable[..., Value]] = {
    "match": lambda _node, left, right: _same(left, right),
    "equal": _equal,
    "stringMatch": _string_match,
    "isNull": lambda _node, value: value is None or value in ([], (), ""),
    "not": lambda _node, value: None if value is None else not value,
    "sum": _sum,
    "product": _product,
    "subtract": lambda _node, left, right: None if left is None or right is None else left - right,
    "divide": lambda _node, left, right: None if left is None or not right else left / right,
    "gt": _compared(lambda left, right: left > right),
    "gte": _compared(lambda left, right: left >= right),
    "lt": _compared(lambda left, right: left < right),
    "lte": _compared(lambda left, right: left <= right),
    "max": lambda _node, *values: None if None in values else max(_flat(values)),
    "min": lambda _node, *values: None if None in values else min(_flat(values)),
    "member": lambda _node, one, whole: None if one is None or whole is None else one in whole,
    "contains": _contains,
    "multiple": lambda _node, *values: _flat(values) or None,
    "ordered": lambda _node, *values: tuple(_flat(values)) or None,
    "containerSize": lambda _node, value: Decimal(0 if value is None else len(value)),
    "index": _index,
    "integerToFloat": lambda _node, value: value,
}


def read_processor(root: etree._Element) -> Processor:
    """The declarations and rules of an item. Raises NotUnderstood."""
    declarations = {one.identifier: one for one in map(_declaration, children(root, "responseDeclaration"))}
    outcomes: dict[str, Value] = {}
    for outcome in children(root, "outcomeDeclaration"):
        base = attribute(outcome, "baseType")
        default = first(outcome, "defaultValue")
        values = [typed(text_of(one), base) for one in children(default, "value")] if default is not None else []
        zero = Decimal(0) if base in NUMBERS else None
        outcomes[attribute(outcome, "identifier")] = values[0] if values else zero
    processing = first(root, "responseProcessing")
    if processing is None:
        return Processor(declarations, outcomes, [], "")
    rules = list(children(processing))
    template = attribute(processing, "template").rstrip("/").rpartition("/")[2].removesuffix(".xml")
    return Processor(declarations, outcomes, rules, "" if rules else template)


def _declaration(node: etree._Element) -> Declaration:
    base = attribute(node, "baseType", "identifier")
    correct = first(node, "correctResponse")
    values = [typed(text_of(one), base) for one in descendants(correct, "value")] if correct is not None else []
    return Declaration(
        attribute(node, "identifier"), attribute(node, "cardinality", "single"), base, tuple(values), _mapping(node, base)
    )


def _mapping(node: etree._Element, base: str) -> PointMap | None:
    mapping = first(node, "mapping")
    if mapping is None:
        return None
    entries, is_case_sensitive = {}, False
    for entry in children(mapping, "mapEntry"):
        points = read_decimal(attribute(entry, "mappedValue", "0"))
        if points is None:
            raise NotUnderstood("mappedValue")
        entries[typed(attribute(entry, "mapKey"), base)] = points
        is_case_sensitive |= attribute(entry, "caseSensitive") == "true"
    bounds = [read_decimal(attribute(mapping, one)) for one in ("defaultValue", "lowerBound", "upperBound")]
    return PointMap(entries, bounds[0] or Decimal(0), bounds[1], bounds[2], is_case_sensitive or base != "string")
