"""Every refusal and failure as a page, or as JSON by the JSON door. Never a bare 500."""

import structlog
from flask import Flask, g, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from academy.core.access import wants_json
from academy.core.db import db
from academy.core.errors import DomainError
from academy.core.text import N_, render

log = structlog.get_logger(__name__)

WORDS: dict[int, tuple[str, str, str]] = {
    400: (N_("这个请求看不懂"), N_("发来的内容不完整或格式不对，什么都没有改动。"), N_("请回到上一页重新填写。")),
    401: (N_("请先登录"), N_("这一步要先登录，什么都没有改动。"), ""),
    403: (N_("这一页不归您看"), N_("您已登录，但这一页只对办理它的人开放，什么都没有改动。"), N_("需要权限请联系教务管理员。")),
    404: (N_("没有这一页"), N_("地址可能抄漏了，或者内容已经归档。您填过的内容没有丢。"), ""),
    405: (N_("这里不能这样打开"), N_("这个地址只接受表单提交，什么都没有改动。"), ""),
    409: (N_("这一步现在办不了"), N_("情况已经变了，什么都没有改动。"), ""),
    413: (N_("文件太大"), N_("一次最多 12 MB，这个文件没有保存。"), N_("请拆成几个文件再传。")),
    422: (N_("这样填不行"), N_("有内容不能用，什么都没有改动。"), ""),
    429: (N_("太频繁了"), N_("为保护账号和证书，这里限制了次数，什么都没有改动。"), N_("请过几分钟再试。")),
    500: (N_("系统出了问题"), N_("这次没有办成；没有写进去的都已撤回，已经保存的没有丢。"), N_("问题已经记录，请稍后再试。")),
    503: (N_("系统正忙"), N_("数据库暂时没有应答；没有写进去的都已撤回，已经保存的没有丢。"), N_("请过一分钟再试。")),
}


def _page(status: int, words: str, next_words: str, code: str, *, headers: dict[str, str] | None = None) -> ResponseReturnValue:
    title = render(WORDS.get(status, WORDS[400])[0])
    request_id = g.get("request_id", "")
    if wants_json():
        body = {"code": code, "message": words, "next_step": next_words, "request_id": request_id}
        return jsonify(body), status, headers or {}
    shown_id = request_id if status >= 500 else ""
    page = render_template("ui/error.html", title=title, words=words, next_words=next_words, request_id=shown_id)
    return page, status, headers or {}


def _from_table(status: int) -> ResponseReturnValue:
    known = status if status in WORDS else 400
    _, words, next_words = WORDS[known]
    return _page(status, render(words), render(next_words), f"http_{status}")


def _domain_error(error: DomainError) -> ResponseReturnValue:
    return _page(error.status, render(error.text), render(error.next_text), error.code)


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    words = N_("这张表单放得太久，或不是从本站打开的，没有提交。")
    return _page(400, render(words), render(N_("请回到上一页刷新后再提交。")), "csrf")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    return _from_table(error.code or 500)


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error, DataError):  # what was sent fits no column: a NUL, a number past the end
        return _from_table(400)
    if isinstance(error, IntegrityError):  # the constraint had the last word: somebody else was a moment faster
        log.warning("database.constraint", error=repr(error), request_id=g.get("request_id"))
        return _from_table(409)
    is_away = isinstance(error, OperationalError) or error.connection_invalidated
    log.error("database.refused", error=repr(error), request_id=g.get("request_id"))
    return _from_table(503 if is_away else 500)


def _unexpected(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    log.exception("request.failed", request_id=g.get("request_id"))
    return _from_table(500)


def install(app: Flask) -> None:
    """Answer every kind of error with a page that helps."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    if not app.testing:
        app.register_error_handler(Exception, _unexpected)
