"""Writing an item package. The marking rule is written out as response processing that any QTI system carries out alike."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from typing import Any

from lxml import etree

from academy.exams.rules.bank import Draft
from academy.exams.rules.formats import extra, shares
from academy.exams.rules.formats.notation import BLANK_MARK, as_nominal
from academy.exams.rules.formats.qti.items import read_item
from academy.exams.rules.formats.qti.names import NAMESPACES, kebab
from academy.exams.rules.formats.table import to_written
from academy.exams.rules.keys import ToleranceKind, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind

_PACKAGING = {
    "2.1": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "2.2": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "3.0": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
}
_TYPES = {"2.1": "imsqti_item_xmlv2p1", "2.2": "imsqti_item_xmlv2p2", "3.0": "imsqti_item_xmlv3p0"}
_HTML = frozenset({"p", "div", "span"})
_EPOCH = (2026, 1, 1, 0, 0, 0)  # the same questions give the same bytes
HALF = Decimal("0.5")


def can_carry(draft: Draft) -> bool:
    """Whether an item can hold the question: no cases."""
    return draft.kind is not QuestionKind.CASE


def write_qti(drafts: Iterable[Draft], version: str) -> bytes:
    """The questions as a package; those that `can_carry` refuses must not be among them."""
    items = [(f"items/{number:04d}.xml", draft, _item(draft, version)) for number, draft in enumerate(drafts, 1)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [("imsmanifest.xml", _manifest(items, version)), *((name, item) for name, _draft, item in items)]:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _manifest(items: Sequence[tuple[str, Draft, bytes]], version: str) -> bytes:
    namespace = _PACKAGING[version]
    root = etree.Element(f"{{{namespace}}}manifest", {"identifier": "academy"}, nsmap=_default(namespace))
    metadata = etree.SubElement(root, f"{{{namespace}}}metadata")
    etree.SubElement(metadata, f"{{{namespace}}}schema").text = "QTI Package" if version == "3.0" else f"QTIv{version} Package"
    etree.SubElement(metadata, f"{{{namespace}}}schemaversion").text = f"{version}.0"
    etree.SubElement(root, f"{{{namespace}}}organizations")
    resources = etree.SubElement(root, f"{{{namespace}}}resources")
    for number, (name, _draft, _content) in enumerate(items, 1):
        attributes = {"identifier": f"item-{number}", "type": _TYPES[version], "href": name}
        resource = etree.SubElement(resources, f"{{{namespace}}}resource", attributes)
        etree.SubElement(resource, f"{{{namespace}}}file", {"href": name})
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _default(namespace: str) -> Any:
    """The namespace of names without a prefix."""
    return {None: namespace}


class _Maker:
    """Makes elements in one version's words."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._namespace = NAMESPACES[version]

    def make(self, parent: etree._Element | None, name: str, text: str = "", **attributes: str) -> etree._Element:
        """An element; names and attributes are given as in QTI 2."""
        is_three = self.version == "3.0"
        local = f"qti-{kebab(name)}" if is_three and name not in _HTML else name
        attributes = {kebab(key) if is_three else key: value for key, value in attributes.items()}
        tag = f"{{{self._namespace}}}{local}"
        if parent is None:
            element = etree.Element(tag, attributes, nsmap=_default(self._namespace))
        else:
            element = etree.SubElement(parent, tag, attributes)
        element.text = text or None
        return element


def _item(draft: Draft, version: str) -> bytes:
    root = _native(draft, version)
    more = extra.differences(to_written(draft), read_item(0, "", root))
    if more:
        root.append(etree.Comment(f" {extra.MARK} {more.replace('-', chr(92) + 'u002d')} "))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _native(draft: Draft, version: str) -> etree._Element:
    maker = _Maker(version)
    identifier = re.sub(r"[^A-Za-z0-9_.-]", "_", draft.code)
    identifier = identifier if identifier[:1].isalpha() or identifier[:1] == "_" else f"_{identifier}"
    fixed = {"identifier": identifier, "title": draft.code, "adaptive": "false", "timeDependent": "false"}
    root = maker.make(None, "assessmentItem", "", **fixed)
    _WRITERS[draft.kind](maker, root, draft)
    if draft.explanation_zh:
        attributes = {"outcomeIdentifier": "FEEDBACK", "identifier": "explanation", "showHide": "show"}
        feedback = maker.make(root, "modalFeedback", "", **attributes)
        _lines(maker, maker.make(feedback, "contentBody") if version == "3.0" else feedback, draft.explanation_zh)
    return root


