"""The product and, beside it on the same server, the floors it is compared with.

A floor is bare Flask with one SELECT and a Jinja template of the same size as the product's page.
"""

from functools import cache
from pathlib import Path

from flask import Flask, request
from jinja2 import Template
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


@cache
def _template(name: str) -> Template:
    """Compiled once, as a template file would be."""
    return floor.jinja_env.from_string(as_template(page_file(name).read_text(encoding="utf-8")))


@floor.get("/list/<name>")
def one_list(name: str) -> str:
    """One SELECT of a page of rows."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT title_zh AS name FROM course ORDER BY id LIMIT 12")).all()
    return _template(name).render(rows=rows)


@floor.get("/row/<name>")
def one_row(name: str) -> str:
    """One SELECT by a unique key."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT number AS name FROM certificate WHERE public_id = :key"), {"key": request.args["key"]}
        ).all()
    return _template(name).render(rows=rows)


@floor.post("/seat")
def one_seat() -> str:
    """One conditional UPDATE and one INSERT: the least that never oversells."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO floor_seat VALUES (1, :person)"), {"person": request.args["person"]})
        connection.execute(text("UPDATE floor_class SET taken = taken + 1 WHERE id = 1 AND taken < seats"))
    return ""


@floor.post("/answer")
def one_answer() -> str:
    """One INSERT in a transaction: the least that keeps an answer."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO floor_answer (body) VALUES (:body)"), {"body": request.get_data(as_text=True)})
    return ""


app = DispatcherMiddleware(product.wsgi_app, {"/floor": floor.wsgi_app})
