"""Every setting of Sheaf, once: variable, type, default, bounds and one sentence. `docs/configuration.md` is generated from here.

What the environment says is checked as a whole before anything starts: a wrong value or a misspelt name would otherwise be
noticed when it has done its harm.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from environs import Env, EnvError

DAYS = 36_500
SECONDS = 7 * 86_400
"""What no setting of time exceeds: dates and timers have an end."""

OTHER_VARIABLES = {
    "SHEAF_BASE_URL": "Address of the server that the client commands speak to.",
    "SHEAF_API_KEY": "Key with which the client commands speak to it.",
    "SHEAF_MCP_KEY": "Key that callers of `sheaf mcp --transport http` have to show.",
    "SHEAF_PUBLISH": "Address and port on which docker-compose.yml publishes the API.",
    "SHEAF_CORPUS": "Folder of more documents for tests and benchmarks.",
    "SHEAF_TEST_DATABASE_URL": "PostgreSQL that the tests use instead of one of their own.",
    "SHEAF_BENCH_TRACE": "File into which a benchmark writes what takes time.",
}
"""Variables of this prefix that are no settings of the service."""

SERVICE_LINK = re.compile(r"SHEAF_(\w+_)?(SERVICE_(HOST|PORT\w*)|PORT_\d+_(TCP|UDP)\w*)")
"""What Kubernetes adds to every pod beside a Service whose name begins with `sheaf`; and `…_PORT=tcp://…`."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a setting is besides its type and default."""

    doc: str
    variable: str = ""
    """Its environment variable; empty means `SHEAF_` and the upper-case name."""
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    """How a URL begins."""
    each: str = ""
    """The regular expression that each entry of a list fits."""
    form: str = ""
    """The same in words."""
    place: Place | None = None
    """Makes what names a place mean the same in every folder: a relative path is one from where Sheaf was started."""
    is_secret: bool = False
    """Whether its value is a secret, or may hold one, and is shown nowhere."""

    def allows(self, value: Any) -> bool:
        """Whether a value of the right type may stand."""
        if self.one_of:
            return value in self.one_of
        if self.begins:
            return str(value).startswith(self.begins)
        if self.each:
            return all(re.fullmatch(self.each, one) for one in value)
        is_enough = self.at_least is None or value >= self.at_least
        return is_enough and (self.at_most is None or value <= self.at_most)

    def bounds(self) -> str:
        """What is allowed, in words; empty where anything is."""
        if self.form:
            return self.form
        if self.one_of or self.begins:
            *others, last = self.one_of or self.begins
            chosen = f"{', '.join(others)} or {last}" if others else last
            return f"begins with {chosen}" if self.begins else chosen
        low, high = (f"{one:,.10g}" if one is not None else "" for one in (self.at_least, self.at_most))
        return f"{low} to {high}" if high else f"{low} or more" if low else ""


def setting(default: Any, doc: str, **declared: Any) -> Any:
    """Declare one setting; `declared` are fields of Declaration."""
    declaration = Declaration(doc=doc, **declared)
    return field(default=default, repr=not declaration.is_secret, metadata={"declaration": declaration})


def duration(default: int, doc: str, *, at_least: int = 1) -> Any:
    """Declare a setting in seconds."""
    return setting(default, doc, at_least=at_least, at_most=SECONDS)


def count(default: int, doc: str, *, at_most: int | None = None) -> Any:
    """Declare a setting of which there is at least one."""
    return setting(default, doc, at_least=1, at_most=at_most)


def ceiling(doc: str) -> Any:
    """Declare a number that something may not exceed; 0, the default, is no bound."""
    return setting(0, f"{doc} 0 means no ceiling.", at_least=0)


def declaration_of(one: Field[Any]) -> Declaration:
    """What was declared of a field of Settings."""
    declaration: Declaration = one.metadata["declaration"]
    return declaration


def variable_of(one: Field[Any]) -> str:
    """The environment variable of a setting."""
    return declaration_of(one).variable or f"SHEAF_{one.name.upper()}"


class SettingsError(EnvError):
    """The environment is not valid; `faults` are sentences, one for each variable that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        between = " " if len(faults) == 1 else "\n  "
        super().__init__(between.join(["the environment is not valid:", *faults]))
        self.faults = faults


def default_workers() -> int:
    """One worker process for each processor this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


