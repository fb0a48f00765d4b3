"""The suite's own PostgreSQL, in a throw-away home, unless JIANGJIE_HOME names one to reuse."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, override_settings
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from jiangjie.runtime.cluster import Cluster
from jiangjie.runtime.keys import load_or_create

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright runs a loop in this thread

_OWNER = "PYTEST_XDIST_WORKER" not in os.environ
if _OWNER and "JIANGJIE_HOME" not in os.environ:
    os.environ["JIANGJIE_HOME"] = tempfile.mkdtemp(prefix="jiangjie-test-")
    Path(os.environ["JIANGJIE_HOME"]).chmod(0o755)
    _THROW_AWAY = True
else:
    _THROW_AWAY = False
HOME = Path(os.environ["JIANGJIE_HOME"])
# Named here and not in pyproject.toml: pytest-django would read the settings, with the keys and
# files of the user's own home, before this file could name another.
os.environ["DJANGO_SETTINGS_MODULE"] = "jiangjie.settings"
django.setup()

if "JIANGJIE_DATABASE_URL" not in os.environ:
    cluster = Cluster(HOME, durable=False)
    if _OWNER:
        cluster.ensure_running(load_or_create(HOME / "keys").database.hex())


def pytest_unconfigure(config: pytest.Config) -> None:
    if _THROW_AWAY:
        if "JIANGJIE_DATABASE_URL" not in os.environ:
            cluster.stop()
            shutil.rmtree(cluster.root, ignore_errors=True)
            shutil.rmtree(cluster.socket, ignore_errors=True)
        shutil.rmtree(HOME, ignore_errors=True)


CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


# One a module and not a session: while Playwright runs, its loop runs in this thread, in which
# `asyncio.run` of other tests then fails; and a process holds only one Playwright at a time.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The dictionary of occupations is the dearest part of a world: most tests find it there."""
    from jiangjie.catalogue.services import seed  # noqa: PLC0415 -- needs django.setup()

    with django_db_blocker.unblock():
        seed(at=datetime(2026, 3, 2, 1, tzinfo=UTC))


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files() -> Iterator[None]:
    """Pages name static files without a hash, so nothing is collected for the tests."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_ledger() -> Iterator[None]:
    """Transactional tests end with TRUNCATE, which the ledger's triggers refuse.

    They are off for that one moment only, so that every test meets them as they are.
    """
    flush = TransactionTestCase._fixture_teardown

    def teardown(test: TransactionTestCase) -> None:
        tables = ("ledger_event", "ledger_leaf", "ledger_node", "ledger_checkpoint")
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_guard")
        flush(test)
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_guard")
            # Not Django's tables, so its flush leaves them.
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush
