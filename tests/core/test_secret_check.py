"""A database opened under another SECRET_KEY says so before anybody meets a page that fails."""

import pytest
from flask.testing import FlaskClient

from academy.config import settings
from academy.core.db import transaction
from academy.core.secret_check import SecretIsAnother, require_secret, seal_word
from academy.launcher import CannotStartError, _require_secret
from tests.conftest import LiveApp


@pytest.fixture
def other_secret(live_app: LiveApp, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        seal_word()
    monkeypatch.setenv("SECRET_KEY", "another-" + "y" * 32)
    settings.cache_clear()


@pytest.mark.usefixtures("live_app")
def test_the_right_secret_opens_the_word_and_a_database_without_one_is_fine() -> None:
    require_secret()
    for _ in range(2):
        with transaction():
            seal_word()
    require_secret()
    _require_secret(settings())


@pytest.mark.usefixtures("other_secret")
def test_another_secret_is_named_at_the_start_and_by_the_check() -> None:
    with pytest.raises(SecretIsAnother):
        require_secret()
    with pytest.raises(CannotStartError, match="SECRET_KEY"):
        _require_secret(settings())


@pytest.mark.usefixtures("other_secret")
def test_readyz_names_the_secret(live_app: LiveApp) -> None:
    client: FlaskClient = live_app.app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["secret"] == {"ok": False, "problem": "SecretIsAnother"}
