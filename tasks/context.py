"""What a worker process works with: settings, database, store, tools, and the child that engines run in. Made on first use."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

import sqlalchemy as sa

import models
from engines.context import Limits
from engines.sandbox import Sandbox, landlock
from engines.tools import Tools, find_tools
from settings import Settings
from storage import Storage, open_storage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """One process's connections and tools."""

    settings: Settings
    database: sa.Engine
    storage: Storage
    tools: Tools
    limits: Limits
    sandbox: Sandbox


_contexts: list[WorkerContext] = []
_lock = threading.Lock()


def current() -> WorkerContext:
    """This process's context, made on first use. Raises SettingsError, and StorageError for a store that cannot be used."""
    with _lock:
        if not _contexts:
            _contexts.append(_make(Settings.from_env()))
        return _contexts[0]


def settings() -> Settings:
    """This process's settings, without a connection to anything: the API reads jobs too. Raises SettingsError."""
    with _lock:
        return _contexts[0].settings if _contexts else Settings.from_env()


def connect() -> None:
    """Bind this process's sessions to the database, unless an earlier task did: what every task does before its first query."""
    current()


def forget() -> None:
    """Start anew after a fork, leaving the parent's connections alone."""
    for old in _contexts:
        old.database.dispose(close=False)
    _contexts.clear()


def close() -> None:
    """End what belongs to this process."""
    for old in _contexts:
        old.sandbox.close()
        old.database.dispose()
    _contexts.clear()


def tools_of(settings: Settings) -> Tools:
    """The programs and data of this machine that may be used."""
    return find_tools(
        tessdata=settings.tessdata_prefix,
        soffice=settings.soffice,
        chromium=settings.chromium,
        ocr_engine=settings.ocr_engine,
    )


def _make(settings: Settings) -> WorkerContext:
    tools = tools_of(settings)
    if (tools.soffice or tools.chromium) and not landlock.is_offered():
        logger.warning(
            "LibreOffice and Chromium see the files of this machine: it has no Landlock (Linux 5.13 and later)"
        )
    return WorkerContext(
        settings=settings,
        database=models.connect(settings.effective_database_url(), settings.secret()),
        storage=open_storage(
            settings.effective_storage_url(), endpoint=settings.s3_endpoint, region=settings.s3_region
        ),
        tools=tools,
        limits=Limits(max_pages=settings.max_pages, archive_members=settings.archive_members),
        sandbox=Sandbox(
            documents=settings.child_documents,
            recycle_mb=settings.child_memory_mb,
            recycle_seconds=settings.child_seconds,
        ),
    )
