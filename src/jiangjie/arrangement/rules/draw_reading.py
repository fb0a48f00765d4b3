"""Reading the record of a draw from JSON. Every refusal is a BadInput that names the path."""

import re
from collections.abc import Mapping

from jiangjie.arrangement.rules.draws import (
    PURPOSES,
    RULE,
    SECRET_BYTES,
    Call,
    Draw,
    Entry,
    Excluded,
    Record,
)
from jiangjie.arrangement.rules.problem import MOST, Fields, bad, text_of
from jiangjie.kernel.errors import gettext_noop

_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")
assert SECRET_BYTES == 32  # noqa: S101 -- as many digits as a digest


def record_from_json(doc: object) -> Record:
    read = Fields(
        doc,
        "$",
        required=("call", "commitment", "secret", "public", "order", "drawn"),
        optional=("seats",),
    )
    return Record(
        call=_call(read.value("call")),
        commitment=_digest(read, "commitment", "$"),
        secret=bytes.fromhex(_digest(read, "secret", "$")),
        public=read.text("public"),
        draw=Draw(_ids(read, "order"), _ids(read, "drawn"), _seats(read)),
    )


def _call(doc: object) -> Call:
    path = "$.call"
    read = Fields(
        doc,
        path,
        required=(
            "rule",
            "purpose",
            "subject",
            "eligible",
            "size",
            "secret_digest",
            "public_source",
        ),
        optional=("excluded", "at_least", "rows", "columns"),
    )
    read.one_of("rule", (RULE,))
    eligible = []
    for one, where in read.items("eligible"):
        entry = Fields(one, where, required=("id",), optional=("stratum",))
        stratum = entry.value_or("stratum", "")
        eligible.append(
            Entry(entry.text("id"), text_of(stratum, f"{where}.stratum") if stratum else "")
        )
    excluded = []
    for one, where in read.items("excluded", may_be_empty=True):
        gone = Fields(one, where, required=("id", "reason"), optional=())
        excluded.append(Excluded(gone.text("id"), gone.text("reason")))
    return Call(
        purpose=read.one_of("purpose", PURPOSES),
        subject=read.text("subject"),
        eligible=tuple(eligible),
        excluded=tuple(excluded),
        size=read.whole("size", 0, least=1, most=MOST),
        at_least=_at_least(read.value_or("at_least", {})),
        secret_digest=_digest(read, "secret_digest", path),
        public_source=read.text("public_source"),
        rows=read.whole("rows", 0, least=0, most=1000),
        columns=read.whole("columns", 0, least=0, most=1000),
    )


def _at_least(doc: object) -> dict[str, int]:
    path = "$.call.at_least"
    if not isinstance(doc, Mapping):
        raise bad(path, gettext_noop("%(path)s：应为对象。"))
    read = Fields(doc, path, required=tuple(doc), optional=())
    return {name: read.whole(name, 0, least=0, most=MOST) for name in doc}


def _digest(read: Fields, key: str, path: str) -> str:
    value = read.text(key)
    if not _HEXADECIMAL.fullmatch(value):
        raise bad(f"{path}.{key}", gettext_noop("%(path)s：应为64位十六进制小写数字。"))
    return value


def _ids(read: Fields, key: str) -> tuple[str, ...]:
    return tuple(text_of(one, path) for one, path in read.items(key))


def _seats(read: Fields) -> dict[str, tuple[int, int]]:
    doc = read.value_or("seats", {})
    if not isinstance(doc, Mapping):
        raise bad("$.seats", gettext_noop("%(path)s：应为对象。"))
    found = {}
    for name, seat in doc.items():
        if (
            not isinstance(seat, list)
            or len(seat) != 2
            or not all(isinstance(one, int) and not isinstance(one, bool) for one in seat)
        ):
            raise bad(f"$.seats.{name}", gettext_noop("%(path)s：应为[排, 列]。"))
        found[name] = (seat[0], seat[1])
    return found
