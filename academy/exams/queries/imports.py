"""What an uploaded table would do, row by row, before it does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from academy.catalog import queries as catalog
from academy.core.errors import Invalid
from academy.core.files import get_file
from academy.core.sheets import Limits, SheetIsEmpty, read_sheet
from academy.core.text import N_, Text
from academy.exams.models import ExamImport
from academy.exams.queries.attempts import attempts_of
from academy.exams.queries.bank import QuestionRow, questions_by_codes
from academy.exams.queries.papers import shown_items
from academy.exams.queries.sittings import candidates_of, sitting_by_id
from academy.exams.rules.bank import Draft, Entry, check
from academy.exams.rules.formats import BankFormat, read_bank, read_question_row, without_repetitions
from academy.exams.rules.responses import Column, SheetRow, Verdict, check_candidates, find_column_faults, read_row

LIMITS = Limits(rows=5_000, columns=210, cells=1_000_000)  # a column for each question of the longest paper
CANDIDATE_TITLES = frozenset({"CANDIDATE_NO", "考生号", "准考证号"})


class Effect(StrEnum):
    """What will happen with a question's row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class QuestionPreview:
    """One question of a file with its verdict; `source` is what stands at `number` (row, line or item) in the file."""

    number: int
    code: str
    stem_zh: str
    effect: Effect
    faults: tuple[Text, ...] = ()
    draft: Draft | None = None
    known: QuestionRow | None = None
    repairs: tuple[Text, ...] = ()
    removed: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """An uploaded file of questions: what it is, the verdict for each, notes about the whole."""

    format: BankFormat
    rows: tuple[QuestionPreview, ...]
    notes: tuple[Text, ...]


class CandidateColumnIsMissing(Invalid):
    """No column says whose answers they are."""

    message = N_("第一行里没有“考生号”（candidate_no）这一列。什么都没有写入。")
    next_step = N_("表头一行写考生号和每道题的题号，每位考生一行。")


@dataclass(frozen=True, slots=True)
class ResponsesPreview:
    """A table of answers with its verdicts. With column faults no row is read."""

    column_faults: tuple[Text, ...]
    rows: tuple[SheetRow, ...]

    @property
    def good(self) -> list[SheetRow]:
        """The rows that can be taken."""
        return [row for row in self.rows if row.verdict is not Verdict.NO]

    @property
    def bad(self) -> list[SheetRow]:
        """The rows that are left out."""
        return [row for row in self.rows if row.verdict is Verdict.NO]


def question_file(upload: ExamImport) -> QuestionFile:
    """What an uploaded file of questions would do. Raises what `read_bank` raises."""
    file = read_bank(get_file(upload.file_id).content, field_codes=_field_codes())
    return QuestionFile(file.format, tuple(_previews(upload.bank_id or 0, file.entries)), file.notes)


def question_previews(upload: ExamImport) -> list[QuestionPreview]:
    """The verdict for each question of an uploaded file."""
    return list(question_file(upload).rows)


def preview_questions(bank_id: int, rows: Iterable[tuple[int, dict[str, str]]]) -> list[QuestionPreview]:
    """The verdict for each row of a question table, given as (row number, cells by key)."""
    field_codes = _field_codes()
    entries = [check(read_question_row(number, cells), field_codes) for number, cells in rows]
    return _previews(bank_id, without_repetitions(entries))


def _field_codes() -> frozenset[str]:
    return frozenset(found.code for found in catalog.fields())


def _previews(bank_id: int, entries: Iterable[Entry]) -> list[QuestionPreview]:
    known = questions_by_codes(bank_id)
    return [_preview(entry, known.get(entry.code)) for entry in entries]


def _preview(entry: Entry, known: QuestionRow | None) -> QuestionPreview:
    draft = _filed(entry.draft, known) if entry.draft and known else entry.draft
    effect = _effect(draft, known) if draft else Effect.REFUSED
    return QuestionPreview(
        entry.line, entry.code, entry.stem, effect, entry.faults, draft, known, entry.repairs, entry.removed, entry.source
    )


def _filed(draft: Draft, known: QuestionRow) -> Draft:
    """A file that does not say where a question belongs leaves it where it is."""
    question = known.question
    return replace(draft, field_code=draft.field_code or question.field_code, topic_zh=draft.topic_zh or question.topic_zh)


def _effect(draft: Draft, known: QuestionRow | None) -> Effect:
    if known is None:
        return Effect.NEW
    wording, question = known.wording, known.question
    kept = (
        wording.stem_zh, tuple(wording.options), tuple(wording.prompts), wording.answer, wording.marks, wording.explanation_zh,
        tuple(wording.sub_questions), wording.scoring, tuple(wording.rubric),
    )  # fmt: skip
    filed = (question.kind, question.field_code, question.topic_zh, question.difficulty)
    is_same = kept == draft.wording() and filed == (draft.kind, draft.field_code, draft.topic_zh, draft.difficulty)
    return Effect.SAME if is_same else Effect.CHANGED


def response_preview(upload: ExamImport) -> ResponsesPreview:
    """The verdict for each row of an uploaded table of answers."""
    return preview_responses(upload.sitting_id or 0, get_file(upload.file_id).content)


def preview_responses(sitting_id: int, content: bytes) -> ResponsesPreview:
    """The verdict for each row of a table of answers. Raises what read_sheet raises, and CandidateColumnIsMissing."""
    sitting = sitting_by_id(sitting_id)
    columns = [Column(i.position, i.code.upper(), i.kind, len(i.options)) for i in shown_items(sitting.paper_id)]
    header, *below = [(row.number, [cell.text for cell in row.cells]) for row in read_sheet(content, limits=LIMITS).rows]
    titles = [title.strip().upper() for title in header[1]]
    place = next((n for n, title in enumerate(titles) if title in CANDIDATE_TITLES), None)
    if place is None:
        raise CandidateColumnIsMissing
    column_faults = find_column_faults([title for n, title in enumerate(titles) if n != place], columns)
    if column_faults:
        return ResponsesPreview(tuple(column_faults), ())
    if not below:
        raise SheetIsEmpty
    rows = [_response_row(number, cells, titles, place, columns) for number, cells in below]
    answered = frozenset(attempt.candidate_no for attempt in attempts_of(sitting_id))
    check_candidates(rows, known=frozenset(candidates_of(sitting_id)), answered=answered)
    return ResponsesPreview((), tuple(rows))


def _response_row(number: int, cells: list[str], titles: list[str], place: int, columns: Sequence[Column]) -> SheetRow:
    by_title = dict(zip(titles, cells, strict=False))
    return read_row(number, cells[place] if place < len(cells) else "", by_title, columns)
