"""Web server and worker in one command, with a PostgreSQL of our own where none is named."""

import argparse
import contextlib
import errno
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from jiangjie.kernel.errors import BadInput, gettext_noop

if TYPE_CHECKING:
    from jiangjie.runtime.cluster import Cluster

HELP = "启动网站（含后台任务；没有指定数据库时自带 PostgreSQL）"

# With 3,000 keep-alive clients granian's defaults gave a p95 of 7 s (an earlier measurement).
BACKLOG = 8192  # connections that may wait
BACKPRESSURE = 4096  # requests that one process holds
THREADS = 16  # of one process; below the 20 database connections of its pool
STOP_WITHIN = 20  # seconds for requests and jobs under way
PORTS_TRIED = 50
LOOK_EVERY = 1.0  # seconds, whether our PostgreSQL lives


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", type=int, help="端口（默认 8000，被占用时用下一个空闲端口）")
    parser.add_argument("--no-worker", action="store_true", help="不启动自带的后台任务进程")


def run(args: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangjie.settings")
    from django.conf import settings

    config = settings.CONFIG
    # Until the web server takes the signal over, it too must end in good order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with own_postgres():
        prepare()
        host = args.host or config.host
        port = free_port(host, config.port if args.port is None else args.port)
        with contextlib.ExitStack() as stack:
            if not args.no_worker:
                stack.enter_context(embedded_worker())
            serve_web(host, port, config.web_processes)
    return 0


@contextlib.contextmanager
def own_postgres() -> Iterator[None]:
    """Our own server is there; at the end it is stopped if it was started here."""
    from django.conf import settings

    if settings.CLUSTER is None:
        yield
        return
    password = settings.KEYS.database.hex()
    was_started = settings.CLUSTER.ensure_running(password)
    is_over = threading.Event()
    keeper = threading.Thread(
        target=_keep_postgres, args=[settings.CLUSTER, password, is_over], name="postgres-keeper"
    )
    try:
        settings.CLUSTER.ensure_database(password)
        keeper.start()
        yield
    finally:
        is_over.set()
        if keeper.ident is not None:
            keeper.join()
        if was_started:
            settings.CLUSTER.stop()


def _keep_postgres(cluster: "Cluster", password: str, is_over: threading.Event) -> None:
    """Start it again when it has died; what was committed is there after its recovery."""
    said = ""
    while not is_over.wait(LOOK_EVERY):
        try:
            if not cluster.is_running() and cluster.ensure_running(password):
                print("数据库曾中断，已重新启动。", file=sys.stderr, flush=True)
        except BadInput as why:  # e.g. children of the dead one still hold its memory; or no disk
            if str(why) != said:
                said = str(why)
                print(said, file=sys.stderr, flush=True)


def prepare() -> None:
    """Tables, shipped data and static files; BadInput when the database cannot be reached."""
    import django
    from django.db import OperationalError, connections

    django.setup()
    from jiangjie.runtime.installation import bring_up_to_date

    try:
        bring_up_to_date()
    except OperationalError as why:
        raise BadInput(gettext_noop("无法连接数据库：%(why)s"), why=why) from why
    connections["default"].close()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def free_port(host: str, wanted: int) -> int:
    """The wanted port or the next one that nobody listens on. BadInput for a wrong address."""
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # Without SO_REUSEPORT, which would share the port with another server.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as why:
            if why.errno == errno.EADDRINUSE:
                continue
            raise BadInput(
                gettext_noop("无法监听%(host)s:%(port)d：%(why)s"), host=host, port=port, why=why
            ) from why
        return port
    raise BadInput(
        gettext_noop("%(host)s 上从%(port)d起的%(count)d个端口都已被占用。"),
        host=host,
        port=wanted,
        count=PORTS_TRIED,
    )


@contextlib.contextmanager
def embedded_worker() -> Iterator[None]:
    """A worker process beside the web, started again when it dies."""
    is_over = threading.Event()
    held: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not is_over.is_set():
            # A session of its own: Ctrl-C reaches us, and we stop the worker after the web.
            worker = subprocess.Popen(
                [sys.executable, "-m", "jiangjie.cli", "worker", "--with-parent"],
                start_new_session=True,
            )
            held[:] = [worker]
            if is_over.is_set():
                worker.terminate()
            worker.wait()
            is_over.wait(1)

    keeper = threading.Thread(target=keep, name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        for worker in held:
            worker.terminate()
        keeper.join(STOP_WITHIN)
        for worker in held:
            worker.kill()
        keeper.join()


def serve_web(host: str, port: int, processes: int) -> None:
    """Serve until SIGTERM or Ctrl-C; a web process that dies is replaced."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    multiprocessing.set_start_method("spawn", force=True)  # no threads or pools are inherited
    server = Server(
        "jiangjie.runtime.web:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN,
    )
    threading.Thread(target=_announce, args=[host, port], daemon=True).start()
    server.serve()


def _announce(host: str, port: int) -> None:
    """Say where, once it answers."""
    reached = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared only
    while True:
        with contextlib.suppress(OSError), socket.create_connection((reached, port), timeout=1):
            break
        time.sleep(0.05)
    shown = f"[{reached}]" if ":" in reached else reached
    print(f"匠阶 http://{shown}:{port}/  （Ctrl+C 停止）", flush=True)
