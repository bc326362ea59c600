"""Every setting of Sheaf, once: its variable, type, default and one sentence. `docs/configuration.md` is generated from here."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from environs import Env

Place = Callable[[str], str]


def folder(path: str) -> str:
    """The absolute path."""
    return str(Path(path).expanduser().absolute()) if path else ""


def program(name: str) -> str:
    """The absolute path; a name without a folder is one to look for on PATH."""
    return folder(name) if "/" in name else name


def database(url: str) -> str:
    """The URL, that of a file of SQLite with an absolute path."""
    scheme, separator, path = url.partition(":///")
    is_relative = separator and path and not path.startswith(("/", ":memory:", "file:"))
    return f"{scheme}:///{folder(path)}" if is_relative and scheme.startswith("sqlite") else url


def setting(default: Any, doc: str, *, variable: str | None = None, place: Place | None = None) -> Any:
    """Declare one setting; its variable is `SHEAF_` and the upper-case name unless given.

    `place` makes what names a place mean the same in every folder: a relative path is one from where Sheaf was started.
    """
    return field(default=default, metadata={"doc": doc, "variable": variable, "place": place})


def variable_of(one: Field[Any]) -> str:
    """The environment variable of a setting."""
    return one.metadata["variable"] or f"SHEAF_{one.name.upper()}"


def default_workers() -> int:
    """One worker process for each processor this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one process; read from the environment at the entry points only."""

    # Where things are kept
    data_dir: str = setting(
        "~/.local/share/sheaf", "Directory of the embedded database, broker and store.", place=folder
    )
    database_url: str = setting(
        "",
        "SQLAlchemy URL (`postgresql://…` or `sqlite:///…`); empty means SQLite in the data directory.",
        place=database,
    )
    broker_url: str = setting(
        "", "Celery broker (`redis://…` or `amqp://…`); empty means an embedded Valkey started by `sheaf serve`."
    )
    result_url: str = setting(
        "",
        "Redis in which chords keep count; empty means the broker, or with RabbitMQ that messages finish their page themselves.",
    )
    storage_url: str = setting(
        "", "Object store (`s3://bucket/prefix` or `file:///path`); empty means the data directory."
    )
    s3_endpoint: str = setting("", "Endpoint of an S3-compatible store other than AWS.")
    s3_region: str = setting("", "Region of the S3 bucket.")
    s3_buckets: list[str] = setting((), "Buckets that jobs may name as input or output; empty means none.")
    # Web
    host: str = setting("127.0.0.1", "Address the API listens on.")
    port: int = setting(8000, "Port the API listens on.")
    public_url: str = setting("", "Base of absolute links, such as downloads; empty means as the request came in.")
    secret_key: str = setting(
        "", "Encrypts secrets at rest and signs download links; empty means a key kept in the data directory."
    )
    api_threads: int = setting(8, "Threads of each API process.")
    api_processes: int = setting(1, "Processes of the API.")
    max_upload_mb: int = setting(1024, "Largest upload accepted, in MB; a larger one is answered with 413.")
    max_json_mb: int = setting(16, "Largest JSON body accepted, in MB.")
    download_seconds: int = setting(3600, "How long a signed download link works, in seconds.")
    ephemeral_days: int = setting(
        7, "How long an ephemeral directory lives that was made without `expires_at`, in days."
    )
    # Work
    workers: int = setting(0, "Worker processes for documents; 0 means one for each processor.")
    max_file_mb: int = setting(512, "A larger file is skipped with `size_limit_exceeded`, in MB.")
    max_pages: int = setting(5000, "A document with more selected pages fails with TOO_MANY_PAGES.")
    snapshot_items: int = setting(
        50_000, "Jobs up to this size are listed while they are created; larger ones afterwards, page by page."
    )
    window_pages: int = setting(8, "Pages of one job that may be in flight at once.")
    message_items: int = setting(25, "Small documents sent to a worker in one message.")
    small_file_kb: int = setting(2048, "Documents up to this size may share a message, in KB.")
    lease_seconds: int = setting(20, "How long an item stays claimed without a sign of life, in seconds.")
    max_attempts: int = setting(3, "Runs of an item whose worker dies before it counts as failed.")
    item_timeout_seconds: int = setting(1800, "Longest work on one item, in seconds; then it fails with TIMEOUT.")
    message_timeout_seconds: int = setting(
        60, "Longest work on one document that shares a message, in seconds; then it runs again alone."
    )
    min_job_timeout_seconds: int = setting(120, "Smallest `job_timeout_in_seconds` a job may ask for.")
    item_cpu_seconds: int = setting(
        3600, "Processor time that the work on one item may take, in seconds; then it fails with TIMEOUT."
    )
    item_progress_seconds: int = setting(
        300, "Longest time without a page finished in a process of its own, in seconds; then it fails with TIMEOUT."
    )
    item_memory_mb: int = setting(
        3072, "Memory that the work on one item may take, in MB; more ends it with OUT_OF_MEMORY."
    )
    child_documents: int = setting(200, "Documents that a child process reads before it is replaced by a new one.")
    child_seconds: int = setting(3600, "Age at which a child process is replaced by a new one, in seconds.")
    child_memory_mb: int = setting(1024, "Memory above which an idle child process is replaced by a new one, in MB.")
    isolation: str = setting(
        "auto", "`auto` runs small documents in the worker, `always` runs each in a process of its own."
    )
    cache_hours: int = setting(
        48, "How long the same bytes with the same parameters are answered from the cache, in hours."
    )
    reconcile_seconds: int = setting(5, "How often stranded work is looked for, in seconds.")
    dispatch_seconds: int = setting(
        3, "A job whose dispatcher was not woken up after this long is woken up again, in seconds."
    )
    stalled_seconds: int = setting(
        15, "A page with items that nobody has taken after this long is sent again, in seconds; the wait then doubles."
    )
    drain_seconds: int = setting(
        20, "How long a stopping worker may finish what it holds before it hands it back, in seconds."
    )
    # Retention
    result_days: float = setting(0, "How long results are kept, in days; 0 means until somebody removes them.")
    file_days: float = setting(
        0,
        "How long uploaded files are kept whose directory does not expire, in days; 0 means until somebody deletes them.",
    )
    sweep_seconds: int = setting(600, "How often what has expired is removed, in seconds.")
    # Webhooks and downloads
    outbound_allow: list[str] = setting((), "Hosts or networks that webhooks and downloads may reach although private.")
    webhook_hours: int = setting(24, "How long an undelivered webhook is tried, in hours.")
    # Classification
    classify_threshold: float = setting(0.12, "Below this confidence a classified document has no type.")
    # Models, used by the parameters that need one
    llm_base_url: str = setting(
        "", "OpenAI-compatible endpoint; empty means that parameters which need a model are refused."
    )
    llm_api_key: str = setting("", "Key of that endpoint.")
    llm_model: str = setting("", "Model asked for at that endpoint.")
    # Tools found at run time
    tessdata_prefix: str = setting(
        "", "Directory of Tesseract's trained data; empty means looked for.", variable="TESSDATA_PREFIX", place=folder
    )
    soffice: str = setting("", "LibreOffice's `soffice`; empty means looked for on PATH.", place=program)
    chromium: str = setting("", "Chromium; empty means looked for on PATH.", place=program)
    # Logs
    log_level: str = setting("INFO", "Least severe level that is logged.")
    log_format: str = setting("auto", "`json`, `console`, or `auto`: console on a terminal.")

    @classmethod
    def from_env(cls, **overrides: Any) -> Settings:
        """Read the environment; `overrides` win. Raises environs.EnvError for a value that does not fit."""
        env = Env()
        values: dict[str, Any] = {}
        for one in fields(cls):
            value = READERS[str(one.type)](env, variable_of(one), one.default)
            values[one.name] = one.metadata["place"](value) if one.metadata["place"] else value
        return cls(**(values | overrides))

    def places(self) -> dict[str, str]:
        """The variables that name places, absolute: for a process that is started in another folder than this one."""
        found = {variable_of(one): str(getattr(self, one.name)) for one in fields(self) if one.metadata["place"]}
        return {variable: value for variable, value in found.items() if value}

    def effective_database_url(self) -> str:
        """The database: the URL given, else SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir}/sheaf.db"

    def effective_storage_url(self) -> str:
        """The object store: the URL given, else a directory in the data directory."""
        return self.storage_url or f"file://{self.data_dir}/store"

    def secret(self) -> str:
        """The secret key: the one given, else one kept in the data directory, made on first use and readable by its owner only."""
        if self.secret_key:
            return self.secret_key
        path = Path(self.data_dir, "secret.key")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_name(f"secret.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)  # the first of several processes wins
            fresh.unlink()
        return path.read_text()

    def effective_workers(self) -> int:
        """Worker processes to start."""
        return self.workers or default_workers()


READERS: dict[str, Any] = {
    "str": lambda env, name, default: env.str(name, default),
    "int": lambda env, name, default: env.int(name, default),
    "float": lambda env, name, default: env.float(name, default),
    "list[str]": lambda env, name, default: env.list(name, list(default)),
}
