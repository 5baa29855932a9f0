"""How people write a key in a cell or after 【答案】, and how it is read back.

Letters for options ("ACD"), 正确/错误, texts that are accepted alike divided by "|", blanks by "；", numbers as 45±0.1 or
45±5%. An answer that earns only a part carries it in braces: 5±0.01{50%}. A backslash takes the meaning from what follows it.
"""

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal, InvalidOperation, localcontext

from academy.core.text import N_, Text
from academy.exams.rules.answers import read_response
from academy.exams.rules.bank import Written
from academy.exams.rules.keys import (
    AcceptedNumber,
    AcceptedText,
    ToleranceKind,
    dump_blanks,
    dump_numbers,
    load_blanks,
    load_numbers,
)
from academy.exams.rules.kinds import LETTERS, OBJECTIVE, QuestionKind

TRUE_WORDS = frozenset({"T", "TRUE", "对", "正确", "√", "✓", "✔", "是", "Y", "YES", "1", "A"})
FALSE_WORDS = frozenset({"F", "FALSE", "错", "错误", "×", "✗", "✘", "X", "否", "N", "NO", "0", "B", "不正确", "╳", "☓"})
_SHARE = re.compile(r"(?<!\\)\{(\d{1,3}(?:\.\d{1,10})?)%\}$")
_PAIR = re.compile(r"(\d{1,2})\s*[-—–－→>:：.、)）]*\s*([A-La-l])")
BLANK_MARK = re.compile(r"_{2,}|＿{2,}|（\s*[\u3000_ ]*）|\(\s*[_ ]*\)|【\s*】|\[\s*\]")
_PLUS_MINUS = re.compile(r"±|\+/-|\+-|＋－")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,80}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?")


