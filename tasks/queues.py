"""Queues and priorities, in one place: brokers disagree on which end of a priority is the urgent one."""

from __future__ import annotations

QUEUES = ("control", "parse", "classify", "webhooks")
"""Dispatching and finishing, the two kinds of work, and deliveries: each may have workers of its own."""

PRIORITIES = ("critical", "high", "medium", "low")
"""The four priorities of the API, most urgent first."""

LEVELS = 2 * len(PRIORITIES)
"""Of each priority two: what is sent again goes first, so that it does not wait behind all that is in the queue already."""

HIGHEST_AMQP = 9
"""The most urgent priority on RabbitMQ: `x-max-priority` of each queue."""


def priority_of(name: str, broker_url: str, *, again: bool = False) -> int:
    """The broker's number for a priority of the API: 0 is the most urgent on Redis and the least on RabbitMQ."""
    level = 2 * PRIORITIES.index(name) + (not again)
    return HIGHEST_AMQP - level if broker_url.startswith(("amqp", "pyamqp")) else level
