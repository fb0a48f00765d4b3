"""What `jiangjie check` looks at."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

from jiangjie.kernel.errors import BadInput, gettext_noop
from jiangjie.runtime.config import Config

ENOUGH_DISK = 2 * 1024**3  # bytes
OLDEST_POSTGRES = 150_000  # design.md: PostgreSQL 15


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str  # without passwords
    origin: str
    help: str


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str
    is_bad: bool = False


def as_dict(thing: Any) -> dict[str, Any]:
    """For json.dumps."""
    return asdict(thing)


def settings_in_force() -> list[Setting]:
    """Every setting with its origin; passwords inside addresses are hidden."""
    return [
        Setting(
            each.name,
            _hidden(str(getattr(settings.CONFIG, each.name))),
            settings.CONFIG_ORIGIN[each.name],
            each.metadata["help"],
        )
        for each in fields(Config)
    ]


def _hidden(value: str) -> str:
    try:
        password = urlsplit(value).password
    except ValueError:
        return "…"
    return value.replace(f":{password}@", ":…@") if password else value


def look(*, with_ledger: bool, kept: Iterable[str]) -> list[Fact]:
    """All facts in order; the database must be running or named. BadInput if unreachable."""
    django.setup()
    from jiangjie.runtime import checkup_database  # models exist only after setup

    facts = [*_disk(), *_fonts()]
    try:
        facts += _database()
        facts += checkup_database.look(with_ledger=with_ledger, kept=kept)
    except OperationalError as why:
        raise BadInput(gettext_noop("无法连接数据库：%(why)s"), why=str(why).strip()) from why
    except DatabaseError as why:  # e.g. tables that are not there yet
        facts.append(Fact("database", str(why).strip(), is_bad=True))
    return facts


def _disk() -> Iterator[Fact]:
    free = shutil.disk_usage(settings.CONFIG.home).free
    yield Fact("disk", f"{free / 1024**3:.1f} GiB", is_bad=free < ENOUGH_DISK)


def _fonts() -> Iterator[Fact]:
    from jiangjie.documents.typesetting import FONTS

    found = sorted(path.name for path in FONTS.glob("*.[ot]tf"))
    yield Fact("fonts", ", ".join(found) or "—", is_bad=not found)


def _database() -> Iterator[Fact]:
    connection.ensure_connection()
    version = connection.pg_version  # type: ignore[attr-defined]
    yield Fact(
        "postgresql", f"{version // 10000}.{version % 10000}", is_bad=version < OLDEST_POSTGRES
    )
