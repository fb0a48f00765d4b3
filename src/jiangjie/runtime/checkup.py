"""What `jiangjie check` looks at."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from jiangjie.documents import fonts
from jiangjie.ledger import queries as ledger
from jiangjie.notices.queries import undelivered_mail
from jiangjie.policy.queries import work_calendar
from jiangjie.runtime.config import Config
from jiangjie.runtime.installation import pending_migrations
from jiangjie.web import clock

ENOUGH_DISK = 2 * 1024**3  # bytes
OLDEST_POSTGRES = 150_000  # 15.0


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str  # without passwords
    origin: str  # "environment", "default" or the file's path
    help: str


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str
    is_bad: bool = False


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


def facts(*, with_ledger: bool, kept: Iterable[str]) -> Iterator[Fact]:
    """What is right and what is wrong, as far as the database can be asked."""
    free = shutil.disk_usage(settings.CONFIG.home).free
    yield Fact("disk", f"{free / 1024**3:.1f} GiB", free < ENOUGH_DISK)
    found = sorted(path.name for path in fonts.FOLDER.glob("*.[ot]tf"))
    yield Fact("fonts", ", ".join(found) or _("缺少字体"), not found)
    with override(settings.LANGUAGE_CODE):
        for message in checks.run_checks():
            yield Fact("program", str(message), message.is_serious())
    try:
        yield from _database()
        if pending := pending_migrations():
            yield Fact("migrations", ", ".join(pending), is_bad=True)
            return
        yield from _data()
        yield from _ledger(with_ledger, kept)
    except DatabaseError as why:
        yield Fact("database", str(why).strip(), is_bad=True)


def _database() -> Iterator[Fact]:
    connection.ensure_connection()
    version = connection.pg_version  # type: ignore[attr-defined]
    yield Fact("postgresql", f"{version // 10_000}.{version % 10_000}", version < OLDEST_POSTGRES)


def _data() -> Iterator[Fact]:
    years, today = sorted(work_calendar().years), clock.today()
    yield Fact("calendar", " ".join(map(str, years)), today.year not in years)
    if today.month == 12 and today.year + 1 not in years:
        yield Fact(
            "calendar", _("请录入%(year)d年放假安排") % {"year": today.year + 1}, is_bad=True
        )
    lost = undelivered_mail()
    yield Fact("mail", _("%(count)d封邮件最终未能送达") % {"count": lost})


def _ledger(with_ledger: bool, kept: Iterable[str]) -> Iterator[Fact]:
    last = ledger.latest_checkpoint()
    size = last.size if last else 0
    yield Fact(
        "ledger",
        _("已编入%(size)d条，待编入%(waiting)d条") % {"size": size, "waiting": ledger.waiting()},
    )
    if not with_ledger:
        return
    findings = ledger.check(kept=kept)
    for finding in findings:
        text = f"{finding.code} {finding.place}: {_(finding.text)}"
        yield Fact("ledger", text, is_bad=True)
    if not findings:
        yield Fact("ledger", _("逐条重新计算，与检查点一致"))
