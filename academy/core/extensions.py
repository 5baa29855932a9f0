"""Flask extensions, made once and bound to the application."""

import logging
from typing import Any

import structlog
from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from academy.config import Settings
from academy.core.db import db, ping_idle_connections

login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
migrate = Migrate()
# Counts live in Redis, so that every worker sees the same; without Redis the limit holds per process.
limiter = Limiter(get_remote_address, strategy="fixed-window", in_memory_fallback_enabled=True, swallow_errors=True)


def install(app: Flask, config: Settings) -> None:
    """Bind every extension to the application."""
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            ping_idle_connections(db.engine)
    migrate.init_app(app, db, directory="migrations", render_as_batch=True)
    login_manager.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    _configure_logging(config)


def _configure_logging(config: Settings) -> None:
    """One JSON line per event on standard error."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    level = logging.getLevelNamesMapping().get(config.log_level.upper(), logging.INFO)
    structlog.configure(processors=processors, wrapper_class=structlog.make_filtering_bound_logger(level))
