"""Which items may have a wrong key. A suspicion asks a person to look; nothing is changed by it."""

from dataclasses import dataclass
from enum import StrEnum

from academy.core.text import N_, Text
from academy.scoring.rules.analysis.classical import ItemFigures
from academy.scoring.rules.analysis.options import GROUP, Choice, ItemChoices
from academy.scoring.rules.methods import CHOICES

FEWEST = 20  # papers below which nothing is said
LEAST = 0.05  # a correlation or a share that differs by less is never odd


class Suspicion(StrEnum):
    """What is odd."""

    NEGATIVE_REST = "negative_rest"
    BETTER_DISTRACTOR = "better_distractor"
    UPPER_CHOOSE_OTHER = "upper_choose_other"
    DEAD_OPTION = "dead_option"
    NOBODY = "nobody"


WORDS = {
    Suspicion.NEGATIVE_REST: N_("得分高的人反而更容易答错（与其余题的相关 %(rest)s）"),
    Suspicion.BETTER_DISTRACTOR: N_("选 %(other)s 的人其余题得分更高（相关 %(rest)s，答案 %(key)s 只有 %(of_key)s）"),
    Suspicion.UPPER_CHOOSE_OTHER: N_("高分组有 %(share)s%% 答 %(other)s，比答对的（%(of_key)s%%）还多"),
    Suspicion.DEAD_OPTION: N_("没有人选 %(other)s，干扰项不起作用"),
    Suspicion.NOBODY: N_("没有人答对"),
}
OF_THE_KEY = frozenset({Suspicion.NEGATIVE_REST, Suspicion.BETTER_DISTRACTOR, Suspicion.UPPER_CHOOSE_OTHER, Suspicion.NOBODY})


@dataclass(frozen=True, slots=True)
class Flag:
    """A suspicion with its figures in words."""

    kind: Suspicion
    say: Text

    @property
    def is_of_the_key(self) -> bool:
        """Whether the key may be wrong; otherwise the item is only weak."""
        return self.kind in OF_THE_KEY


def _flag(kind: Suspicion, **facts: str) -> Flag:
    return Flag(kind, Text(WORDS[kind], **facts))


def _two(figure: float) -> str:
    return f"{figure:.2f}".replace("-", "−")


def _whole(share: float) -> str:
    return f"{100 * share:.0f}"


def suspicions(kind: str, key: str, papers: int, figures: ItemFigures, choices: ItemChoices) -> list[Flag]:
    """What is odd about an item, the worst first; nothing below 20 papers.

    Of the key: a negative rest correlation; an option that is not in the key correlates with the rest, and more than some
    option of the key does; the upper group's most frequent response is not the key, and more frequent than it; nobody answered
    right. Each by 0.05 at least, and by more than chance makes of n papers: 1/√n, 2/√n, and 1/√(0.27 n). Of the item: an option
    that nobody chose.
    """
    if papers < FEWEST:
        return []
    found = []
    if figures.facility == 0:
        found.append(_flag(Suspicion.NOBODY))
    if figures.rest is not None and figures.rest < -max(LEAST, papers**-0.5):
        found.append(_flag(Suspicion.NEGATIVE_REST, rest=_two(figures.rest)))
    if kind in CHOICES:
        found += _better_distractor(key, choices, max(LEAST, 2 * papers**-0.5))
        found += _upper_choose_other(choices, max(LEAST, (GROUP * papers) ** -0.5))
        found += [
            _flag(Suspicion.DEAD_OPTION, other=one.response) for one in choices.options if not one.count and not one.is_key
        ]
    return found


def _better_distractor(key: str, choices: ItemChoices, by: float) -> list[Flag]:
    rights = [one.rest for one in choices.options if one.is_key and one.rest is not None]
    others = [(one.rest, one.response) for one in choices.options if not one.is_key and one.rest is not None]
    if not rights or not others:
        return []
    best, letter = max(others)
    if best <= 0 or best < min(rights) + by:
        return []
    return [_flag(Suspicion.BETTER_DISTRACTOR, other=letter, rest=_two(best), key=key, of_key=_two(min(rights)))]


def _upper_choose_other(choices: ItemChoices, by: float) -> list[Flag]:
    others: list[Choice] = [one for one in choices.responses if not one.is_key]
    right = sum(one.upper for one in choices.responses if one.is_key)
    most = max(others, key=lambda one: one.upper, default=None)
    if most is None or most.upper <= right + by:
        return []
    return [_flag(Suspicion.UPPER_CHOOSE_OTHER, other=most.response, share=_whole(most.upper), of_key=_whole(right))]
