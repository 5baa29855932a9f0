"""The fields of the exam page as the one text that is kept of an answer; exam-fields.js reads them in the same way."""

from werkzeug.datastructures import MultiDict

from academy.core.errors import Invalid
from academy.core.text import N_
from academy.exams.queries import AskedItem
from academy.exams.rules.keys import NONE, dump_texts
from academy.exams.rules.kinds import QuestionKind


class TwoAtOnePlace(Invalid):
    """Two items of an ordering question were given the same place."""

    message = N_("第 %(number)s 题有两项排在同一位，没有存。")
    next_step = N_("每一位只放一项，请改一下再存。")


def read_fields(item: AskedItem, form: "MultiDict[str, str]") -> str:
    """What the form holds. Raises TwoAtOnePlace; everything else is judged when it is saved."""
    match item.kind:
        case QuestionKind.SHORT_TEXT:
            return dump_texts(tuple(form.getlist("blank")))
        case QuestionKind.NUMERIC:
            return form.get("number", "").strip()
        case QuestionKind.MATCHING:
            chosen = "".join(form.getlist("match"))
            return chosen if chosen.strip(NONE) else ""
        case QuestionKind.ORDERING:
            return _order(item, form)
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE | QuestionKind.TRUE_FALSE:
            return "".join(sorted(form.getlist("answer")))
    return form.get("essay", "").replace("\r\n", "\n")


def _order(item: AskedItem, form: "MultiDict[str, str]") -> str:
    places = {choice.letter: form.get(f"place-{choice.letter}", "")[:3] for choice in item.choices}
    taken = {letter: int(place) for letter, place in places.items() if place.isascii() and place.isdigit()}
    if len(set(taken.values())) < len(taken):
        raise TwoAtOnePlace(number=item.number)
    return "".join(sorted(taken, key=lambda letter: taken[letter]))
