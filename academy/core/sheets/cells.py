"""What a sheet is made of, how much of one is read, and why a file is refused."""

from dataclasses import dataclass
from enum import StrEnum

from academy.core.errors import Invalid
from academy.core.text import N_

MOST_CHARACTERS = 32_767  # of one cell, in every spreadsheet program


class SheetIsUnreadable(Invalid):
    """Broken, or no spreadsheet at all."""

    message = N_("这个文件读不出来：可能已损坏，或者不是 .xlsx、.csv 表格。什么都没有写入。")
    next_step = N_("请在 Excel 或 WPS 里打开，另存为 .xlsx 后重新上传。")


class SheetIsOldFormat(Invalid):
    """An .xls file, or one with a password."""

    message = N_("这是旧格式（.xls）或带密码的文件，没有读取。")
    next_step = N_("请在 Excel 或 WPS 里另存为不带密码的 .xlsx 后重新上传。")


class SheetHasMacrosOrLinks(Invalid):
    """Parts that a list of people never needs."""

    message = N_("这个文件含有宏或外部实体，没有读取。")
    next_step = N_("请另存为普通的 .xlsx 后重新上传。")


class SheetIsTooLarge(Invalid):
    """More than is read in one go."""

    message = N_("这个文件太大：一次最多 %(rows)s 行、展开后 %(megabytes)s MB。什么都没有写入。")
    next_step = N_("请分成几个文件上传。")


class SheetIsEmpty(Invalid):
    """Nothing below the header, or nothing at all."""

    message = N_("表格里没有数据行。什么都没有写入。")
    next_step = N_("请检查是不是传错了文件，或数据在另一张工作表里。")


class ColumnsAreMissing(Invalid):
    """The header lacks columns, or there is no header."""

    message = N_("没有找到这些列：%(columns)s。什么都没有写入。")
    next_step = N_("请让表头一行写出这些列名，列的先后不限。")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read of one file. `rows` and `cells` count what is written in, `megabytes` the unpacked parts."""

    rows: int = 5_000
    columns: int = 60
    cells: int = 200_000
    megabytes: int = 24

    @property
    def bytes(self) -> int:
        """The unpacked size in bytes."""
        return self.megabytes * 1024 * 1024

    def exceeded(self) -> SheetIsTooLarge:
        """The refusal with its figures."""
        return SheetIsTooLarge(rows=self.rows, megabytes=self.megabytes)


class CellKind(StrEnum):
    """What a cell holds, as the file says it."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its kind, and its content as a person would read it (not trimmed)."""

    kind: CellKind
    text: str = ""


EMPTY = Cell(CellKind.EMPTY)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with the number that the spreadsheet program shows."""

    number: int
    cells: tuple[Cell, ...]
    is_hidden: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written in it."""
        return all(cell.kind is CellKind.EMPTY or not cell.text.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet of a file; columns are counted from 0. `others` are the names of further visible sheets."""

    name: str
    rows: tuple[SheetRow, ...]
    hidden_columns: frozenset[int] = frozenset()
    merged_rows: frozenset[int] = frozenset()  # rows that hold a merge over several columns
    others: tuple[str, ...] = ()
    is_1904: bool = False  # whether dates are counted from 1904, as old spreadsheets of one maker do
