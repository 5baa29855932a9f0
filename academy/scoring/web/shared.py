"""What several pages of scoring need: the sitting that one may read, and words."""

from collections.abc import Mapping, Sequence
from typing import Any

from academy.core.access import current_actor
from academy.core.errors import NotFound
from academy.core.text import N_, Text
from academy.exams import queries as exams
from academy.exams.rules.keys import load_blanks, load_numbers, load_texts
from academy.exams.rules.kinds import QuestionKind
from academy.scoring import queries
from academy.scoring.models import PassLine, Result, ResultChange, ResultList
from academy.scoring.rules import ChangeKind, ChangeState, Function, Standard, Treatment, has_passed

KIND_OF_CHANGE = {
    ChangeKind.REGRADE: N_("更正答案或分值"),
    ChangeKind.SCALING: N_("调整总分"),
    ChangeKind.EQUATING: N_("等值换算"),
    ChangeKind.CUT: N_("改合格线"),
}
STATE_OF_CHANGE = {
    ChangeState.PROPOSED: ("wait", N_("等第二个人决定")),
    ChangeState.COMMITTED: ("ok", N_("已执行")),
    ChangeState.WITHDRAWN: ("draft", N_("已撤回")),
    ChangeState.UNDO_PROPOSED: ("wait", N_("等第二个人决定是否撤销")),
    ChangeState.UNDONE: ("fix", N_("已撤销")),
}
TREATMENTS = {
    Treatment.KEY: N_("改答案或分值"),
    Treatment.ANY: N_("任选其一都算对"),
    Treatment.FULL: N_("全体给满分"),
    Treatment.VOID: N_("作废，不计分"),
}
METHODS = {
    Standard.ANGOFF: N_("安戈夫法（Angoff）"),
    Standard.BORDERLINE: N_("临界回归法"),
    Standard.HOFSTEE: N_("霍夫斯泰法（Hofstee）"),
}
FUNCTIONS = {
    Function.ADD: N_("每人加（减）%(a)s 分"),
    Function.LINEAR: N_("总分 × %(a)s + %(b)s"),
    Function.TABLE: N_("按对照表换算，%(count)s 个点"),
}


def readable_sitting(code: str) -> Any:
    """The sitting, for whoever may read its class's results. To an instructor of other classes it does not exist."""
    found = exams.get_sitting(code)
    if not queries.may_read_class(current_actor(), found.class_id):
        raise NotFound
    return found


def regional_line(result: Result, list_: ResultList, lines: Sequence[PassLine]) -> PassLine | None:
    """The highest line of a region that a result below the national one reaches."""
    if result.passed:
        return None
    reached = [one for one in lines if has_passed(result.total, full=list_.full_marks, pass_mark=one.pass_mark)]
    return reached[-1] if reached else None


def function_words(change: ResultChange) -> Text | None:
    """The function of totals that a decision applies."""
    return function_of(change.adjustment)


def function_of(data: Mapping[str, Any] | None) -> Text | None:
    """A function of totals in words."""
    if not data:
        return None
    figures = data["figures"]
    function = Function(data["function"])
    params = {"a": figures[0], "b": figures[1] if len(figures) > 1 else "", "count": len(figures) // 2}
    return Text(FUNCTIONS[function], **params)


TRUE_FALSE = {"T": N_("对"), "F": N_("错")}


def key_words(kind: str, key: str) -> Text | str:
    """A key as a person reads it."""
    match kind:
        case QuestionKind.TRUE_FALSE:
            return Text(TRUE_FALSE[key]) if key in TRUE_FALSE else key
        case QuestionKind.SHORT_TEXT:
            return " | ".join("; ".join(one.text for one in blank) for blank in load_blanks(key))
        case QuestionKind.NUMERIC:
            return "; ".join(f"{one.value} ± {one.tolerance}" if one.tolerance else str(one.value) for one in load_numbers(key))
    return key


def response_words(kind: str, response: str) -> Text | str:
    """A response as a person reads it."""
    match kind:
        case QuestionKind.TRUE_FALSE:
            return Text(TRUE_FALSE[response]) if response in TRUE_FALSE else response
        case QuestionKind.SHORT_TEXT:
            return " | ".join(load_texts(response))
    return response
