"""Another system that carries out what we write gives the marks that we give, and what its rules mean is kept when we read them."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import combinations, permutations, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from academy.exams.rules.bank import Draft, Entry
from academy.exams.rules.formats import read_bank
from academy.exams.rules.formats.gift import read_gift
from academy.exams.rules.formats.gift_writing import write_gift
from academy.exams.rules.formats.moodle_writing import write_moodle
from academy.exams.rules.formats.qti.processing import read_processor
from academy.exams.rules.formats.qti.writing import _native
from academy.exams.rules.keys import load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind
from tests.exams.formats.drafts import FIELDS, drafts

CHOICES = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
NEAR = Decimal("0.006")
ZERO = Decimal(0)
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def our_mark(draft: Draft, chosen: str) -> Decimal:
    """The mark for options by the rules that scoring knows; none of its own is the national one."""
    key, rule = frozenset(draft.answer), draft.scoring or {}
    got, k = frozenset(chosen), len(draft.answer)
    right, wrong = len(got & key), len(got - key)
    if got == key:
        return draft.marks
    match rule.get("method", "exact" if draft.kind is QuestionKind.SINGLE else "no_wrong_option"):
        case "no_wrong_option":
            points = ZERO if wrong else right * (draft.marks / k if rule else Decimal("0.5"))
        case "right_minus_wrong":
            each = [Decimal(rule[name]) if name in rule else draft.marks / k for name in ("per_right", "per_wrong")]
            points = right * each[0] - wrong * each[1]
        case "weights":
            points = sum((Decimal(rule["weights"].get(letter, "0")) for letter in got), ZERO) * draft.marks
        case _:
            points = ZERO
    return min(max(points, ZERO), draft.marks)


def subsets(count: int) -> Iterator[str]:
    for size in range(1, count + 1):
        for chosen in combinations(LETTERS[:count], size):
            yield "".join(chosen)


def responses(draft: Draft) -> Iterator[str]:
    return iter(LETTERS[: len(draft.options)]) if draft.kind is QuestionKind.SINGLE else subsets(len(draft.options))


def scored(draft: Draft, version: str) -> Callable[..., Decimal]:
    root = etree.fromstring(etree.tostring(_native(draft, version)))
    processor = read_processor(root)
    return lambda **given: processor.score({name: tuple(value) for name, value in given.items()})


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@MANY
@given(draft=drafts(CHOICES))
def test_qti_gives_our_marks_for_every_set_of_options(version: str, draft: Draft) -> None:
    if (draft.scoring or {}).get("per_right", "1/k") != "1/k":
        return  # amounts in marks for each option stand in the extra; the nearest common rule is written out
    score = scored(draft, version)
    for chosen in responses(draft):
        assert abs(score(RESPONSE=chosen) - our_mark(draft, chosen)) < NEAR, chosen


@MANY
@given(draft=drafts((QuestionKind.ORDERING,)))
def test_qti_gives_a_share_for_each_letter_in_its_place(draft: Draft) -> None:
    if draft.scoring:
        return
    score = scored(draft, "3.0")
    for order in permutations(LETTERS[: len(draft.options)]):
        right = sum(a == b for a, b in zip(order, draft.answer, strict=True))
        assert abs(score(RESPONSE=order) - draft.marks * right / len(draft.answer)) < NEAR


@MANY
@given(draft=drafts((QuestionKind.MATCHING,)))
def test_qti_gives_a_share_for_each_right_pair(draft: Draft) -> None:
    score = scored(draft, "2.2")
    pairs = [f"P{n} {one}" for n, one in enumerate(draft.answer, 1) if one != "-"]
    assert abs(score(RESPONSE=pairs) - draft.marks) < NEAR
    if draft.scoring is None:
        for n in range(1, len(pairs)):
            assert abs(score(RESPONSE=pairs[:n]) - draft.marks * n / len(pairs)) < NEAR


@MANY
@given(draft=drafts((QuestionKind.SHORT_TEXT,)))
def test_qti_gives_each_text_its_share(draft: Draft) -> None:
    blanks = load_blanks(draft.answer)
    names = ["RESPONSE"] if len(blanks) == 1 else [f"RESPONSE_{n}" for n in range(1, len(blanks) + 1)]
    score = scored(draft, "2.1")
    for texts in product(*[blank[:2] for blank in blanks]):
        given_ = {name: (one.text,) for name, one in zip(names, texts, strict=True)}
        best = [next(o.share for o in blank if o.text == t.text) for blank, t in zip(blanks, texts, strict=True)]
        if len({o.text.casefold() for blank in blanks for o in blank}) == sum(len(blank) for blank in blanks):
            assert abs(score(**given_) - draft.marks * sum(best, ZERO) / len(blanks)) < NEAR


@MANY
@given(draft=drafts((QuestionKind.NUMERIC,)))
def test_qti_accepts_numbers_within_their_tolerance(draft: Draft) -> None:
    first = load_numbers(draft.answer)[0]
    score = scored(draft, "3.0")
    assert score(RESPONSE=(first.value,)) == draft.marks
    if first.kind == "nominal" and len(load_numbers(draft.answer)) == 1:
        assert score(RESPONSE=(first.value + first.tolerance,)) == draft.marks
        assert score(RESPONSE=(first.value - first.tolerance - Decimal("1e-9"),)) == 0


@MANY
@given(draft=drafts(CHOICES))
def test_moodle_gives_our_marks_where_the_rule_is_one_of_weights(draft: Draft) -> None:
    """Moodle adds up the chosen fractions, between nothing and all."""
    if (draft.scoring or {}).get("method") != "weights" and draft.kind is QuestionKind.MULTIPLE:
        return
    if draft.kind is QuestionKind.SINGLE and draft.scoring and draft.scoring["method"] in {"right_minus_wrong"}:
        return
    root = etree.fromstring(write_moodle([draft]))
    fractions = [Decimal(one.get("fraction", "0")) / 100 for one in root.iterfind("question/answer")]
    for chosen in responses(draft):
        if set(chosen) == set(draft.answer):
            continue  # ours is full by definition; a weighting whose right options do not add up to all cannot say so
        points = sum((fractions[LETTERS.index(letter)] for letter in chosen), ZERO)
        assert abs(min(max(points, ZERO), Decimal(1)) * draft.marks - our_mark(draft, chosen)) < NEAR


@MANY
@given(draft=drafts(CHOICES))
def test_gift_and_moodle_xml_write_the_same_fractions(draft: Draft) -> None:
    root = etree.fromstring(write_moodle([draft]))
    in_xml = [one.get("fraction") for one in root.iterfind("question/answer")]
    text = write_gift([draft]).decode()
    native = read_gift("\n".join(line for line in text.split("\n") if not line.startswith("// academy")))[0][0]
    assert native.options == list(draft.options)
    assert len(in_xml) == len(draft.options)


# --- rules of other authors

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="X1" title="t" adaptive="false" timeDependent="false">
{declaration}<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"{most}/>
<itemBody><p>题</p>{interaction}</itemBody>{processing}</assessmentItem>"""
THREE = "".join(f'<simpleChoice identifier="c{n}"><p>项{n}</p></simpleChoice>' for n in (1, 2, 3))
CHOICE = f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>选</prompt>{THREE}</choiceInteraction>'
ORDER = f'<orderInteraction responseIdentifier="RESPONSE">{THREE}</orderInteraction>'
MATCH_CORRECT = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
MAP = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response.xml"/>'


