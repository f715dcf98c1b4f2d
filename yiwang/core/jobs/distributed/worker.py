"""The worker at a site: Celery takes the steps of one queue, processes of a pool carry them out."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
from typing import Any, ClassVar

from celery import Celery, bootsteps
from celery.signals import worker_process_init
from celery.worker.consumer import Consumer
from kombu import Consumer as Listener
from kombu import Exchange, Queue

from yiwang.core.errors import JobError
from yiwang.core.jobs.apart import PR_SET_PDEATHSIG
from yiwang.core.jobs.distributed.broker import Broker
from yiwang.core.jobs.distributed.executor import NO_QUEUE
from yiwang.core.jobs.distributed.messages import TASK, RefusedError, read_step, read_stop
from yiwang.core.jobs.distributed.step import Post, carry_out_here
from yiwang.core.jobs.distributed.topology import STEPS, step_queue, stop_queue

STEPS_A_PROCESS = 1000
"""After so many steps a process of the pool gives way to a new one, should a handler leak memory."""
STOPS_SINCE = "1h"
_STOPS_AT_ONCE = 100

log = logging.getLogger("yiwang.worker")


class Stops(bootsteps.ConsumerStep):  # type: ignore[misc]
    """Reads which steps are to stop, beside the steps themselves and from an hour back, should the link be new."""

    def __init__(self, consumer: Any, **options: Any) -> None:
        self._post: Post = consumer.app.post
        super().__init__(consumer, **options)

    def get_consumers(self, channel: Any) -> list[Any]:
        """The listener on the site's stream."""
        since = {"x-stream-offset": STOPS_SINCE}
        queue = Queue(stop_queue(self._post.site), no_declare=True, consumer_arguments=since)
        listener = Listener(
            channel, [queue], on_message=self._on_message, prefetch_count=_STOPS_AT_ONCE, auto_declare=False
        )
        return [listener]

    def _on_message(self, message: Any) -> None:
        try:
            self._post.stop(read_stop(message.body))
        except (RefusedError, OSError) as error:
            log.warning("a request to stop was left out: %s", error)
        message.ack()


class SiteConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer without the step that declares exchanges, for which a site has no right."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]
        """Its steps."""

        default_steps: ClassVar = [each for each in Consumer.Blueprint.default_steps if "delayed_delivery" not in each]


class SiteApp(Celery):  # type: ignore[misc]
    """Celery for one site; connections come from our own broker settings, so that no URL holds a password."""

    post: Post

    def _connection(self, url: Any, **_options: Any) -> Any:
        return self.post.broker.connection()


def site_queue(site: str) -> Queue:
    """The queue of a site's steps as Celery sees it: there already, and to be read as a quorum queue."""
    exchange = Exchange(STEPS, "direct", no_declare=True)
    return Queue(
        step_queue(site), exchange, routing_key=site, no_declare=True, queue_arguments={"x-queue-type": "quorum"}
    )


def make_app(post: Post) -> SiteApp:
    """Celery as a transport: acknowledged late, one step for each process, no results, no remote control."""
    app = SiteApp("yiwang", set_as_current=False)
    app.post = post
    app.conf.update(
        broker_url="amqp://",
        task_queues=[site_queue(post.site)],
        task_default_queue=step_queue(post.site),
        task_default_exchange=STEPS,
        task_default_routing_key=post.site,
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        # What a worker cannot even begin comes back to the controller instead of vanishing.
        task_acks_on_failure_or_timeout=False,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_consumer=f"{__name__}:{SiteConsumer.__name__}",
        broker_heartbeat=post.broker.heartbeat_seconds,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
    )
    app.steps["consumer"].add(Stops)

    @app.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]
    def step(task: Any, data: Any) -> None:
        is_again = bool(task.request.delivery_info.get("redelivered"))
        carry_out_here(post, read_step(data), is_again=is_again)

    return app


def _die_with(parent: int) -> None:
    # Else a process of the pool outlives a parent that was killed, and works beside the step's next copy.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def require_queues(broker: Broker, site: str) -> None:
    """Raise JobError when one cannot log in (E0534), or the site has no queues (E0533)."""
    broker.require()
    with broker.connection() as connection:
        for name in (step_queue(site), stop_queue(site)):
            try:
                connection.channel().queue_declare(queue=name, passive=True)
            except connection.channel_errors as error:
                raise JobError(NO_QUEUE, site=site) from error


def work(post: Post, *, processes: int) -> int:
    """Carry out steps until SIGTERM, which lets those under way end; returns the exit code.

    Raises:
        JobError: the broker cannot be reached (E0534), or has no queues for the site (E0533).
    """
    require_queues(post.broker, post.site)
    post.prepare()
    parent = os.getpid()
    worker_process_init.connect(lambda **_signal: _die_with(parent), weak=False)
    worker = make_app(post).Worker(
        hostname=post.worker.replace("/", "@", 1),
        queues=[step_queue(post.site)],
        concurrency=processes,
        pool="prefork",
        optimization="fair",
        max_tasks_per_child=STEPS_A_PROCESS,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        task_events=False,
        loglevel="WARNING",
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
