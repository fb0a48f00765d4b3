"""Settings of one installation, each with its origin. Works with none given.

Order: environment variable, then `jiangjie.toml` in the home folder, then the default.
"""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from jiangjie.kernel.errors import BadInput, gettext_noop

ENV_PREFIX = "JIANGJIE_"


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, its default, and (in the metadata) one sentence for `jiangjie check`."""

    home: Path = field(metadata={"help": "folder of data, keys and files"})
    database_url: str = field(
        default="", metadata={"help": "postgresql://… of your own server; empty: we run one"}
    )
    host: str = field(default="127.0.0.1", metadata={"help": "address the web server listens on"})
    port: int = field(default=8000, metadata={"help": "port of the web server"})
    web_processes: int = field(default=1, metadata={"help": "web server processes"})
    public_url: str = field(
        default="", metadata={"help": "address that QR codes and mails name, no slash at the end"}
    )
    allowed_hosts: str = field(
        default="localhost,127.0.0.1,[::1]", metadata={"help": "host names served, by commas"}
    )
    mail_url: str = field(
        default="", metadata={"help": "smtp://user:password@host:port; empty: kept in files"}
    )
    mail_from: str = field(default="jiangjie@localhost", metadata={"help": "sender of mails"})
    behind_https: bool = field(
        default=False, metadata={"help": "served through an HTTPS proxy: secure cookies, HSTS"}
    )
    trusted_proxies: int = field(
        default=0, metadata={"help": "proxies in front whose X-Forwarded-For counts"}
    )
    debug: bool = field(default=False, metadata={"help": "developers only: tracebacks on screen"})

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def files(self) -> Path:
        return self.home / "files"


def default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "jiangjie"


def load() -> tuple[Config, dict[str, str]]:
    """The settings in force and the origin of each ("environment", the file's path, "default").

    Raises BadInput naming the variable or the key that is wrong.
    """
    home = Path(os.environ.get(ENV_PREFIX + "HOME") or default_home()).absolute()
    path = home / "jiangjie.toml"
    given = _toml(path)
    known = {f.name for f in fields(Config)} - {"home"}
    if unknown := sorted(set(given) - known):
        raise BadInput(
            gettext_noop("%(file)s：未知的设置项 %(name)s。"), file=path, name=", ".join(unknown)
        )
    values: dict[str, Any] = {"home": home}
    origin = {"home": "environment" if os.environ.get(ENV_PREFIX + "HOME") else "default"}
    for f in fields(Config):
        if f.name == "home":
            continue
        variable = ENV_PREFIX + f.name.upper()
        if variable in os.environ:
            values[f.name], origin[f.name] = (
                _typed(f.default, os.environ[variable], variable),
                ("environment"),
            )
        elif f.name in given:
            values[f.name], origin[f.name] = _typed(f.default, given[f.name], f.name), str(path)
        else:
            origin[f.name] = "default"
    return Config(**values), origin


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, OSError) as why:
        raise BadInput("%(file)s: %(why)s", file=path, why=why) from why


def _typed(default: object, given: object, name: str) -> object:
    text = str(given).strip()
    if isinstance(default, bool):
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"", "0", "false", "no", "off"}:
            return False
    elif isinstance(default, int):
        if text.isdigit():
            return int(text)
    else:
        return text
    raise BadInput(gettext_noop("设置 %(name)s 的值无效：%(value)s。"), name=name, value=text)
