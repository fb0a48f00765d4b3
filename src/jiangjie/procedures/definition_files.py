"""Definitions as YAML: those shipped with the program, and those that an organisation uploads."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from jiangjie.kernel.errors import BadInput, gettext_noop


class _Plain(yaml.SafeLoader):
    """Without aliases: a few nested ones of them make a text of a kilobyte grow past all memory."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "no aliases", self.get_mark())
        return super().compose_node(parent, index)


FOLDER = Path(__file__).parent / "definitions"
MAX_CHARACTERS = 200_000


@cache
def shipped() -> tuple[dict[str, Any], ...]:
    """The bodies that come with the program, each in keeping with the schema. To be read only."""
    return tuple(read(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.yaml")))


def read(text: str) -> dict[str, Any]:
    """The body that a YAML text holds. BadInput names the line or the path that is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise BadInput(gettext_noop("程序文件过大。"))
    try:
        body = yaml.load(text, Loader=_Plain)  # noqa: S506 -- a SafeLoader, stricter still
    except (yaml.YAMLError, ValueError) as why:  # ValueError: a date such as 2026-13-45
        mark = getattr(why, "problem_mark", None)
        raise BadInput(
            gettext_noop("不是有效的YAML（第%(line)s行）。"), line=mark.line + 1 if mark else "?"
        ) from None
    check_schema(body)
    return body  # type: ignore[no-any-return]


def check_schema(body: object) -> None:
    """Raise BadInput with the path of the first place that the schema refuses."""
    fault = next(iter(sorted(_schema().iter_errors(body), key=lambda e: e.json_path)), None)
    if fault:
        raise BadInput(
            gettext_noop("程序定义有误，位置%(path)s：%(why)s"),
            path=fault.json_path,
            why=fault.message[:200],
        )


def write(body: Mapping[str, Any]) -> str:
    """The body as YAML for reading and editing; `read` gives the same body back."""
    return yaml.safe_dump(dict(body), allow_unicode=True, sort_keys=False, width=100)


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / "schema.json").read_text("utf-8")))
