"""Bringing an installation up to date before it serves: tables, cache, shipped data, statics."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from jiangjie.catalogue import services as catalogue
from jiangjie.web import clock

_UPDATE = 0x7570646174  # advisory lock: of several servers that start, one updates


def bring_up_to_date() -> int:
    """Migrate, seed and collect what is missing; returns how many migrations were applied.

    Several processes may start together on one database: the others wait and find it done.
    """
    with _alone():
        pending = pending_migrations()
        if pending:
            call_command("migrate", verbosity=0, interactive=False)
            catalogue.seed(at=clock.now())
        call_command("createcachetable", verbosity=0)
    collect_static()
    return len(pending)


def pending_migrations() -> list[str]:
    """Migrations of this program that the database has not had, as "app.name"."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def collect_static() -> bool:
    """Copy the static files under their hashed names, unless that is done for these very files."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    wanted = _static_state()
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return False
    call_command("collectstatic", verbosity=0, interactive=False)
    draft = stamp.with_suffix(f".{os.getpid()}")
    draft.write_text(wanted, "ascii")
    draft.replace(stamp)
    return True


def _static_state() -> str:
    """Changes with the name, size or age of any static file."""
    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            seen.update(f"{name}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return seen.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_UPDATE])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_UPDATE])