def declared(cardinality: str, base: str, correct: list[str], mapping: str = "") -> str:
    values = "".join(f"<value>{one}</value>" for one in correct)
    held = f"<correctResponse>{values}</correctResponse>" if correct else ""
    return f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">{held}{mapping}</responseDeclaration>'


def mapped(bounds: str, **points: str) -> str:
    entries = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in points.items())
    return f"<mapping {bounds}>{entries}</mapping>"


def item(declaration: str, interaction: str, processing: str, most: str = "") -> Entry:
    content = ITEM.format(declaration=declaration, interaction=interaction, processing=processing, most=most)
    (entry,) = read_bank(content.encode(), field_codes=FIELDS).entries
    return entry


def kept(entry: Entry) -> tuple[str, str, str, Any]:
    assert entry.draft is not None, [str(fault) for fault in entry.faults]
    return entry.draft.kind.value, entry.draft.answer, str(entry.draft.marks.normalize()), entry.draft.scoring


@pytest.mark.parametrize(
    ("declaration", "interaction", "processing", "wanted"),
    [
        (declared("single", "identifier", ["c2"]), CHOICE, MATCH_CORRECT, ("single", "B", "1", None)),
        (declared("multiple", "identifier", ["c1", "c3"]), CHOICE, MATCH_CORRECT, ("multiple", "AC", "1", {"method": "exact"})),
        (declared("multiple", "identifier", ["c1", "c3"], mapped('defaultValue="-100" lowerBound="0"', c1="1", c3="1")), CHOICE, MAP,
         ("multiple", "AC", "2", {"method": "no_wrong_option", "per_right": "1/k"})),
        (declared("multiple", "identifier", ["c1", "c3"], mapped('lowerBound="0" upperBound="2" defaultValue="-1"', c1="1", c3="1")), CHOICE, MAP,
         ("multiple", "AC", "2", {"method": "right_minus_wrong"})),
        (declared("multiple", "identifier", [], mapped('lowerBound="0"', c1="1.5", c2="0.5", c3="-0.5")), CHOICE, MAP,
         ("multiple", "AB", "2", {"method": "weights", "weights": {"A": "0.75", "B": "0.25", "C": "-0.25"}})),
        (declared("single", "identifier", ["c1"], mapped("", c1="2", c2="1")), CHOICE, MAP,
         ("single", "A", "2", {"method": "weights", "weights": {"A": "1", "B": "0.5"}})),
        (declared("ordered", "identifier", ["c3", "c1", "c2"]), ORDER, MATCH_CORRECT, ("ordering", "CAB", "1", {"method": "exact"})),
        (declared("single", "identifier", ["c2"]), CHOICE, "", ("single", "B", "1", None)),
    ],
)  # fmt: skip
def test_what_the_rules_of_others_mean_is_kept(
    declaration: str, interaction: str, processing: str, wanted: tuple[str, str, str, Any]
) -> None:
    assert kept(item(declaration, interaction, processing)) == wanted


