"""Page numbers from an address, whatever somebody typed there."""

from dataclasses import dataclass

LAST_PAGE = 10_000  # keeps an offset within what a database takes


@dataclass(frozen=True, slots=True)
class Page:
    """A page number, from 1."""

    number: int

    def offset(self, per_page: int) -> int:
        """How many rows come before the page."""
        return (self.number - 1) * per_page

    @staticmethod
    def count(total: int, per_page: int) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-total // per_page))

    def first(self, per_page: int, total: int) -> int:
        """The number of the page's first row, 0 when there is none."""
        return min(self.offset(per_page) + 1, total)

    def last(self, per_page: int, total: int) -> int:
        """The number of the page's last row."""
        return min(self.number * per_page, total)


def page_of(typed: str | None) -> Page:
    """A page number as typed in an address; anything odd is page 1."""
    number = int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 7 else 1
    return Page(min(max(number, 1), LAST_PAGE))
