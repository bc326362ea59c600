"""The parts that settings name by URL: whether this process can use them at all, said in a line before anything starts."""

from __future__ import annotations

import kombu
import kombu.exceptions
import sqlalchemy as sa
from kombu.utils.url import sanitize_url

from settings import Settings
from storage import Storage, StorageError, open_storage

BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps")
DATABASES = ("postgresql", "sqlite")
CONNECT_SECONDS = 5


class PartError(Exception):
    """A setting names what cannot be used; the message says which and why."""


def check_database(settings: Settings) -> None:
    """Whether the URL is one and its driver is installed. Raises PartError."""
    try:
        dialect = sa.make_url(settings.effective_database_url()).get_dialect()
    except sa.exc.ArgumentError:
        dialect = None
    if dialect is None or dialect.name not in DATABASES:
        message = "SHEAF_DATABASE_URL must begin with postgresql:// or sqlite:///"
        raise PartError(message)
    try:
        dialect.import_dbapi()
    except ModuleNotFoundError as error:
        message = f"the database needs the package {error.name}, which is in Sheaf's extra `postgres`"
        raise PartError(message) from error


def check_broker(settings: Settings) -> None:
    """Whether the URL is that of a kind of broker. Raises PartError."""
    if settings.broker_url and settings.broker_url.partition("://")[0] not in BROKERS:
        message = f"SHEAF_BROKER_URL must begin with one of {', '.join(f'{one}://' for one in BROKERS)}"
        raise PartError(message)


def check_store(settings: Settings) -> Storage:
    """The store, opened. Raises PartError."""
    url = settings.effective_storage_url()
    try:
        return open_storage(url, endpoint=settings.s3_endpoint, region=settings.s3_region)
    except (ValueError, StorageError) as error:
        message = f"the store cannot be used: {error}"
        raise PartError(message) from error


def reach_broker(settings: Settings) -> None:
    """Wait a little for the broker to answer. Raises PartError."""
    options = {"socket_connect_timeout": CONNECT_SECONDS} if "amqp" not in settings.broker_url else {}
    with kombu.Connection(
        settings.broker_url, connect_timeout=CONNECT_SECONDS, transport_options=options
    ) as connection:
        try:
            connection.ensure_connection(max_retries=2, interval_start=1, timeout=CONNECT_SECONDS)
        except kombu.exceptions.OperationalError as error:
            message = f"the broker {sanitize_url(settings.broker_url)} cannot be used: {error}"
            raise PartError(message) from error
