"""create_app(): the table of contents. Extensions first, then every domain by name."""

from types import ModuleType

import click
from flask import Flask

import academy.accounts.web
import academy.attendance.jobs
import academy.attendance.web
import academy.catalog.api
import academy.catalog.web
import academy.certificates.api
import academy.certificates.cli
import academy.certificates.jobs
import academy.certificates.web
import academy.enrollment.api
import academy.enrollment.jobs
import academy.enrollment.web
import academy.exams.api
import academy.exams.jobs
import academy.exams.web
import academy.notifications.api
import academy.notifications.jobs
import academy.notifications.web
import academy.people.jobs
import academy.people.web
import academy.reports.api
import academy.reports.jobs
import academy.reports.web
import academy.scoring.jobs
import academy.scoring.web
import academy.sites.web
import academy.timetable.api
import academy.timetable.jobs
import academy.timetable.web
from academy.config import Settings, settings
from academy.core import api, extensions, health, tasks
from academy.core.access import install_guard
from academy.ui import errors, filters, headers, language, pages

PAGES: tuple[ModuleType, ...] = (
    academy.notifications.web,
    academy.accounts.web,
    academy.catalog.web,
    academy.people.web,
    academy.sites.web,
    academy.timetable.web,
    academy.enrollment.web,
    academy.attendance.web,
    academy.exams.web,
    academy.scoring.web,
    academy.certificates.web,
    academy.reports.web,
)
COMMANDS: tuple[click.Command, ...] = (academy.certificates.cli.group,)


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
    for door in PAGES:
        app.register_blueprint(door.blueprint)
        if hasattr(door, "install"):  # what a domain shows on pages of the domains below it
            door.install(app)
    for command in COMMANDS:
        app.cli.add_command(command)
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
    return {"pool_size": 16, "max_overflow": 16} if url.startswith("postgresql") else {}
