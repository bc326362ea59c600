"""Queues and priorities, in one place: brokers disagree on which end of a priority is the urgent one."""

from __future__ import annotations

QUEUES = ("control", "parse", "classify", "webhooks")
"""Dispatching and finishing, the two kinds of work, and deliveries: each may have workers of its own."""

PRIORITIES = ("critical", "high", "medium", "low")
"""The four priorities of the API, most urgent first."""

HIGHEST_AMQP = 9


def priority_of(name: str, broker_url: str) -> int:
    """The broker's number for a priority of the API: 0 is the most urgent on Redis and the least on RabbitMQ."""
    rank = PRIORITIES.index(name)
    return HIGHEST_AMQP - 3 * rank if broker_url.startswith(("amqp", "pyamqp")) else rank
