"""Reading one item: its words, its interaction, and by `meaning` its key and marks."""

import html
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from academy.core.text import N_
from academy.exams.rules.bank import Written
from academy.exams.rules.formats import extra
from academy.exams.rules.formats.markup import plain_text, refuse_script
from academy.exams.rules.formats.qti import meaning
from academy.exams.rules.formats.qti.names import attribute, children, descendants, first, name_of, text_of
from academy.exams.rules.formats.qti.processing import NUMBERS, NotUnderstood, Processor, read_processor
from academy.exams.rules.formats.table import default_marks
from academy.exams.rules.kinds import LETTERS, QuestionKind

BLANK = "____"
_INLINE = frozenset({"textEntryInteraction", "inlineChoiceInteraction"})
_READ = _INLINE | {"choiceInteraction", "orderInteraction", "matchInteraction", "extendedTextInteraction"}
_LEFT_OUT = frozenset(
    {"feedbackBlock", "feedbackInline", "rubricBlock", "templateBlock", "templateInline", "stylesheet", "infoControl"}
)
_TRUTH = {"true": "T", "false": "F", "正确": "T", "错误": "F", "对": "T", "错": "F", "t": "T", "f": "F", "是": "T", "否": "F"}


@dataclass(slots=True)
class Found:
    """An interaction with the choices it offers: identifiers and texts."""

    element: etree._Element
    choices: list[tuple[str, str]] = field(default_factory=list)
    targets: list[tuple[str, str]] = field(default_factory=list)

    @property
    def response(self) -> str:
        """The identifier of its response."""
        return attribute(self.element, "responseIdentifier")


def read_item(line: int, where: str, root: etree._Element) -> Written:
    """An item as a question; what is wrong with it is noted on it."""
    written = Written(line, attribute(root, "identifier"))
    written.source = f"{where} <{etree.QName(root).localname}> {attribute(root, 'title')[:80]}".strip()
    body = first(root, "itemBody")
    if body is None:
        written.refuse(N_("没有 itemBody"))
        return written
    found = [_interaction(written, one) for one in body.iter() if name_of(one).endswith("Interaction")]
    written.stem = plain_text(written, _html(body))
    _read_feedback(written, root, body)
    _note_parts(written, body)
    try:
        processor = read_processor(root)
        _read_marks(written, root)
        if not written.faults:
            _read_interactions(written, found, processor)
    except NotUnderstood as error:
        written.refuse(N_("计分办法看不懂：%(what)s"), what=str(error)[:40])
    except KeyError as error:
        written.refuse(N_("计分办法看不懂：%(what)s"), what=str(error)[:40])
    default_marks(written)
    extra.apply(written, _extra_of(root))
    refuse_script(written)
    return written


def _extra_of(root: etree._Element) -> str:
    comments = [one.text or "" for one in root.iterchildren(etree.Comment)]
    return next((one.strip().partition(" ")[2] for one in comments if one.strip().startswith(f"{extra.MARK} ")), "")


def _html(element: etree._Element) -> str:
    """The content of an element as HTML, interactions reduced to their prompt or a blank."""
    pieces = [html.escape(element.text or "", quote=False)]
    for child in element:
        pieces.append(_child(child))
        pieces.append(html.escape(child.tail or "", quote=False))
    return "".join(pieces)


def _child(child: etree._Element) -> str:
    name = name_of(child)
    if not name or name in _LEFT_OUT:
        return ""
    if name in _INLINE:
        return BLANK
    if name.endswith("Interaction"):
        prompt = first(child, "prompt")
        return f"<div>{_html(prompt)}</div>" if prompt is not None else ""
    if name in {"img", "object"}:
        return f'<img alt="{html.escape(child.get("alt", ""))}">'
    attributes = "".join(
        f' {key!s}="{html.escape(str(value))}"' for key, value in child.attrib.items() if str(key).startswith("on")
    )
    return f"<{name.lower()}{attributes}>{_html(child)}</{name.lower()}>" if name != "br" else "<br>"


def _interaction(written: Written, element: etree._Element) -> Found:
    name = name_of(element)
    if name not in _READ:
        written.refuse(N_("题型“%(kind)s”不收"), kind=name[:40])
        return Found(element)
    if name == "matchInteraction":
        sets = list(children(element, "simpleMatchSet"))
        sides = [[_choice(written, one) for one in children(side, "simpleAssociableChoice")] for side in sets]
        if len(sides) != 2:
            written.refuse(N_("连线题没有左边的项"))
            return Found(element)
        return Found(element, *sides)
    return Found(element, [_choice(written, one) for one in descendants(element, "simpleChoice", "inlineChoice")])


def _choice(written: Written, choice: etree._Element) -> tuple[str, str]:
    return attribute(choice, "identifier"), plain_text(written, _html(choice))


