"""Noticing that the broker was emptied: it has lost the mark that was left in it.

A Redis that restarts without persistence, fails over to an empty replica or is flushed has forgotten every message, and says
nothing. The reconciler therefore leaves a mark in the broker and remembers it in SQL. Where the two differ, all pages that
were sent count as stalled at once, instead of each after its own back-off. RabbitMQ keeps its messages on disk and needs no mark.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu import Connection
from sqlalchemy.exc import IntegrityError

from models import BatchPage, BrokerEpoch, Session, read_session
from models.base import new_uuid
from tasks import context
from tasks.celery import app
from tasks.publish import BROKER_ERRORS

logger = logging.getLogger(__name__)

KEY = "sheaf:epoch"
"""Where the mark lies in the broker's database, which belongs to Sheaf alone."""


def notice_emptied_broker() -> bool:
    """Whether the broker has lost its mark since it was left there; then every sent page is due to be sent again.

    Of several reconcilers one answers True. A crash on the way is harmless: the mark is left last, so the next one sees the
    same again.
    """
    if "redis" not in str(app.conf.broker_url).partition("://")[0]:
        return False
    with read_session() as session:
        known = BrokerEpoch.known(session)
    try:
        with app.connection_for_write() as connection:
            broker = connection.default_channel.client  # type: ignore[attr-defined] # of kombu's Redis transport
            mark = broker.get(KEY)
            if known is not None and mark == known.encode():
                return False
            fresh = new_uuid()
            if not _replace(known, fresh):
                return False
            broker.set(KEY, fresh)
    except BROKER_ERRORS as error:
        logger.warning("the broker cannot be asked for its mark: %s", error)
        return False
    if known is not None:
        logger.warning("the broker was emptied; what had been sent is sent again")
    return known is not None


def has_nothing(queue: str) -> bool:
    """Whether the broker says that no message waits in a queue; False when it cannot be asked."""
    try:
        with app.connection_for_read(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            return not depth(connection, queue)
    except BROKER_ERRORS:
        return False


def depth(connection: Connection, name: str) -> int:
    """How many messages wait in a queue; 0 when there is no such queue. Raises BROKER_ERRORS."""
    with connection.channel() as channel:  # one for each queue: asking for an absent one closes the channel on RabbitMQ
        try:
            queue: Any = app.amqp.queues[name].bind(channel)  # kombu's types know only a queue's name as the answer
            count: int = queue.queue_declare(passive=True).message_count
        except connection.channel_errors:
            return 0
        return count


def _replace(known: str | None, fresh: str) -> bool:
    """Remember the new mark, and make what was sent under the old one due, in one transaction."""
    settings = context.current().settings
    try:
        with Session.begin() as session:
            if not BrokerEpoch.replace(session, known, fresh):
                return False
            if known is not None:
                BatchPage.forget_sends(session, settings.stalled_seconds)
    except IntegrityError:  # another reconciler left the first mark
        return False
    return True
