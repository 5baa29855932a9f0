"""One set of names for all versions: QTI 2 says choiceInteraction, QTI 3 qti-choice-interaction."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")
NAMESPACES = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
_OF_QTI = frozenset({"prompt"})  # without an upper-case letter, and not of HTML


@lru_cache(maxsize=2_000)
def _canonical(local: str) -> str:
    if not local.startswith("qti-"):
        return local
    first, *rest = local[4:].split("-")
    return first + "".join(word.capitalize() for word in rest)


def name_of(element: etree._Element) -> str:
    """An element's name as QTI 2 says it; "" for comments and instructions."""
    return _canonical(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def kebab(name: str) -> str:
    """maxChoices → max-choices."""
    return _HUMP.sub("-", name).lower()


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its name in QTI 2."""
    found = element.get(name)
    return str(found if found is not None else element.get(kebab(name), default))


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The child elements of these names (all when none are given)."""
    return (child for child in element if name_of(child) and (not names or name_of(child) in names))


def descendants(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements of these names anywhere below."""
    return (one for one in element.iter() if name_of(one) in names)


def first(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of a name."""
    return next(children(element, name), None)


def text_of(element: etree._Element) -> str:
    """All the text in an element."""
    return "".join(str(text) for text in element.itertext())


def version_of(root: etree._Element) -> str:
    """2.1, 2.2 or 3.0 by the namespace and the names."""
    namespace = etree.QName(root).namespace or ""
    if etree.QName(root).localname.startswith("qti-") or "v3p0" in namespace:
        return "3.0"
    return "2.2" if "v2p2" in namespace else "2.1"
