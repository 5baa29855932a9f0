"""The cookie that marks the machine at which somebody sits an exam."""

import secrets
from datetime import timedelta

from flask import current_app, make_response, request
from flask.typing import ResponseReturnValue

from academy.exams.rules.devices import DEVICE_COOKIE, device_mark

LIFE = timedelta(days=2)


def device() -> str:
    """The mark of this machine; empty when it has no cookie yet."""
    return device_mark(request.cookies.get(DEVICE_COOKIE, ""))


def new_secret() -> str:
    """The secret that this machine has, or a new one."""
    return request.cookies.get(DEVICE_COOKIE, "")[:64] or secrets.token_hex(16)


def with_secret(answer: ResponseReturnValue, secret: str) -> ResponseReturnValue:
    """Leave the secret with the machine: out of reach of scripts, and of other sites."""
    response = make_response(answer)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(DEVICE_COOKIE, secret, max_age=LIFE, httponly=True, samesite="Lax", secure=secure)
    return response
