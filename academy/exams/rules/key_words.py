"""The right answer in words, for pages and printed keys. Pure."""

from collections.abc import Sequence

from academy.core.text import N_, Text
from academy.exams.rules.keys import ONE, AcceptedNumber, ToleranceKind, load_blanks, load_numbers
from academy.exams.rules.kinds import LETTERS, QuestionKind
from academy.exams.rules.typed import shown

_WITHIN = {
    ToleranceKind.NOMINAL: N_("%(value)s（相差不超过 %(tolerance)s）"),
    ToleranceKind.RELATIVE: N_("%(value)s（按比例相差不超过 %(tolerance)s）"),
    ToleranceKind.GEOMETRIC: N_("%(value)s（倍数相差不超过 %(tolerance)s）"),
}


def key_lines(kind: QuestionKind, key: str, prompts: Sequence[str] = ()) -> list[Text]:
    """A key in words, one line for each blank, number or prompt; a key that cannot be read is shown as it is."""
    try:
        return _lines(kind, key, prompts)
    except (ValueError, TypeError, ArithmeticError):
        return [Text(N_("%(words)s"), words=key)]


def _lines(kind: QuestionKind, key: str, prompts: Sequence[str]) -> list[Text]:
    match kind:
        case QuestionKind.TRUE_FALSE:
            return [Text(N_("对") if key == "T" else N_("错"))] if key else []
        case QuestionKind.SHORT_TEXT:
            return [
                Text(N_("第 %(n)s 空：%(texts)s"), n=n, texts="、".join(_share(one.text, shown(one.share)) for one in blank))
                for n, blank in enumerate(load_blanks(key), 1)
            ]
        case QuestionKind.NUMERIC:
            return [_number(one) for one in load_numbers(key)]
        case QuestionKind.MATCHING:
            pairs = zip(range(1, len(prompts) + 1), key, strict=False)
            return [Text(N_("%(n)s—%(letter)s"), n=n, letter=letter) for n, letter in pairs]
        case QuestionKind.ORDERING:
            return [Text(N_("%(words)s"), words=" → ".join(key))] if key else []
    return [Text(N_("%(words)s"), words=key)] if key else []


def _share(text: str, share: str) -> str:
    return text if share == "1" else f"{text}（{share}）"


def _number(one: AcceptedNumber) -> Text:
    value = f"{one.value}{one.unit}"
    if one.share != ONE:
        value = _share(value, shown(one.share))
    if not one.tolerance:
        return Text(N_("%(words)s"), words=value)
    return Text(_WITHIN[one.kind], value=value, tolerance=shown(one.tolerance))


def lettered(options: Sequence[str]) -> list[tuple[str, str]]:
    """Options with their letters."""
    return list(zip(LETTERS, options, strict=False))
