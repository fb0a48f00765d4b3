"""Other installations within the test's database: a savepoint each, with keys of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from jiangjie.accounts.models import User
from jiangjie.exams import services
from jiangjie.exams.models import Sitting
from jiangjie.exams.rules import room_files
from tests.exams.factories import MORNING

BODIES = {
    "accounts", "applications", "exams", "ledger", "orgs", "people", "planning", "results",
    "publicity", "certificates", "treatment", "archive", "papers", "notices",
}  # fmt: skip


@contextmanager
def another_machine(package: bytes, code: str, *, is_spare: bool = False) -> Iterator[Sitting]:
    """An empty installation that has loaded the package; all of it is gone at the end, as if the
    machine had been destroyed. What it said to others is what the test has kept."""
    _, body = room_files.read_package(package, code)
    ours = settings.KEYS
    with transaction.atomic():
        _empty()
        settings.KEYS = replace(
            ours, **{name: bytes.fromhex(key) for name, key in body["keys"].items()}
        )
        try:
            yield services.load_room(body=body, load_code=code, is_spare=is_spare, at=MORNING)
        finally:
            settings.KEYS = ours
            transaction.set_rollback(True)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, no references
        for model in apps.get_models():
            if model._meta.app_label in BODIES or model._meta.model_name in {
                "definition",
                "run",
                "packversion",
            }:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
        for through in (Sitting.invigilators.through, User.groups.through):
            cursor.execute(f"DELETE FROM {through._meta.db_table}")
        cursor.execute("SET LOCAL session_replication_role = origin")