REDIS = ("redis://", "rediss://", "redis+socket://", "sentinel://")
BROKERS = (*REDIS, "amqp://", "amqps://")


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
        begins=("postgresql://", "postgresql+psycopg://", "postgres://", "sqlite:///"),
        is_secret=True,
    )
    broker_url: str = setting(
        "",
        "Celery broker (`redis://…` or `amqp://…`); empty means an embedded Valkey started by `sheaf serve`.",
        begins=BROKERS,
        is_secret=True,
    )
    result_url: str = setting(
        "",
        "Redis in which chords keep count; empty means the broker, or with RabbitMQ that messages finish their page themselves.",
        begins=REDIS,
        is_secret=True,
    )
    storage_url: str = setting(
        "",
        "Object store (`s3://bucket/prefix` or `file:///path`); empty means the data directory.",
        begins=("file:///", "s3://", "gs://", "az://"),
        is_secret=True,
    )
    s3_endpoint: str = setting("", "Endpoint of an S3-compatible store other than AWS.", begins=("http://", "https://"))
    s3_region: str = setting("", "Region of the S3 bucket.")
    s3_buckets: list[str] = setting((), "Buckets that jobs may name as input or output; empty means none.")
    # Web
    host: str = setting("127.0.0.1", "Address the API listens on.")
    port: int = setting(8000, "Port the API listens on.", at_least=0, at_most=65_535)
    public_url: str = setting(
        "",
        "Base of absolute links, such as downloads; empty means as the request came in.",
        begins=("http://", "https://"),
    )
    secret_key: str = setting(
        "",
        "Encrypts secrets at rest and signs download links; empty means a key kept in the data directory.",
        is_secret=True,
    )
    api_threads: int = count(8, "Threads of each API process.", at_most=1000)
    api_processes: int = count(1, "Processes of the API.", at_most=1000)
    max_upload_mb: int = count(1024, "Largest upload accepted, in MB; a larger one is answered with 413.")
    max_json_mb: int = count(16, "Largest JSON body accepted, in MB.")
    download_seconds: int = duration(3600, "How long a signed download link works, in seconds.")
    ephemeral_days: int = setting(
        7,
        "How long an ephemeral directory lives that was made without `expires_at`, in days.",
        at_least=1,
        at_most=DAYS,
    )
    # Work
    workers: int = setting(
        0, "Worker processes for documents; 0 means one for each processor.", at_least=0, at_most=1000
    )
    max_file_mb: int = count(512, "A larger file is skipped with `size_limit_exceeded`, in MB.")
    max_pages: int = count(5000, "A document with more selected pages fails with TOO_MANY_PAGES.")
    archive_members: int = count(
        500,
        "A ZIP archive that is one document, with more members than this, fails with DOCUMENT_TOO_LARGE.",
        at_most=100_000,
    )
    snapshot_items: int = count(
        50_000, "Jobs up to this size are listed while they are created; larger ones afterwards, page by page."
    )
    window_pages: int = count(8, "Pages of one job that may be in flight at once.")
    message_items: int = count(25, "Small documents sent to a worker in one message.", at_most=1000)
    small_file_kb: int = setting(2048, "Documents up to this size may share a message, in KB.", at_least=0)
    lease_seconds: int = duration(20, "How long an item stays claimed without a sign of life, in seconds.", at_least=2)
    max_attempts: int = count(3, "Runs of an item whose worker dies before it counts as failed.")
    item_timeout_seconds: int = duration(1800, "Longest work on one item, in seconds; then it fails with TIMEOUT.")
    message_timeout_seconds: int = duration(
        60, "Longest work on one document that shares a message, in seconds; then it runs again alone."
    )
    min_job_timeout_seconds: int = duration(120, "Smallest `job_timeout_in_seconds` a job may ask for.")
    item_cpu_seconds: int = duration(
        3600, "Processor time that the work on one item may take, in seconds; then it fails with TIMEOUT."
    )
    item_progress_seconds: int = duration(
        300, "Longest time without a page finished in a process of its own, in seconds; then it fails with TIMEOUT."
    )
    item_memory_mb: int = setting(
        3072, "Memory that the work on one item may take, in MB; more ends it with OUT_OF_MEMORY.", at_least=256
    )
    child_documents: int = count(200, "Documents that a child process reads before it is replaced by a new one.")
    child_seconds: int = duration(3600, "Age at which a child process is replaced by a new one, in seconds.")
    child_memory_mb: int = count(1024, "Memory above which an idle child process is replaced by a new one, in MB.")
    isolation: str = setting(
        "auto",
        "`auto` runs small documents in the worker, `always` runs each in a process of its own.",
        one_of=("auto", "always"),
    )
    cache_hours: int = setting(
        48,
        "How long the same bytes with the same parameters are answered from the cache, in hours.",
        at_least=0,
        at_most=24 * DAYS,
    )
    reconcile_seconds: int = duration(5, "How often stranded work is looked for, in seconds.")
    dispatch_seconds: int = duration(
        3, "A job whose dispatcher was not woken up after this long is woken up again, in seconds."
    )
    stalled_seconds: int = duration(
        15, "A page with items that nobody has taken after this long is sent again, in seconds; the wait then doubles."
    )
    drain_seconds: int = duration(
        20, "How long a stopping worker may finish what it holds before it hands it back, in seconds."
    )
    # Retention
    result_days: float = setting(
        0, "How long results are kept, in days; 0 means until somebody removes them.", at_least=0, at_most=DAYS
    )
    file_days: float = setting(
        0,
        "How long uploaded files are kept whose directory does not expire, in days; 0 means until somebody deletes them.",
        at_least=0,
        at_most=DAYS,
    )
    sweep_seconds: int = duration(600, "How often what has expired is removed, in seconds.")
    # Webhooks and downloads
    outbound_allow: list[str] = setting((), "Hosts or networks that webhooks and downloads may reach although private.")
    webhook_hours: int = setting(
        72, "How long an undelivered webhook is tried, in hours.", at_least=1, at_most=24 * DAYS
    )
    # Classification
    classify_threshold: float = setting(
        0.12, "Below this confidence a classified document has no type.", at_least=0, at_most=1
    )
    classify_model: str = setting(
        "never",
        "Which documents of classify jobs go to the model of SHEAF_LLM_BASE_URL: `never` none, `always` all, `doubtful` those of "
        "whose type the confidence is below .8 without it.",
        one_of=("never", "doubtful", "always"),
    )
    model_parameters: str = setting(
        "refuse",
        "Where no model can be asked, `refuse` answers 422 to parse parameters that need one; with `warn` they are accepted, "
        "change nothing, and leave a warning each in the result.",
        one_of=("refuse", "warn"),
    )
    # Language models
    llm_base_url: str = setting(
        "",
        "Base URL of an OpenAI-compatible endpoint, such as `http://127.0.0.1:11434/v1`; empty means that no model is asked.",
        begins=("http://", "https://"),
    )
    llm_api_key: str = setting("", "Key of that endpoint.", is_secret=True)
    llm_model: str = setting("", "Name of its model; needed with SHEAF_LLM_BASE_URL.")
    llm_small_model: str = setting("", "Name of its model for the tier `agentic`; empty means SHEAF_LLM_MODEL.")
    llm_vision_model: str = setting(
        "",
        "Name of its model that is shown pictures of pages, by agents too; empty means SHEAF_LLM_MODEL, and not by agents.",
    )
    llm_embedding_model: str = setting(
        "",
        "Name of its model for embeddings, by which classify jobs compare documents with rules and examples too; empty means by "
        "words and looks alone.",
    )
    llm_aliases: list[str] = setting(
        (),
        "Names of models that jobs use, each with what the endpoint calls it: `openai-gpt-4-1=qwen3:32b`.",
        each=r"[^=]+=.+",
        form="entries such as `name=model`",
    )
    llm_other_models: str = setting(
        "refuse",
        "`refuse` answers 422 to names of models that nobody knows here; with `pass` they go to the endpoint as they are.",
        one_of=("refuse", "pass"),
    )
    llm_vendors: list[str] = setting(
        (
            "openai=https://api.openai.com/v1",
            "anthropic=https://api.anthropic.com/v1",
            "google=https://generativelanguage.googleapis.com/v1beta/openai",
        ),
        "Where the models of vendors are asked for which jobs bring keys of their own; `none` means nowhere.",
        each=r"(openai|anthropic|google)=https?://.+|none",
        form="entries such as `openai=https://host/v1`, with openai, anthropic and google, or `none`",
    )
    llm_prices: list[str] = setting(
        (),
        "What a million tokens of questions and of answers cost, by model: `gpt-4.1=2/8`; the cost of each document is told then.",
        each=r"[^=]+=\d+(\.\d+)?(/\d+(\.\d+)?)?",
        form="entries such as `model=2/8`",
    )
    llm_concurrency: int = count(
        4,
        "Requests that all workers together have under way at once at that endpoint, and for each job with a key of its own.",
        at_most=1000,
    )
    llm_item_questions: int = ceiling(
        "Questions that may be answered for one item; then its pages stay as they were read without."
    )
    llm_item_tokens: int = ceiling("Tokens of questions and answers for one item; then the same.")
    llm_job_questions: int = ceiling("Questions that may be answered for all items of one job; then the same.")
    llm_job_tokens: int = ceiling("Tokens of questions and answers for all items of one job; then the same.")
    llm_project_questions: int = ceiling(
        "Questions that may be answered for one project within 24 hours; then the same."
    )
    llm_project_tokens: int = ceiling("Tokens of questions and answers for one project within 24 hours; then the same.")
    llm_timeout_seconds: int = duration(120, "Longest wait for one answer of a model, in seconds.")
    # Tools found at run time
    tessdata_prefix: str = setting(
        "", "Directory of Tesseract's trained data; empty means looked for.", variable="TESSDATA_PREFIX", place=folder
    )
    ocr_engine: str = setting(
        "auto",
        "What reads text in pictures: `tesseract` (found on PATH), `rapidocr` (the extra `ocr`), or with `auto` the one "
        "that reads most languages of a job, and of several the better one.",
        one_of=("auto", "tesseract", "rapidocr"),
    )
    soffice: str = setting("", "LibreOffice's `soffice`; empty means looked for on PATH.", place=program)
    chromium: str = setting("", "Chromium; empty means looked for on PATH.", place=program)
    # Logs
    log_level: str = setting(
        "INFO", "Least severe level that is logged.", one_of=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    )
    log_format: str = setting(
        "auto", "`json`, `console`, or `auto`: console on a terminal.", one_of=("auto", "console", "json")
    )

    @classmethod
    def from_env(cls, **overrides: Any) -> Settings:
        """Read the environment; `overrides` win, and an empty variable is none. Raises SettingsError for all that is wrong."""
        variables = {name: value for name, value in os.environ.items() if value}
        values: dict[str, Any] = {}
        faults = list(unknown(variables, {variable_of(one) for one in fields(cls)}))
        for one in fields(cls):
            try:
                values[one.name] = read_variable(one, variables)
            except ValueError as error:
                faults.append(str(error))
        if values.get("llm_base_url") and not values.get("llm_model"):
            faults.append("SHEAF_LLM_BASE_URL needs SHEAF_LLM_MODEL, the name of a model there")
        if values.get("classify_model", "never") != "never" and not values.get("llm_base_url"):
            faults.append(f"SHEAF_CLASSIFY_MODEL={values['classify_model']} needs SHEAF_LLM_BASE_URL, where to ask")
        if values.get("llm_embedding_model") and not values.get("llm_base_url"):
            faults.append("SHEAF_LLM_EMBEDDING_MODEL needs SHEAF_LLM_BASE_URL, where to ask")
        if faults:
            raise SettingsError(faults)
        return cls(**(values | overrides))

    def places(self) -> dict[str, str]:
        """The variables that name places, absolute: for a process that is started in another folder than this one."""
        places = {variable_of(one): str(getattr(self, one.name)) for one in fields(self) if declaration_of(one).place}
        return {variable: value for variable, value in places.items() if value}

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


