"""Addresses of other domains' pages, named by queries that know no Flask."""

from collections.abc import Mapping
from typing import Any

from flask import url_for


def href(endpoint: str, values: Mapping[str, str] | None = None) -> str:
    """The address of a page."""
    arguments: dict[str, Any] = dict(values or {})
    return url_for(endpoint, **arguments)
