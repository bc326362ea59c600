"""The parts that settings name by URL: whether this process can use them at all, said in a line before anything starts."""

from __future__ import annotations

import kombu
import kombu.exceptions
import sqlalchemy as sa
from kombu.utils.url import sanitize_url

from models.base import database_url
from settings import Settings
from storage import Storage, StorageError, open_storage

CONNECT_SECONDS = 5
"""How long the broker may take to answer."""


class PartError(Exception):
    """A setting names what cannot be used; the message says which and why."""


def check_database(settings: Settings) -> None:
    """Whether the URL is one and its driver is installed. Raises PartError."""
    try:
        sa.make_url(database_url(settings.effective_database_url())).get_dialect().import_dbapi()
    except (sa.exc.ArgumentError, ValueError) as error:
        message = "SHEAF_DATABASE_URL is no URL of a database"
        raise PartError(message) from error
    except ModuleNotFoundError as error:
        message = f"the database needs the package {error.name}, which is in Sheaf's extra `postgres`"
        raise PartError(message) from error


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
