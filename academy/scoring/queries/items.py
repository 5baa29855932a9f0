"""Papers as scoring sees them."""

from academy.exams import queries as exams
from academy.scoring.rules import Item


def items_of_paper(paper_id: int) -> list[Item]:
    """The positions of a paper with everything that their marks depend on, each with the rule that it pins."""
    return [
        Item(item.position, item.kind.value, item.key, item.marks, item.scoring, item.option_count)
        for item in exams.paper_items(paper_id)
    ]
