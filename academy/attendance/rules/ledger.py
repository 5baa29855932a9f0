"""Words of the ledger: where an entry comes from. No database, no clock, no Flask."""

from enum import StrEnum

from academy.core.text import N_


class EntrySource(StrEnum):
    """What an entry of the ledger rests on. Each source has its own references (the table's checks say which)."""

    SESSION = "session"
    MAKE_UP = "make_up"
    CONVERSION = "conversion"
    DECREE = "decree"
    MANUAL = "manual"
    IMPORT = "import"


WRITTEN_DOWN = (EntrySource.MANUAL, EntrySource.IMPORT)  # rest on what staff wrote down: they carry a title of their own
SOURCE_WORDS = {
    EntrySource.SESSION: N_("培训"),
    EntrySource.MAKE_UP: N_("补课"),
    EntrySource.CONVERSION: N_("折算"),
    EntrySource.DECREE: N_("文件认定"),
    EntrySource.MANUAL: N_("补登"),
    EntrySource.IMPORT: N_("导入"),
}
