"""create_app(): the table of contents. Extensions first, then every domain by name."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from academy.config import Settings, settings
from academy.core import api, extensions, health, tasks
from academy.core.access import install_guard
from academy.ui import errors, filters, headers, language, pages

DOMAINS = (
    "notifications",
    "accounts",
    "catalog",
    "people",
    "sites",
    "timetable",
    "enrollment",
    "attendance",
    "exams",
    "scoring",
    "certificates",
    "reports",
)
DOORS = ("web", "api", "jobs", "cli")


def create_app(config: Settings | None = None) -> Flask:
    """Build the application: WSGI callable, Celery context and command line in one."""
    config = config or settings()
    app = Flask(
        "academy", static_folder="ui/static", template_folder="ui/templates", instance_path=str(config.instance_dir.resolve())
    )
    app.config.from_mapping(_flask_settings(config))
    app.extensions["settings"] = config
    app.extensions["navigation.counts"] = {}
    extensions.install(app, config)
    tasks.connect(app, config)
    install_guard(app)
    for part in (language, filters, headers, errors, health):
        part.install(app)
    app.register_blueprint(pages.blueprint)
    for domain in DOMAINS:
        _open_doors(app, domain)
    app.register_blueprint(api.blueprint)
    tasks.bind(app)
    return app


def _flask_settings(config: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret,
        "SQLALCHEMY_DATABASE_URI": config.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(config.database),
        "SESSION_COOKIE_NAME": "academy",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.cookie_secure,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2000,
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,  # static addresses carry the file's hash
        "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "RATELIMIT_KEY_PREFIX": "academy",
    }


def _engine_options(url: str) -> dict[str, object]:
    return {"pool_pre_ping": True, "pool_size": 16, "max_overflow": 16} if url.startswith("postgresql") else {}


def _open_doors(app: Flask, domain: str) -> None:
    """Register the doors that a domain has: pages, JSON, background, command line."""
    for door in DOORS:
        name = f"academy.{domain}.{door}"
        if find_spec(f"academy.{domain}") is None or find_spec(name) is None:
            continue
        module = import_module(name)
        if door == "web" and hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)
            if hasattr(module, "install"):
                module.install(app)
        elif door == "cli":
            app.cli.add_command(module.group)
