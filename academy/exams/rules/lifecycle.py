"""The life of a question's wording: written, looked at by a second person, in use, retired. Pure."""

from enum import StrEnum

from academy.core.text import N_, Text


class QuestionStatus(StrEnum):
    """Where one version of a question stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    IN_USE = "in_use"
    RETIRED = "retired"


class Origin(StrEnum):
    """How a version came in: written here, so that a second person reviews it, or taken over as it stands."""

    WRITTEN = "written"
    TAKEN_OVER = "taken_over"


class Move(StrEnum):
    """What is done with a version."""

    WRITE = "write"
    REVIEW = "review"
    RETURN = "return"
    USE = "use"
    RETIRE = "retire"


STATUS_WORDS = {
    QuestionStatus.DRAFT: N_("草稿，等第二人审"),
    QuestionStatus.REVIEWED: N_("已审，等启用"),
    QuestionStatus.IN_USE: N_("在用"),
    QuestionStatus.RETIRED: N_("已停用"),
}
STATUS_SIGNS = {
    QuestionStatus.DRAFT: "draft",
    QuestionStatus.REVIEWED: "wait",
    QuestionStatus.IN_USE: "ok",
    QuestionStatus.RETIRED: "no",
}
MOVE_WORDS = {
    Move.WRITE: N_("写成草稿"),
    Move.REVIEW: N_("审过"),
    Move.RETURN: N_("退回修改"),
    Move.USE: N_("启用"),
    Move.RETIRE: N_("停用"),
}
OPEN = (QuestionStatus.DRAFT, QuestionStatus.REVIEWED)
_FROM = {
    Move.REVIEW: (QuestionStatus.DRAFT, QuestionStatus.IN_USE),
    Move.RETURN: (QuestionStatus.DRAFT, QuestionStatus.REVIEWED),
    Move.USE: (QuestionStatus.REVIEWED,),
    Move.RETIRE: (QuestionStatus.DRAFT, QuestionStatus.REVIEWED, QuestionStatus.IN_USE),
}
_TO = {
    Move.RETURN: QuestionStatus.DRAFT,
    Move.USE: QuestionStatus.IN_USE,
    Move.RETIRE: QuestionStatus.RETIRED,
}


def status_after(move: Move, status: QuestionStatus) -> QuestionStatus | None:
    """Where a version stands after a move; None when it cannot be made.

    A version that was taken over is in use before anybody here has looked at it: a review leaves it in use.
    """
    if status not in _FROM.get(move, ()):
        return None
    if move is Move.REVIEW:
        return status if status is QuestionStatus.IN_USE else QuestionStatus.REVIEWED
    return _TO[move]


def explain_review(*, is_author: bool, is_reviewed: bool, status: QuestionStatus) -> Text | None:
    """Why a person may not review a version; None when she may."""
    if is_author:
        return Text(N_("这一版是您自己写的，要由另一个人审。"))
    if is_reviewed:
        return Text(N_("这一版已经有人审过。"))
    if status_after(Move.REVIEW, status) is None:
        return Text(N_("这一版已停用，不用审。"))
    return None