READERS: dict[str, tuple[Callable[[Env, str], Any], str]] = {
    "str": (lambda env, name: env.str(name), ""),
    "int": (lambda env, name: env.int(name), "a whole number"),
    "float": (lambda env, name: env.float(name), "a number"),
    "list[str]": (lambda env, name: [one.strip() for one in env.list(name, subcast=str) or ()], ""),
}
"""How each type is read, and what it is called."""


def read_variable(one: Field[Any], variables: Mapping[str, str]) -> Any:
    """The value of a setting. Raises ValueError with a sentence."""
    variable, declared = variable_of(one), declaration_of(one)
    reader, kind = READERS[str(one.type)]
    default: Any = one.default
    value: Any
    if variable not in variables:
        value = default if kind or isinstance(default, str) else list(default)
    else:
        try:
            value = reader(Env(), variable)
        except EnvError:
            value = None
        if value is None or not declared.allows(value):
            allowed = ", ".join(filter(None, [kind, declared.bounds()]))
            shown = "has a value that is not shown" if declared.is_secret else f"is {variables[variable]!r}"
            message = f"{variable} {shown}; allowed: {allowed}"
            raise ValueError(message)
    return declared.place(value) if declared.place else value


def unknown(variables: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each variable of Sheaf's prefix that nobody reads; their values are not shown."""
    for name, value in sorted(variables.items()):
        is_link = SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and value.startswith("tcp://"))
        if not name.startswith("SHEAF_") or name in known or name in OTHER_VARIABLES or is_link:
            continue
        endings = [one.removeprefix("SHEAF_") for one in (*known, *OTHER_VARIABLES)]
        close = difflib.get_close_matches(name.removeprefix("SHEAF_"), endings, n=1)
        advice = f"did you mean SHEAF_{close[0]}?" if close else "docs/configuration.md lists all"
        yield f"{name} is no setting; {advice}"
