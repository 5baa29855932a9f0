"""The JSON door: typed endpoints under /api/v1 and the OpenAPI document made from the same types.

A domain's api.py declares endpoints; nothing is described twice:

    @endpoint("GET", "/courses", query=CourseQuery, returns=CoursePage, access=public)
    def courses(query: CourseQuery) -> CoursePage: ...
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask_wtf.csrf import generate_csrf
from pydantic import BaseModel, ValidationError

from academy import __version__
from academy.core.access import public, signed_in
from academy.core.errors import Invalid
from academy.core.text import N_, render

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}


class RequestIsMalformed(Invalid):
    """The query or body does not fit its schema."""

    message = N_("请求的格式不对：%(where)s：%(problem)s")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the API, as OpenAPI describes it."""

    method: str
    path: str
    summary: str
    tag: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    returns: type[BaseModel] | None
    is_public: bool
    status: int


_endpoints: list[Endpoint] = []


def endpoint(
    method: str,
    path: str,
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    access: Callable[[Any], Any] = signed_in,
    status: int = 200,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register `function(**path, query=…, body=…)` at /api/v1 + path. `access` is one of core.access's decorators."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        tag = function.__module__.split(".")[1]

        def view(**arguments: Any) -> Response:
            if query is not None:
                arguments["query"] = _parsed(query, request.args.to_dict())
            if body is not None:
                arguments["body"] = _parsed(body, request.get_json(silent=True))
            return _answer(function(**arguments), status)

        view.__name__ = function.__name__
        name = f"{tag}_{function.__name__}"
        blueprint.add_url_rule(path, name, access(view), methods=[method])
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        rule = getattr(view, "access_rule", None)
        _endpoints.append(Endpoint(method, path, summary, tag, query, body, returns, bool(rule and rule.is_public), status))
        return function

    return register


def _parsed(model: type[BaseModel], data: Any) -> BaseModel:
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise RequestIsMalformed(where=where, problem=first["msg"]) from error


def _answer(result: Any, status: int) -> Response:
    if result is None:
        return Response(status=204)
    content = result.model_dump(mode="json") if isinstance(result, BaseModel) else result
    response = jsonify(content)
    response.status_code = status
    return response


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document of everything above."""
    return jsonify(document())


@blueprint.get("/csrf-token")
@signed_in
def csrf_token() -> Response:
    """The token that a signed-in browser client sends as X-CSRFToken with every write."""
    return jsonify({"csrf_token": generate_csrf()})


@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@public
def unknown(rest: str) -> Response:
    """Anything else below /api/v1 is not found, in JSON."""
    abort(404)


def document() -> dict[str, Any]:
    """Paths and schemas in OpenAPI 3.1 form."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Error": _error_schema()}
    for operation in sorted(_endpoints, key=lambda e: (e.path, e.method)):
        path = "/api/v1" + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, path, schemas)
    info = {"title": render(current_app.extensions["settings"].academy_name_en), "version": __version__}
    security = {"session": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]}}
    return {
        "openapi": "3.1.0",
        "info": info,
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security},
    }


def _operation(operation: Endpoint, path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{([a-z_]+)}", path)
    ]
    if operation.query is not None:
        parameters += _query_parameters(operation.query)
    described: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": _responses(operation, schemas),
        "security": [] if operation.is_public else [{"session": []}],
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body, schemas)}
    return described


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _responses(operation: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    error = {"description": "Refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    if operation.returns is None:
        return {"204": {"description": "Done"}, "default": error}
    done = {"description": "Done", "content": _content(operation.returns, schemas)}
    return {str(operation.status): done, "default": error}


def _content(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _error_schema() -> dict[str, Any]:
    text = {"type": "string"}
    properties = {"code": text, "message": text, "next_step": text, "request_id": text}
    return {"type": "object", "required": ["code", "message"], "properties": properties}
