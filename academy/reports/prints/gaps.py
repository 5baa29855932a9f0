"""Characters that no font of the house can draw: named with their person, or set as 〓 to be added by hand. Pure.

A missing character never becomes a box or nothing: either the form is refused with a sentence, or somebody asked for the
sign that typesetters put where a character is missing, and the foot of the form says which one belongs there.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from academy.core.documents import is_drawable
from academy.core.errors import Invalid
from academy.core.text import N_, Text

GETA = "〓"
MOST_NAMED = 3

FIELD_WORDS = {
    "name": N_("姓名"),
    "addressee": N_("姓名"),
    "org": N_("工作单位"),
    "title": N_("课程"),
    "teachers": N_("讲师"),
    "room": N_("教室"),
    "place": N_("教室"),
    "full_zh": N_("班次名称"),
    "title_zh": N_("班次名称"),
    "site_zh": N_("教学点"),
    "room_zh": N_("教室"),
}


class Gap(NamedTuple):
    """A character in a text that cannot be drawn. `who` is the person's number and name, empty when it is nobody's."""

    text: str
    char: str
    field: str
    who: str

    @property
    def codepoint(self) -> str:
        """U+20BB7."""
        return f"U+{ord(self.char):04X}"

    @property
    def said(self) -> Text:
        """王𠮷祥（L-0025）姓名里的“𠮷”（U+20BB7）."""
        shown = self.char if self.char.isprintable() else Text(N_("看不见的字符"))
        words = N_("%(who)s：%(field)s“%(text)s”里的“%(char)s”（%(codepoint)s）")
        who = self.who or Text(N_("本班"))
        return Text(words, who=who, field=Text(self.field), text=self.text, char=shown, codepoint=self.codepoint)


class CharactersCannotBePrinted(Invalid):
    """Some names hold characters that no font has. Says whose and which."""

    message = N_("有 %(count)s 处的字，字库里没有，排印不出来：%(which)s。什么都没有印。")
    next_step = N_("可以在打印页勾选“缺字以〓代替”，印后手写补上；或请管理员把有这个字的字体放进 fonts 文件夹。")


def find_gaps(facts: Mapping[str, Any]) -> list[Gap]:
    """Every undrawable character of a form, each once for a text."""
    return list(dict.fromkeys(_gaps(facts, who="", key="")))


def _gaps(value: Any, *, who: str, key: str) -> Iterator[Gap]:
    if isinstance(value, str):
        if not is_drawable(value):
            field = FIELD_WORDS.get(key, N_("内容"))
            yield from (Gap(value, char, field, who) for char in dict.fromkeys(value) if not is_drawable(char))
    elif isinstance(value, Mapping):
        named = _who(value) or who
        for name, item in value.items():
            yield from _gaps(item, who=named, key=str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _gaps(item, who=who, key=key)


def _who(value: Mapping[str, Any]) -> str:
    name = value.get("name")
    if not isinstance(name, str):
        return ""
    number = value.get("number") or (f"{value['seq']}号" if value.get("seq") else "")
    return f"{name}（{number}）" if number else name


def require_drawable(facts: Mapping[str, Any]) -> None:
    """Raise CharactersCannotBePrinted unless everything can be drawn."""
    found = find_gaps(facts)
    if found:
        raise CharactersCannotBePrinted(count=len(found), which=_list(found))


def _list(found: list[Gap]) -> Text:
    """The first few gaps in one sentence."""
    said: Text = found[0].said
    for gap in found[1:MOST_NAMED]:
        said = Text(N_("%(first)s；%(second)s"), first=said, second=gap.said)
    return Text(N_("%(first)s等"), first=said) if len(found) > MOST_NAMED else said


def mark_gaps(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with 〓 for every undrawable character, and notes that say which belongs where."""
    found = find_gaps(facts)
    marked: dict[str, Any] = _marked(facts)
    if found:
        seen = dict.fromkeys(f"{_safe(gap.who) or '本班'}“{_safe(gap.text)}”为{gap.codepoint}" for gap in found)
        marked["notes"] = [*marked.get("notes", []), f"〓 是字库没有的字，请按证件手写补上：{'；'.join(seen)}。"]
    return marked


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, Mapping):
        return {key: _marked(item) for key, item in value.items()}
    return [_marked(item) for item in value] if isinstance(value, list | tuple) else value


def _safe(text: str) -> str:
    if is_drawable(text):
        return text
    return "".join(char if is_drawable(char) else GETA if char.isprintable() else "" for char in text)
