"""What other systems say about the marks of an option, as our marking rule, and back.

Moodle gives each option a share of the marks in percent. A question whose right options share 100 % evenly and whose wrong
ones take everything away is the common form of "nothing wrong, part for some": it is marked by the dated rule of its kind.
Every other distribution is a rule of the question's own.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from academy.core.text import N_
from academy.exams.rules.bank import Written
from academy.exams.rules.kinds import LETTERS, QuestionKind

HUNDRED = Decimal(100)
WEIGHTS = "weights"
EXACT: dict[str, Any] = {"method": "exact"}
_NEAR = Decimal("1.01")  # 33.33333 three times, or 33 three times


def weights_rule(weights: Mapping[str, Decimal]) -> dict[str, Any]:
    """A rule by which each chosen option adds its share of the marks (1 = all); never below nothing, never above all."""
    return {"method": WEIGHTS, "weights": {letter: text_of(share) for letter, share in sorted(weights.items())}}


def weights_of(scoring: Mapping[str, Any] | None) -> dict[str, Decimal] | None:
    """The shares of such a rule; None when the rule is another one."""
    if not scoring or scoring.get("method") != WEIGHTS:
        return None
    return {str(letter): Decimal(str(share)) for letter, share in scoring["weights"].items()}


def text_of(share: Decimal) -> str:
    """A share without trailing zeros and without an exponent."""
    return f"{share.normalize():f}" if share else "0"


def read_single(written: Written, percents: Sequence[Decimal]) -> None:
    """Key and rule of a question with one right option from the options' percents."""
    full = [place for place, percent in enumerate(percents) if percent == HUNDRED]
    if len(full) != 1:
        written.refuse(N_("单选题没有满分的选项") if not full else N_("单选题有两个满分的选项"))
        return
    written.answer = LETTERS[full[0]] if full[0] < len(LETTERS) else ""
    if any(percent for place, percent in enumerate(percents) if place != full[0]):
        written.scoring = weights_rule(_weights(percents))


def read_multiple(written: Written, percents: Sequence[Decimal]) -> None:
    """Key and rule of a question with several right options from the options' percents."""
    right = [place for place, percent in enumerate(percents) if percent > 0]
    total = sum((percents[place] for place in right), Decimal(0))
    if abs(total - HUNDRED) > _NEAR:
        written.refuse(N_("正确选项的比例合计 %(sum)s%%，不是 100%%"), sum=text_of(total))
        return
    written.answer = "".join(LETTERS[place] for place in right if place < len(LETTERS))
    if len(right) == 1:
        written.kind = QuestionKind.SINGLE
        written.repair(N_("只有一个正确选项，按单选题收"))
        return
    even = all(abs(percents[place] - HUNDRED / len(right)) < _NEAR for place in right)
    wrong = [percent for percent in percents if percent <= 0]
    if even and all(percent <= -HUNDRED for percent in wrong):
        return
    written.scoring = weights_rule(_weights(percents))


def _weights(percents: Sequence[Decimal]) -> dict[str, Decimal]:
    return {LETTERS[place]: percent / HUNDRED for place, percent in enumerate(percents[: len(LETTERS)]) if percent}


def percents_of(kind: QuestionKind, options: int, key: str, scoring: Mapping[str, Any] | None) -> list[Decimal]:
    """The options' percents by which another system marks as near to us as it can."""
    weights = weights_of(scoring)
    if weights is not None:
        return [weights.get(letter, Decimal(0)) * HUNDRED for letter in LETTERS[:options]]
    if kind is QuestionKind.SINGLE:
        return [HUNDRED if letter == key else Decimal(0) for letter in LETTERS[:options]]
    share = (HUNDRED / len(key)).quantize(Decimal("0.00001"))
    return [share if letter in key else -HUNDRED for letter in LETTERS[:options]]
