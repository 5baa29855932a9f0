"""Every view declares who may enter, and what changes something is never a GET."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from academy.core.access import public

ACTION_WORDS = {"delete", "remove", "withdraw", "approve", "confirm", "release", "revoke", "issue", "resend", "retry"}


def test_every_view_declares_its_access_rule(app: Flask) -> None:
    undeclared = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if not endpoint.endswith("static") and not hasattr(view, "access_rule")
    )
    assert undeclared == []


def test_an_undeclared_view_is_closed(app: Flask, client: FlaskClient) -> None:
    app.view_functions["undeclared"] = lambda: "open"
    app.url_map.add(app.url_rule_class("/undeclared-view", endpoint="undeclared"))
    try:
        assert client.get("/undeclared-view").status_code == 403
    finally:
        del app.view_functions["undeclared"]


def test_a_constraint_with_the_last_word_is_a_conflict_not_a_failure(app: Flask, client: FlaskClient) -> None:
    @public
    def lose_a_race() -> str:
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed"))

    app.view_functions["race"] = lose_a_race
    app.url_map.add(app.url_rule_class("/a-race", endpoint="race"))
    try:
        answer = client.get("/a-race")
        assert answer.status_code == 409
        assert "什么都没有改动" in answer.get_data(as_text=True)
    finally:
        del app.view_functions["race"]


def test_addresses_that_change_something_take_no_get(app: Flask) -> None:
    writing = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and set(rule.rule.strip("/").replace("-", "/").split("/")) & ACTION_WORDS
        and "POST" not in (rule.methods or set())
    )
    assert writing == []