def _read_feedback(written: Written, root: etree._Element, body: etree._Element) -> None:
    """The explanation is the feedback of that name, or what graders are told."""
    texts: list[str] = []
    left_out = 0
    for feedback in children(root, "modalFeedback"):
        holder = first(feedback, "contentBody")
        if attribute(feedback, "identifier").lower() in {"explanation", "general", "solution"}:
            texts.append(plain_text(written, _html(feedback if holder is None else holder)))
        else:
            left_out += 1
    for block in descendants(body, "rubricBlock"):
        if set(attribute(block, "view").split()) & {"scorer", "tutor", "author"}:
            holder = first(block, "contentBody")
            texts.append(plain_text(written, _html(block if holder is None else holder)))
        else:
            left_out += 1
    written.explanation = "\n".join(filter(None, texts))
    if left_out or next(descendants(body, "feedbackBlock", "feedbackInline"), None) is not None:
        written.repair(N_("给考生的反馈没有收"))


def _note_parts(written: Written, body: etree._Element) -> None:
    if next(descendants(body, "printedVariable", "templateBlock", "templateInline"), None) is not None:
        written.refuse(N_("题目由模板变量生成，不收"))
    if next(descendants(body, "math"), None) is not None:
        written.repair(N_("公式只留文字"))


def _read_marks(written: Written, root: etree._Element) -> None:
    """The marks are what the item says is the most."""
    for outcome in children(root, "outcomeDeclaration"):
        name, value = attribute(outcome, "identifier"), ""
        if name == "MAXSCORE":
            value = "".join(text_of(one) for one in descendants(outcome, "value")).strip()
        elif name == "SCORE" and not written.marks_text:
            value = attribute(outcome, "normalMaximum")
        if value:
            written.marks_text, written.marks = value, meaning.marks_of(value)


def _read_interactions(written: Written, found: list[Found], processor: Processor) -> None:
    kinds = {name_of(one.element) for one in found}
    if not found:
        written.refuse(N_("没有作答的地方：只是说明文字"))
    elif kinds == {"textEntryInteraction"}:
        _read_entries(written, found, processor)
    elif len(found) > 1:
        written.refuse(N_("一题里有 %(n)s 处作答，不能当一题收"), n=len(found))
    else:
        one = found[0]
        if one.response not in processor.declarations:
            written.refuse(N_("没有写答案"))
            return
        _READERS[name_of(one.element)](written, one, processor)


def _read_choice(written: Written, found: Found, processor: Processor) -> None:
    declaration = processor.declarations[found.response]
    written.options = [text for _identifier, text in found.choices]
    written.kind = QuestionKind.MULTIPLE if declaration.cardinality == "multiple" else QuestionKind.SINGLE
    if len(found.choices) > len(LETTERS) or len(found.choices) < 2:
        return
    identifiers = [identifier for identifier, _text in found.choices]
    if written.kind is QuestionKind.MULTIPLE:
        meaning.fit_multiple(written, processor, declaration, identifiers)
        return
    meaning.fit_single(written, processor, declaration, identifiers)
    truths = [_TRUTH.get(text.strip().lower()) or _TRUTH.get(identifier.lower()) for identifier, text in found.choices]
    if len(truths) == 2 and set(truths) == {"T", "F"} and written.answer and not written.scoring:
        written.kind, written.options = QuestionKind.TRUE_FALSE, []
        written.answer = truths[LETTERS.index(written.answer)] or ""


def _read_order(written: Written, found: Found, processor: Processor) -> None:
    written.kind = QuestionKind.ORDERING
    written.options = [text for _identifier, text in found.choices]
    identifiers = [identifier for identifier, _text in found.choices]
    if len(identifiers) <= len(LETTERS):
        meaning.fit_order(written, processor, processor.declarations[found.response], identifiers)


def _read_match(written: Written, found: Found, processor: Processor) -> None:
    written.kind = QuestionKind.MATCHING
    written.prompts = [text for _identifier, text in found.choices]
    written.options = [text for _identifier, text in found.targets]
    if max(len(found.choices), len(found.targets)) <= len(LETTERS):
        sides = [[identifier for identifier, _text in side] for side in (found.choices, found.targets)]
        meaning.fit_match(written, processor, processor.declarations[found.response], *sides)


def _read_essay(written: Written, found: Found, processor: Processor) -> None:
    """A long text is marked by people, whatever the rules do with it."""
    written.kind = QuestionKind.ESSAY
    correct = processor.declarations[found.response].correct
    if correct and not written.explanation:
        written.explanation = str(correct[0])


def _read_entries(written: Written, found: list[Found], processor: Processor) -> None:
    identifiers = [one.response for one in found]
    if any(one not in processor.declarations for one in identifiers):
        written.refuse(N_("没有写答案"))
        return
    declarations = [processor.declarations[one] for one in identifiers]
    if all(one.base_type in NUMBERS for one in declarations):
        written.kind = QuestionKind.NUMERIC
        if len(declarations) > 1:
            written.refuse(N_("一题里有 %(n)s 处作答，不能当一题收"), n=len(declarations))
            return
        meaning.fit_number(written, processor, declarations[0])
        return
    written.kind = QuestionKind.SHORT_TEXT
    meaning.fit_texts(written, processor, declarations)


_READERS: dict[str, Callable[[Written, Found, Processor], None]] = {
    "choiceInteraction": _read_choice,
    "inlineChoiceInteraction": _read_choice,
    "orderInteraction": _read_order,
    "matchInteraction": _read_match,
    "extendedTextInteraction": _read_essay,
}
