"""One-time notes after a redirect."""

from collections.abc import Callable
from typing import Literal

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from academy.core.db import transaction
from academy.core.errors import DomainError
from academy.core.text import Text, render


def say(words: Text | str, kind: Literal["ok", "wait", "lost"] = "ok") -> None:
    """Show a note on the next page."""
    flash(render(words), kind)


def refusal_of(error: DomainError) -> str:
    """A refusal with its next step. Whoever may not do it, or names nothing, gets no sentence but an error: raised again."""
    if error.status in {403, 404}:
        raise error
    return " ".join(filter(None, [render(error.text), render(error.next_text)]))


def say_error(error: DomainError) -> None:
    """Show a refusal with its next step on the next page."""
    say(refusal_of(error), "lost")


def tried(back: str, work: Callable[[], object], done: Text | str) -> ResponseReturnValue:
    """Do one thing and go back with what became of it."""
    try:
        with transaction():
            work()
        say(done)
    except DomainError as error:
        say_error(error)
    return redirect(back)
