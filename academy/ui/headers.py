"""Security headers, and addresses of static files that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, url_for

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@cache
def static_url(name: str) -> str:
    """The address of a static file, with its digest so that it may be cached for a year."""
    return url_for("static", filename=name, v=_digest(STATIC / name))


def domain_static_url(app: Flask, blueprint: str, name: str) -> str:
    """The same for a file that a domain ships."""
    folder = app.blueprints[blueprint].static_folder
    return url_for(f"{blueprint}.static", filename=name, v=_digest(Path(str(folder)) / name))


def _add(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if response.mimetype == "text/html" else "private, no-cache"
    return response


def install(app: Flask) -> None:
    """Add the headers to every answer."""
    app.after_request(_add)
    app.jinja_env.globals["static_url"] = static_url
    app.jinja_env.globals["domain_static_url"] = lambda blueprint, name: domain_static_url(app, blueprint, name)
