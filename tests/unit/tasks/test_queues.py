"""Queues and priorities: one order for both kinds of broker, which disagree on which end of a number is the urgent one."""

from __future__ import annotations

import pytest
from kombu.utils.scheduling import cycle_by_name

from settings import Settings
from tasks.celery import transport_options
from tasks.queues import HIGHEST_AMQP, LEVELS, PRIORITIES, priority_of

REDIS, RABBITMQ = "redis://127.0.0.1", "amqp://127.0.0.1"
BY_URGENCY = [(name, again) for name in PRIORITIES for again in (True, False)]
"""What is sent again goes before all that waits in its own priority, and after whatever is more urgent."""


@pytest.mark.parametrize("broker", [REDIS, RABBITMQ])
def test_what_is_sent_again_goes_first_within_its_priority(broker: str) -> None:
    numbers = [priority_of(name, broker, again=again) for name, again in BY_URGENCY]
    assert numbers == sorted(set(numbers), reverse=broker == RABBITMQ)


def test_a_long_queue_puts_no_other_off() -> None:
    """Of Redis, which gives what is in the first list that is not empty: the queue that was served comes last."""
    options = transport_options(Settings(broker_url=REDIS), REDIS)
    cycle = cycle_by_name(options["queue_order_strategy"])(["parse", "classify"])
    first = [cycle.rotate(cycle.consume(2)[0]) for _ in range(4)]
    assert first == ["parse", "classify"] * 2


def test_each_number_has_a_list_in_redis_and_fits_into_the_queues_of_rabbitmq() -> None:
    assert {priority_of(name, REDIS, again=again) for name, again in BY_URGENCY} == set(range(LEVELS))
    assert all(0 <= priority_of(name, RABBITMQ, again=again) <= HIGHEST_AMQP for name, again in BY_URGENCY)
