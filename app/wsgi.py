"""The entry point of WSGI servers: `gunicorn app.wsgi:app`."""

from __future__ import annotations

from app.web import create_app
from settings import Settings
from tasks import logs

settings = Settings.from_env()
logs.configure(settings)
app = create_app(settings)
