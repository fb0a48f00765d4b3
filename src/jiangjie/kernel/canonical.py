"""One byte form (RFC 8785) and one digest for every record that is hashed, signed or archived.

There are no floats in it: money and scores are integers, so no record depends on how a
language prints a fraction. Text is taken as it stands, without Unicode normalisation.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


def canonical_bytes(value: Json) -> bytes:
    """The RFC 8785 form. TypeError names the path of anything but a JSON value without floats.

    ValueError for an integer beyond 2^53 - 1 and for text with a lone surrogate.
    """
    return rfc8785.dumps(_plain(value, "$", _refuse))


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hexadecimal digits."""
    return sha256(canonical_bytes(value)).hexdigest()


def jsonable(value: object) -> Json:
    """`value` with dates as "2026-10-01" and instants as "2026-10-01T01:02:03.000000Z".

    Equal instants become equal text whatever their zone. TypeError names the path of what is
    neither JSON nor a date: a float, a Decimal, bytes, a set, an instant without a zone.
    """
    return _plain(value, "$", _date_text)


def _plain(value: object, path: str, other: Callable[[object, str], str]) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # a StrEnum member becomes its value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(part, f"{path}[{place}]", other) for place, part in enumerate(value)]
    if isinstance(value, Mapping):
        plain: dict[str, Json] = {}
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path}: key {key!r} is not text")
            plain[str.__str__(key)] = _plain(part, f"{path}.{key}", other)
        return plain
    return other(value, path)


def _refuse(value: object, path: str) -> str:
    raise TypeError(f"{path}: {type(value).__name__} has no canonical form")


def _date_text(value: object, path: str) -> str:
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise TypeError(f"{path}: datetime without a time zone")
        utc = value.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return _refuse(value, path)
