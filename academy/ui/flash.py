"""One-time notes after a redirect."""

from typing import Literal

from flask import flash

from academy.core.errors import DomainError
from academy.core.text import Text, render


def say(words: Text | str, kind: Literal["ok", "wait", "lost"] = "ok") -> None:
    """Show a note on the next page."""
    flash(render(words), kind)


def say_error(error: DomainError) -> None:
    """Show a refusal with its next step on the next page."""
    say(" ".join(filter(None, [render(error.text), render(error.next_text)])), "lost")