def read_decimal(text: str) -> Decimal | None:
    """A number, also in full-width digits or with thousands separators; None when it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    plain = re.sub(r"(?<=\d)[, ](?=\d{3}(?:\D|$))", "", plain)
    if not _DECIMAL.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def split_unescaped(text: str, separators: str) -> list[str]:
    """The pieces between separators; what a backslash precedes is no separator. Backslashes stay."""
    pieces: list[str] = []
    current: list[str] = []
    skip = False
    for char in text:
        if not skip and char in separators:
            pieces.append("".join(current))
            current = []
            continue
        skip = char == "\\" and not skip
        current.append(char)
    return [*pieces, "".join(current)]


def unescape(text: str) -> str:
    """The text that was meant."""
    return re.sub(r"\\([\\|；;{}])", r"\1", text)


def escape(text: str) -> str:
    """What `unescape` reads back."""
    return re.sub(r"([\\|；;{}])", r"\\\1", text)


def count_blanks(stem: str) -> int:
    """How many blanks a stem shows."""
    return len(BLANK_MARK.findall(stem))


def read_key(written: Written, text: str) -> str:
    """The key that `text` means for the question as far as it is read; what is wrong is noted on it."""
    match written.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return _read_options(written, text)
        case QuestionKind.TRUE_FALSE:
            return _read_true_false(written, text)
        case QuestionKind.SHORT_TEXT:
            return _read_texts(written, text)
        case QuestionKind.NUMERIC:
            return _read_numbers(written, text)
        case QuestionKind.ORDERING:
            return _read_order(written, text)
        case QuestionKind.MATCHING:
            return _read_pairs(written, text)
    if text.strip() and not written.explanation:
        written.explanation = text
    return ""


def _read_options(written: Written, text: str) -> str:
    kind = written.kind or QuestionKind.SINGLE
    if len(written.options) < 2:
        return ""
    text = text.strip().rstrip("。.；;")
    reading = read_response(text, kind=kind, options=len(written.options))
    fault = reading.words(text, len(written.options))
    if fault is not None:
        written.faults.append(Text(N_("答案%(fault)s"), fault=fault))
    elif not reading.response:
        written.refuse(N_("没有写答案"))
    elif reading.is_repaired:
        written.repair(N_("答案“%(written)s”读作 %(key)s"), written=text[:20], key=reading.response)
    return reading.response if fault is None else ""


def _read_true_false(written: Written, text: str) -> str:
    word = unicodedata.normalize("NFKC", text).strip().rstrip("。.").upper()
    if word in TRUE_WORDS:
        return "T"
    if word in FALSE_WORDS:
        return "F"
    written.refuse(N_("没有写答案") if not word else N_("判断题的答案要写 T 或 F"))
    return ""


def _share_of(text: str) -> tuple[str, Decimal]:
    found = _SHARE.search(text)
    return (text[: found.start()], Decimal(found.group(1)) / 100) if found else (text, Decimal(1))


def _read_texts(written: Written, text: str) -> str:
    blanks = [text]
    wanted = count_blanks(written.stem)
    for separators in ("；;", "；;，,、", "；;，,、 \u3000"):
        pieces = split_unescaped(text.strip(), separators)
        if len(pieces) > 1 and len(pieces) == wanted:
            blanks = pieces
            break
    read = []
    for blank in blanks:
        accepted: list[AcceptedText] = []
        for piece in split_unescaped(blank, "|｜"):
            wording, share = _share_of(piece.strip())
            if wording.strip():
                accepted.append(AcceptedText(unescape(wording.strip()), share))
        read.append(tuple(accepted))
    if not any(read):
        written.refuse(N_("没有写答案"))
        return ""
    if not all(read):
        written.refuse(N_("第 %(n)s 个空没有答案"), n=next(n for n, blank in enumerate(read, 1) if not blank))
        return ""
    return dump_blanks(tuple(read))


def _read_numbers(written: Written, text: str) -> str:
    numbers = []
    for piece in split_unescaped(text, "|｜"):
        wording, share = _share_of(piece.strip())
        number = _read_number(wording, share)
        if number is None:
            words = N_("答案“%(written)s”不是数") if wording.strip() else N_("没有写答案")
            written.refuse(words, **({"written": wording[:20]} if wording.strip() else {}))
            return ""
        numbers.append(number)
    return dump_numbers(tuple(numbers))


def _read_number(text: str, share: Decimal) -> AcceptedNumber | None:
    value, *tolerances = _PLUS_MINUS.split(text)
    if len(tolerances) > 1:
        return None
    tolerance = tolerances[0].strip() if tolerances else "0"
    kind = ToleranceKind.NOMINAL
    if tolerance.endswith(("%", "％")) and not value.strip().endswith(("%", "％")):
        kind, tolerance = ToleranceKind.RELATIVE, tolerance[:-1]
    nominal, allowed = read_decimal(value), read_decimal(tolerance)
    if nominal is None or allowed is None or allowed < 0:
        return None
    if kind is ToleranceKind.RELATIVE:
        with localcontext() as context:
            context.prec = 60
            allowed = allowed / 100
    return AcceptedNumber(nominal, allowed, kind, share)


def _read_order(written: Written, text: str) -> str:
    reading = read_response(re.sub(r"[→>＞-]+", "", text), kind=QuestionKind.ORDERING, options=len(written.options))
    fault = reading.words(text, len(written.options))
    if fault is not None:
        written.faults.append(Text(N_("答案%(fault)s"), fault=fault))
    return reading.response


def _read_pairs(written: Written, text: str) -> str:
    pairs = _PAIR.findall(unicodedata.normalize("NFKC", text))
    if pairs:
        chosen = {int(number): letter.upper() for number, letter in pairs}
        if len(chosen) == len(pairs) and set(chosen) == set(range(1, len(written.prompts) + 1)):
            return "".join(chosen[number] for number in sorted(chosen))
        written.refuse(N_("不是每个左项都有对应的选项"))
        return ""
    return re.sub(r"[\s,，、;；]+", "", unicodedata.normalize("NFKC", text)).upper()


def write_key(kind: QuestionKind, key: str) -> str:
    """A key as people write it."""
    if kind in OBJECTIVE or kind in {QuestionKind.ORDERING, QuestionKind.MATCHING}:
        return key
    if kind is QuestionKind.TRUE_FALSE:
        return {"T": "正确", "F": "错误"}.get(key, "")
    if kind is QuestionKind.SHORT_TEXT:
        return "；".join("|".join(escape(one.text) + _share(one.share) for one in blank) for blank in load_blanks(key))
    if kind is QuestionKind.NUMERIC:
        return "|".join(write_number(one) + _share(one.share) for one in load_numbers(key))
    return ""


def write_number(number: AcceptedNumber) -> str:
    """45±0.1, 45±5% or 45×÷(1+0.1)."""
    if number.kind is ToleranceKind.GEOMETRIC:
        return f"{number.value}×÷(1+{number.tolerance})"
    percent = "%" if number.kind is ToleranceKind.RELATIVE else ""
    tolerance = number.tolerance.scaleb(2) if percent else number.tolerance
    return f"{number.value}±{tolerance:f}{percent}"


def as_nominal(number: AcceptedNumber) -> AcceptedNumber:
    """The same range as a distance from its middle, for systems that know no other tolerance."""
    with localcontext() as context:
        context.prec = 60
        if number.kind is ToleranceKind.NOMINAL:
            return number
        if number.kind is ToleranceKind.RELATIVE:
            return replace(number, tolerance=abs(number.value) * number.tolerance, kind=ToleranceKind.NOMINAL)
        factor = 1 + number.tolerance
        ends = sorted((number.value / factor, number.value * factor))
        middle, half = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2
        return replace(number, value=middle, tolerance=half, kind=ToleranceKind.NOMINAL)


def _share(share: Decimal) -> str:
    return "" if share == 1 else f"{{{share.scaleb(2).normalize():f}%}}"


def letters_of(count: int) -> str:
    """The letters of so many options."""
    return LETTERS[:count]


def modern_key(kind: QuestionKind, key: str) -> str:
    """A key as it was kept before keys of texts and numbers were JSON ("甲|乙", "45±0.1"), as it is kept now."""
    if kind not in {QuestionKind.SHORT_TEXT, QuestionKind.NUMERIC} or key.startswith("[["):
        return key
    return read_key(Written(0, kind=kind), key) or key
