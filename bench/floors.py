"""The product and, beside it on the same server, the floors it is compared with.

A floor is bare Flask with one SELECT and a Jinja template of the same size as the product's page.
"""

from pathlib import Path

from flask import Flask, render_template_string, request
from sqlalchemy import create_engine, text
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from academy.app import create_app
from academy.config import settings

product = create_app()
floor = Flask("floor")
engine = create_engine(settings().database, pool_size=16)


def page_file(name: str) -> Path:
    """Where a measurement leaves the product's page for the floor to imitate."""
    return settings().instance_dir / f"floor-{name}.html"


def as_template(page: str) -> str:
    """A template that renders to about the same bytes: the page's text with the rows' names put in."""
    return (
        "{% for row in rows %}{{ row.name }} {% endfor %}{% raw %}" + page.replace("{%", "").replace("{{", "") + "{% endraw %}"
    )


_templates: dict[str, str] = {}


def _template(name: str) -> str:
    if name not in _templates:
        _templates[name] = as_template(page_file(name).read_text(encoding="utf-8"))
    return _templates[name]


@floor.get("/list/<name>")
def one_list(name: str) -> str:
    """One SELECT of a page of rows."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT title_zh AS name FROM course ORDER BY id LIMIT 12")).all()
    return render_template_string(_template(name), rows=rows)


@floor.get("/row/<name>")
def one_row(name: str) -> str:
    """One SELECT by a unique key."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT number AS name FROM certificate WHERE public_id = :key"), {"key": request.args["key"]}
        ).all()
    return render_template_string(_template(name), rows=rows)


app = DispatcherMiddleware(product.wsgi_app, {"/floor": floor.wsgi_app})