def test_rules_written_out_are_carried_out() -> None:
    processing = """<responseProcessing><responseCondition><responseIf><match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>
    <setOutcomeValue identifier="SCORE"><baseValue baseType="float">3</baseValue></setOutcomeValue></responseIf>
    <responseElseIf><member><baseValue baseType="identifier">c1</baseValue><variable identifier="RESPONSE"/></member>
    <setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseElseIf></responseCondition></responseProcessing>"""
    bad = item(declared("multiple", "identifier", ["c1", "c3"]), CHOICE, processing)
    assert "换算不成" in str(bad.faults[0])  # c1 with a wrong one earns what c1 alone earns: no rule of ours does that
    simple = (
        processing.replace("responseElseIf", "responseElse")
        .replace('<member><baseValue baseType="identifier">c1</baseValue><variable identifier="RESPONSE"/></member>', "")
        .replace(">1<", ">0<")
    )
    assert kept(item(declared("multiple", "identifier", ["c1", "c3"]), CHOICE, simple)) == (
        "multiple",
        "AC",
        "3",
        {"method": "exact"},
    )


@pytest.mark.parametrize("operator", ["customOperator", "random", "patternMatch", "inside"])
def test_rules_that_are_not_understood_are_named_and_refused(operator: str) -> None:
    processing = f'<responseProcessing><setOutcomeValue identifier="SCORE"><{operator}/></setOutcomeValue></responseProcessing>'
    entry = item(declared("single", "identifier", ["c1"]), CHOICE, processing)
    assert entry.draft is None
    assert operator in str(entry.faults[0])


ENTRY = '<p>约<textEntryInteraction responseIdentifier="RESPONSE"/>度</p>'
EQUAL = """<responseProcessing><responseCondition><responseIf><equal toleranceMode="{mode}" tolerance="{span}"><variable identifier="RESPONSE"/>
<correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">2</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>"""


