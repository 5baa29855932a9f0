"""Addresses of other domains' pages."""

from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for


def href(endpoint: str, values: Mapping[str, str] | None = None) -> str:
    """The address of a page, empty while this installation does not have it."""
    arguments: dict[str, Any] = dict(values or {})
    return url_for(endpoint, **arguments) if endpoint in current_app.view_functions else ""
