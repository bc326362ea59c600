"""The Celery application: queues, priorities, and each setting with its reason."""

from __future__ import annotations

from typing import Any, TypedDict

from celery import Celery, signals
from celery.concurrency.prefork import TaskPool as PreforkPool
from celery.worker import WorkController
from celery.worker.consumer import Consumer
from kombu import Queue

from settings import Settings
from tasks import context, draining, ending, lanes, log_context, logs, noise, presence
from tasks.queues import HIGHEST_AMQP, LEVELS, QUEUES, priority_of

SILENCE_SECONDS = 4
"""How long a Redis may leave a request unanswered."""
CONNECT_SECONDS = 5
"""How long the connection to one may take."""
HEALTH_SECONDS = 3
"""How often a connection to Redis is looked at, in seconds."""


def create(settings: Settings) -> Celery:
    """The application for these settings."""
    broker = settings.broker_url or "memory://"
    celery_app: Celery[Any] = Celery(
        "sheaf",
        task_cls=log_context.MessageTask,
        include=["tasks.batch", "tasks.webhooks", "tasks.reconciler", "tasks.retention"],
    )
    celery_app.conf.update(
        broker_url=broker,
        result_backend=settings.result_url or (broker if "redis" in broker.split("://")[0] else None),
        task_ignore_result=True,  # results are in SQL; a chord counts its header without them
        result_expires=86_400,  # 0 would lose chord callbacks (celery#5237)
        task_acks_late=True,  # a message belongs to its worker until the work is done …
        task_reject_on_worker_lost=True,  # … and goes back to the queue when the process dies
        worker_prefetch_multiplier=1,  # a long document must not hold others behind it
        task_queues=[
            Queue(name, routing_key=name, queue_arguments={"x-max-priority": HIGHEST_AMQP}) for name in QUEUES
        ],
        task_default_queue="control",
        task_create_missing_queues=False,  # a message to a queue nobody serves would wait for ever
        task_routes={"webhooks.*": {"queue": "webhooks"}},
        task_default_priority=priority_of("medium", broker),
        broker_transport_options=transport_options(settings, broker),
        redis_socket_timeout=SILENCE_SECONDS,  # the same bounds for the counting of chords
        redis_socket_connect_timeout=CONNECT_SECONDS,
        redis_backend_health_check_interval=HEALTH_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a worker outlives its broker's absence
        worker_cancel_long_running_tasks_on_connection_loss=False,  # a redelivered item is refused by its token anyway
        worker_max_tasks_per_child=400,  # native parsers leak; a message holds up to `message_items` documents
        worker_max_memory_per_child=settings.item_memory_mb * 1024,
        worker_soft_shutdown_timeout=0,  # it would sleep all of it, whoever is done: see bound_drain
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,  # 0.8 ms a message; `sheaf worker --events` switches it on for Flower
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        beat_schedule_filename=f"{settings.data_dir}/beat",
        beat_schedule={
            "reconcile": {
                "task": "upkeep.reconcile",
                "schedule": float(settings.reconcile_seconds),
                # a tick that waited behind others is worthless: the next one sees the same
                "options": {"expires": settings.reconcile_seconds * 4.0, "queue": "control"},
            },
            "sweep": {
                "task": "upkeep.sweep",
                "schedule": float(settings.sweep_seconds),
                "options": {"expires": float(settings.sweep_seconds), "queue": "control"},
            },
        },
    )
    return celery_app