def _lines(maker: _Maker, parent: etree._Element, text: str) -> None:
    for line in text.split("\n"):
        maker.make(parent, "p", line)


def _declare(
    maker: _Maker, root: etree._Element, name: str, cardinality: str, base: str, correct: Iterable[str]
) -> etree._Element:
    declaration = maker.make(root, "responseDeclaration", "", identifier=name, cardinality=cardinality, baseType=base)
    values = list(correct)
    if values:
        holder = maker.make(declaration, "correctResponse")
        for value in values:
            maker.make(holder, "value", value)
    return declaration


def _outcomes(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    marks = f"{draft.marks:f}"
    score = {"identifier": "SCORE", "cardinality": "single", "baseType": "float", "normalMaximum": marks}
    if draft.kind is QuestionKind.ESSAY:
        score["externalScored"] = "human"
    outcome = maker.make(root, "outcomeDeclaration", "", **score)
    maker.make(maker.make(outcome, "defaultValue"), "value", "0")
    outcome = maker.make(root, "outcomeDeclaration", "", identifier="MAXSCORE", cardinality="single", baseType="float")
    maker.make(maker.make(outcome, "defaultValue"), "value", marks)
    if draft.explanation_zh:
        outcome = maker.make(root, "outcomeDeclaration", "", identifier="FEEDBACK", cardinality="single", baseType="identifier")
        maker.make(maker.make(outcome, "defaultValue"), "value", "explanation")


def _body(maker: _Maker, root: etree._Element, draft: Draft) -> etree._Element:
    body = maker.make(root, "itemBody")
    _lines(maker, body, draft.stem_zh)
    return body


def _points(share: Decimal, marks: Decimal) -> str:
    with localcontext() as context:
        context.prec = 28
        return shares.text_of((share * marks).quantize(Decimal("0.0000000001")))


def _choice(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    is_single = draft.kind is not QuestionKind.MULTIPLE
    declaration = _declare(maker, root, "RESPONSE", "single" if is_single else "multiple", "identifier", draft.answer)
    _map_options(maker, declaration, draft)
    _outcomes(maker, root, draft)
    body = _body(maker, root, draft)
    most = "1" if is_single else "0"
    interaction = maker.make(body, "choiceInteraction", "", responseIdentifier="RESPONSE", shuffle="true", maxChoices=most)
    for letter, option in zip(LETTERS, draft.options, strict=False):
        _lines(maker, maker.make(interaction, "simpleChoice", "", identifier=letter), option)
    _right_or_mapped(maker, root, draft, has_mapping=not _is_exact(draft))


def _is_exact(draft: Draft) -> bool:
    method = (draft.scoring or {}).get("method")
    return method == "exact" or (draft.scoring is None and draft.kind in {QuestionKind.SINGLE, QuestionKind.TRUE_FALSE})


def _map_options(maker: _Maker, declaration: etree._Element, draft: Draft) -> None:
    """What each chosen option adds or takes; an exact answer has all of it whatever they add up to."""
    if _is_exact(draft):
        return
    bounds = {"lowerBound": "0", "upperBound": f"{draft.marks:f}", "defaultValue": "0"}
    mapping = maker.make(declaration, "mapping", "", **bounds)
    weights, key = shares.weights_of(draft.scoring), draft.answer
    method = (draft.scoring or {}).get("method")
    for letter in LETTERS[: len(draft.options)]:
        if weights is not None:
            points = _points(weights.get(letter, Decimal(0)), draft.marks)
        elif method == "right_minus_wrong":
            points = _points(Decimal(1 if letter in key else -1) / len(key), draft.marks)
        elif letter in key:
            points = _points(Decimal(1) / len(key), draft.marks) if method else "0.5"
        else:
            points = "-1000"
        maker.make(mapping, "mapEntry", "", mapKey=letter, mappedValue=points)


def _right_or_mapped(maker: _Maker, root: etree._Element, draft: Draft, *, has_mapping: bool) -> None:
    """All marks for the right response; for others nothing, or what the mapping gives."""
    condition = maker.make(maker.make(root, "responseProcessing"), "responseCondition")
    branch = maker.make(condition, "responseIf")
    match = maker.make(branch, "match")
    maker.make(match, "variable", identifier="RESPONSE")
    maker.make(match, "correct", identifier="RESPONSE")
    _set_score(maker, branch, f"{draft.marks:f}")
    if has_mapping:
        outcome = maker.make(maker.make(condition, "responseElse"), "setOutcomeValue", identifier="SCORE")
        maker.make(outcome, "mapResponse", identifier="RESPONSE")


def _set_score(maker: _Maker, parent: etree._Element, points: str) -> None:
    outcome = maker.make(parent, "setOutcomeValue", identifier="SCORE")
    maker.make(outcome, "baseValue", points, baseType="float")


def _true_false(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    _declare(maker, root, "RESPONSE", "single", "identifier", ["true" if draft.answer == "T" else "false"])
    _outcomes(maker, root, draft)
    body = _body(maker, root, draft)
    interaction = maker.make(body, "choiceInteraction", "", responseIdentifier="RESPONSE", shuffle="false", maxChoices="1")
    for identifier, word in (("true", "正确"), ("false", "错误")):
        maker.make(interaction, "simpleChoice", word, identifier=identifier)
    _right_or_mapped(maker, root, draft, has_mapping=False)


def _ordering(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    """A share of the marks for each letter in its place."""
    _declare(maker, root, "RESPONSE", "ordered", "identifier", draft.answer)
    _outcomes(maker, root, draft)
    interaction = maker.make(_body(maker, root, draft), "orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
    for letter, option in zip(LETTERS, draft.options, strict=False):
        _lines(maker, maker.make(interaction, "simpleChoice", "", identifier=letter), option)
    if draft.scoring is not None:
        _right_or_mapped(maker, root, draft, has_mapping=False)
        return
    processing = maker.make(root, "responseProcessing")
    each = _points(Decimal(1) / len(draft.answer), draft.marks)
    for place, letter in enumerate(draft.answer, 1):
        branch = maker.make(maker.make(processing, "responseCondition"), "responseIf")
        match = maker.make(branch, "match")
        maker.make(maker.make(match, "index", n=str(place)), "variable", identifier="RESPONSE")
        maker.make(match, "baseValue", letter, baseType="identifier")
        added = maker.make(maker.make(branch, "setOutcomeValue", identifier="SCORE"), "sum")
        maker.make(added, "variable", identifier="SCORE")
        maker.make(added, "baseValue", each, baseType="float")


def _matching(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    pairs = [f"P{n} {letter}" for n, letter in enumerate(draft.answer, 1) if letter != "-"]
    declaration = _declare(maker, root, "RESPONSE", "multiple", "directedPair", pairs)
    is_exact = (draft.scoring or {}).get("method") == "exact"
    if not is_exact:
        _map_pairs(maker, declaration, draft, pairs)
    _outcomes(maker, root, draft)
    body = _body(maker, root, draft)
    most = str(len(draft.prompts))
    interaction = maker.make(body, "matchInteraction", responseIdentifier="RESPONSE", shuffle="true", maxAssociations=most)
    for items, names, limit in ((draft.prompts, [f"P{n}" for n in range(1, 13)], "1"), (draft.options, list(LETTERS), most)):
        side = maker.make(interaction, "simpleMatchSet")
        for name, item in zip(names, items, strict=False):
            _lines(maker, maker.make(side, "simpleAssociableChoice", identifier=name, matchMax=limit), item)
    _right_or_mapped(maker, root, draft, has_mapping=not is_exact)


def _map_pairs(maker: _Maker, declaration: etree._Element, draft: Draft, pairs: Sequence[str]) -> None:
    each = _points(Decimal(1) / len(pairs), draft.marks)
    is_strict = (draft.scoring or {}).get("method") == "right_minus_wrong"
    bounds = {"lowerBound": "0", "upperBound": f"{draft.marks:f}", "defaultValue": f"-{each}" if is_strict else "0"}
    mapping = maker.make(declaration, "mapping", "", **bounds)
    for pair in pairs:
        maker.make(mapping, "mapEntry", mapKey=pair, mappedValue=each)


def _texts(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    blanks = load_blanks(draft.answer)
    names = ["RESPONSE"] if len(blanks) == 1 else [f"RESPONSE_{n}" for n in range(1, len(blanks) + 1)]
    is_strict = bool(draft.scoring and draft.scoring.get("case_sensitive"))
    for name, blank in zip(names, blanks, strict=True):
        best = [one.text for one in blank if one.share == 1][:1]
        mapping = maker.make(_declare(maker, root, name, "single", "string", best), "mapping", defaultValue="0")
        for text, share in {one.text: one.share for one in reversed(blank)}.items():
            points = _points(share / len(blanks), draft.marks)
            maker.make(mapping, "mapEntry", mapKey=text, mappedValue=points, caseSensitive="true" if is_strict else "false")
    _outcomes(maker, root, draft)
    body = maker.make(root, "itemBody")
    _with_entries(maker, body, draft.stem_zh, names)
    processing = maker.make(root, "responseProcessing")
    total = maker.make(maker.make(processing, "setOutcomeValue", identifier="SCORE"), "sum")
    for name in names:
        maker.make(total, "mapResponse", identifier=name)


def _with_entries(maker: _Maker, body: etree._Element, stem: str, names: Sequence[str]) -> None:
    """The stem with a place to write for each blank; blanks that it does not show stand at its end."""
    left = list(names)
    is_shown = len(BLANK_MARK.findall(stem)) == len(names)
    for line in stem.split("\n"):
        pieces = BLANK_MARK.split(line) if is_shown else [line]
        paragraph = maker.make(body, "p", pieces[0])
        for piece in pieces[1:]:
            maker.make(paragraph, "textEntryInteraction", responseIdentifier=left.pop(0)).tail = piece
    if left:
        paragraph = maker.make(body, "p")
        for name in left:
            maker.make(paragraph, "textEntryInteraction", responseIdentifier=name)


def _number(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    numbers = sorted(load_numbers(draft.answer), key=lambda one: -one.share)
    _declare(maker, root, "RESPONSE", "single", "float", [f"{numbers[0].value:f}"])
    _outcomes(maker, root, draft)
    _with_entries(maker, maker.make(root, "itemBody"), draft.stem_zh, ["RESPONSE"])
    condition = maker.make(maker.make(root, "responseProcessing"), "responseCondition")
    for place, one in enumerate(numbers):
        branch = maker.make(condition, "responseElseIf" if place else "responseIf")
        is_relative = one.kind is ToleranceKind.RELATIVE
        shown = one if is_relative else as_nominal(one)
        span = f"{shown.tolerance * 100 if is_relative else shown.tolerance:f}"
        equal = maker.make(branch, "equal", toleranceMode="relative" if is_relative else "absolute", tolerance=f"{span} {span}")
        maker.make(equal, "baseValue", f"{shown.value:f}", baseType="float")
        maker.make(equal, "variable", identifier="RESPONSE")
        _set_score(maker, branch, _points(one.share, draft.marks))


def _essay(maker: _Maker, root: etree._Element, draft: Draft) -> None:
    _declare(maker, root, "RESPONSE", "single", "string", [])
    _outcomes(maker, root, draft)
    body = _body(maker, root, draft)
    maker.make(body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLength="2000")


_WRITERS = {
    QuestionKind.SINGLE: _choice,
    QuestionKind.MULTIPLE: _choice,
    QuestionKind.TRUE_FALSE: _true_false,
    QuestionKind.SHORT_TEXT: _texts,
    QuestionKind.NUMERIC: _number,
    QuestionKind.MATCHING: _matching,
    QuestionKind.ORDERING: _ordering,
    QuestionKind.ESSAY: _essay,
}
