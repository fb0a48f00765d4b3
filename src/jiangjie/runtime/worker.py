"""The worker: runs the duties of all apps when their time has come or when one is woken."""

import asyncio
import contextlib
import logging
import signal
import threading
import zlib
from collections.abc import Iterator

from django.db import connection, connections
from procrastinate import App
from procrastinate.contrib.django import app as site_app
from procrastinate.jobs import Status

from jiangjie import jobs
from jiangjie.jobs import Duty
from jiangjie.web import clock

logger = logging.getLogger(__name__)

CONCURRENCY = 3  # duties at a time; one that computes for long must not hold up the others
STALLED_AFTER = 30.0  # seconds without a sign of life of the worker that held a job

_stopping = threading.Event()


def run_duty(duty: Duty) -> int:
    """Slices of the duty until nothing is due or the worker stops; returns how many did work.

    Does nothing while another worker has it: that one goes on until nothing is left.
    """
    slices = 0
    with _held(duty.name) as is_ours:
        while is_ours and not _stopping.is_set() and duty.work(clock.now()):
            slices += 1
    return slices


@contextlib.contextmanager
def _held(name: str) -> Iterator[bool]:
    """A lock that PostgreSQL gives up by itself when this process dies."""
    key = zlib.crc32(name.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [0x6A6A, key - 2**31])
        is_ours: bool = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [0x6A6A, key - 2**31])


def run_worker() -> None:
    """Work until SIGTERM or Ctrl-C; a slice that has begun is finished first."""
    asyncio.run(_work())


async def _work() -> None:
    duties = {duty.name: duty for duty in jobs.duties()}

    def work(timestamp: int = 0, *, name: str) -> None:
        try:
            run_duty(duties[name])
        finally:
            connections.close_all()  # this thread's connection goes back to the pool

    app = _worker_app()
    task = app.task(name=jobs.TASK)(work)
    for duty in duties.values():
        app.periodic(
            cron=duty.cron,
            periodic_id=duty.name,
            queueing_lock=duty.name,
            task_kwargs={"name": duty.name},
        )(task)

    loop = asyncio.get_running_loop()
    async with app.open_async():
        await drop_stalled(app)
        worker = asyncio.create_task(
            app.run_worker_async(
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                install_signal_handlers=False,
                stalled_worker_timeout=STALLED_AFTER,
            )
        )

        def stop() -> None:
            _stopping.set()
            worker.cancel()

        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, stop)
        sweeper = asyncio.create_task(_drop_stalled_for_ever(app))
        with contextlib.suppress(asyncio.CancelledError):
            await worker
        sweeper.cancel()


def _worker_app() -> App:
    """The site's app on a connection of its own, that can listen and needs no thread."""
    return site_app.with_connector(site_app.connector.get_worker_connector())  # type: ignore[attr-defined]


async def drop_stalled_once() -> int:
    app = _worker_app()
    async with app.open_async():
        return await drop_stalled(app)


async def _drop_stalled_for_ever(app: App) -> None:
    while True:
        await asyncio.sleep(STALLED_AFTER)
        await drop_stalled(app)


async def drop_stalled(app: App) -> int:
    """Take away the jobs of killed workers: their duties are woken anew by the clock."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER))
    for job in stalled:
        logger.warning("job %s of a worker that is gone is dropped", job.id)
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
    return len(stalled)