def transport_options(settings: Settings, broker: str) -> dict[str, Any]:
    """Options of the Redis transport; RabbitMQ needs none."""
    if "redis" not in broker:
        return {"confirm_publish": True}
    return {
        # A message is redelivered after this long without an acknowledgement: longer than the longest work on it.
        "visibility_timeout": 2 * longest_message_seconds(settings) + 600,
        "queue_order_strategy": "round_robin",  # a long queue of parse jobs must not put off those that classify
        "priority_steps": list(range(LEVELS)),
        "socket_timeout": SILENCE_SECONDS,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_keepalive": True,
        # A half-open connection takes what is written and never answers: a consumer whose poll is unanswered for longer than
        # this, and a second, connects anew.
        "health_check_interval": HEALTH_SECONDS,
        # A publisher without a connection tries again for a moment, not for the six seconds of kombu; consumers go on for ever.
        "max_retries": 2,
        "interval_start": 0.1,
        "interval_step": 0.2,
    }


def longest_message_seconds(settings: Settings) -> int:
    """How long the work on one message may take: on one document that is alone, or on as many as may share one."""
    return max(settings.item_timeout_seconds, settings.message_items * settings.message_timeout_seconds)


app = create(Settings.from_env())
app.set_default()  # threads too: what a request's publisher thread sends goes to this broker


signals.before_task_publish.connect(log_context.take_along, weak=False)
signals.task_prerun.connect(log_context.begin, weak=False)


@signals.setup_logging.connect(weak=False)
def configure_logging(**_: object) -> None:
    """Sheaf's own log format instead of Celery's."""
    logs.configure(Settings.from_env())


@signals.celeryd_init.connect(weak=False)
def bound_end_of_worker(**_: object) -> None:
    """A worker ends within its grace period, whatever its main thread waits for."""
    seconds = Settings.from_env().drain_seconds
    ending.EndKeeper(seconds, draining.is_busy, lambda: draining.begin(seconds), after_drain).begin()


@signals.beat_init.connect(weak=False)
def bound_end_of_beat(**_: object) -> None:
    """The clock has nothing to finish."""
    ending.EndKeeper().begin()


@signals.worker_process_init.connect(weak=False)
@signals.beat_init.connect(weak=False)
def after_fork(**_: object) -> None:
    """Each process opens its own connections: sockets that two processes share mix up their answers."""
    context.forget()


class Served(TypedDict, total=False):
    """A worker's name, `NAME@HOST`, and the queues that it takes messages from; empty before it is set up."""

    name: str
    queues: list[str]


served: Served = {}
"""Of this worker; its pool's processes inherit it."""


@signals.celeryd_after_setup.connect(weak=False)
def note_what_is_served(sender: str, instance: WorkController, **_: object) -> None:
    """Remember it before the pool is forked, and how many threads there are for what waits."""
    lanes.DELIVERIES.resize(instance.concurrency)  # type: ignore[attr-defined] # its types lack it
    served.update({"name": sender, "queues": list(instance.app.amqp.queues.consume_from)})


@signals.worker_process_init.connect(weak=False)
def process_is_ready(**_: object) -> None:
    """A pool process says that it lives."""
    presence.begin(**served)


@signals.worker_ready.connect(weak=False)
def worker_is_ready(sender: Consumer, **_: object) -> None:
    """A worker without such processes says so itself."""
    if not isinstance(sender.pool, PreforkPool):
        presence.begin(**served)


@signals.worker_shutting_down.connect(weak=False)
def bound_drain(how: str = "", **_: object) -> None:
    """A warm shutdown waits for ever; after `drain_seconds` it becomes a cold one (tasks.draining)."""
    if how == "Warm":
        draining.begin(Settings.from_env().drain_seconds)


@signals.worker_shutdown.connect(weak=False)
def after_drain(**_: object) -> None:
    """Whatever the pool still held when it was ended goes back."""
    draining.hand_back_unfinished()
    presence.end()


@signals.worker_process_init.connect(weak=False)
def catch_noise(**_: object) -> None:
    """What libraries print in a pool process goes to the log, with the item it is about."""
    noise.divert()
    logs.configure(Settings.from_env())


@signals.worker_process_shutdown.connect(weak=False)
def before_exit(**_: object) -> None:
    """A pool process takes its engine's child with it."""
    presence.end()
    context.close()
