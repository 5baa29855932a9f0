"""The WSGI callable, for granian, gunicorn or any other server: `academy.wsgi:app`."""

from academy.app import create_app

app = create_app()
