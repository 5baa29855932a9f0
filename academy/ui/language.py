"""Which language a reader gets: what she asked for, what she chose before, else Chinese."""

from flask import Flask, Response, g, has_request_context, request

from academy.core.extensions import babel

COOKIE = "academy_language"
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
YEAR = 365 * 24 * 3600


def _asked() -> str | None:
    asked = request.args.get("lang")
    return asked if asked in LOCALES else None


def select_locale() -> str:
    """A locale forced for the work at hand (a letter to somebody), else the reader's."""
    if "locale" in g:
        return str(g.locale)
    if not has_request_context():
        return LOCALES["zh"]
    return LOCALES.get(_asked() or request.cookies.get(COOKIE, "zh"), LOCALES["zh"])


def _remember(response: Response) -> Response:
    asked = _asked()
    if asked:
        response.set_cookie(COOKIE, asked, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


def install(app: Flask) -> None:
    """Let Flask-Babel ask here."""
    babel.init_app(app, locale_selector=select_locale, default_translation_directories="translations")
    app.after_request(_remember)