@pytest.mark.parametrize(
    ("mode", "span", "wanted"),
    [("absolute", "0.02 0.02", '[["-11.7","0.02","nominal","1",""]]'), ("relative", "5", '[["-11.7","0.05","relative","1",""]]'),
     ("exact", "", '[["-11.7","0","nominal","1",""]]')],
)  # fmt: skip
def test_the_tolerance_of_a_number_is_kept(mode: str, span: str, wanted: str) -> None:
    entry = item(declared("single", "float", ["-11.7"]), ENTRY, EQUAL.format(mode=mode, span=span))
    assert kept(entry) == ("numeric", wanted, "2", None)
    assert entry.stem == "题\n约____度"


def test_a_tolerance_that_differs_above_and_below_is_refused() -> None:
    entry = item(declared("single", "float", ["5"]), ENTRY, EQUAL.format(mode="absolute", span="0.1 0.2"))
    assert "tolerance" in str(entry.faults[0])


def test_a_text_with_half_marks_and_one_range() -> None:
    mapping = (
        '<mapping defaultValue="0"><mapEntry mapKey="汞" mappedValue="2"/><mapEntry mapKey="水银" mappedValue="1"/></mapping>'
    )
    found = item(declared("single", "string", ["汞"], mapping), ENTRY, MAP)
    assert kept(found) == ("short_text", '[[["汞","1",""],["水银","0.5",""]]]', "2", None)
    bounds = "".join(
        f'<{name}><variable identifier="RESPONSE"/><baseValue baseType="float">{value}</baseValue></{name}>'
        for name, value in (("gte", "4"), ("lte", "6"))
    )
    processing = f'<responseProcessing><responseCondition><responseIf><and>{bounds}</and><setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>'
    assert kept(item(declared("single", "float", ["5"]), ENTRY, processing)) == (
        "numeric",
        '[["5","1","nominal","1",""]]',
        "1",
        None,
    )


def test_pairs_all_or_nothing_and_turned_round() -> None:
    sides = [
        "".join(
            f'<simpleAssociableChoice identifier="{x}{n}" matchMax="1"><p>{x}{n}</p></simpleAssociableChoice>' for n in (1, 2)
        )
        for x in "pq"
    ]
    interaction = (
        '<matchInteraction responseIdentifier="RESPONSE">'
        + "".join(f"<simpleMatchSet>{side}</simpleMatchSet>" for side in sides)
        + "</matchInteraction>"
    )
    found = item(declared("multiple", "directedPair", ["p1 q2", "p2 q1"]), interaction, MATCH_CORRECT)
    assert kept(found) == ("matching", "BA", "1", {"method": "exact"})
    mapping = mapped('defaultValue="0"', **{"p1 q1": "1", "p1 q2": "1"})
    turned = item(declared("multiple", "directedPair", ["p1 q1", "p1 q2"], mapping), interaction, MAP)
    assert kept(turned) == ("matching", "AA", "2", None)
    assert turned.draft is not None
    assert turned.draft.prompts == ("q1", "q2")


def test_qti_three_says_the_same_in_other_words() -> None:
    content = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="X1" title="t">
    <qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier"><qti-correct-response><qti-value>false</qti-value></qti-correct-response></qti-response-declaration>
    <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
    <qti-item-body><p>对不对？</p><qti-choice-interaction response-identifier="RESPONSE" max-choices="1"><qti-simple-choice identifier="true">True</qti-simple-choice>
    <qti-simple-choice identifier="false">False</qti-simple-choice></qti-choice-interaction></qti-item-body>
    <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/></qti-assessment-item>"""
    (entry,) = read_bank(content.encode(), field_codes=FIELDS).entries
    assert kept(entry) == ("true_false", "F", "1", None)


@pytest.mark.parametrize(
    "name", ["hotspotInteraction", "associateInteraction", "gapMatchInteraction", "uploadInteraction", "drawingInteraction"]
)
def test_interactions_that_are_not_read_are_named(name: str) -> None:
    entry = item(declared("single", "identifier", ["c1"]), f'<{name} responseIdentifier="RESPONSE"/>', MATCH_CORRECT)
    assert entry.draft is None
    assert name in str(entry.faults[0])
