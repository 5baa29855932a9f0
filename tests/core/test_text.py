"""Sentences that are decided below the door and shown in the reader's language."""

from flask import Flask
from flask_babel import force_locale

from academy.core.text import Name, Text, render

TYPE = Text("人员类别：%(type)s", type=Name("专职社区工作者", "Full-time community worker"))


def test_a_name_is_shown_in_the_readers_language_even_after_it_was_stored(app: Flask) -> None:
    stored = Text.from_json(TYPE.as_json())
    with app.test_request_context():
        assert render(stored) == "人员类别：专职社区工作者"
    with app.test_request_context(), force_locale("en"):
        assert render(stored).endswith(": Full-time community worker")


def test_a_name_without_english_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert render(Text("%(type)s", type=Name("网格员", ""))) == "网格员"
