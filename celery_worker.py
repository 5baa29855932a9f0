"""Builds the app and exposes `celery`; nothing else."""

from academy.app import create_app
from academy.core.queues import celery_app as celery

create_app()

__all__ = ["celery"]
