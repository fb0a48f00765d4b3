"""The journal of answers: what a save says, when it counts, and what stands in the end.

A save is numbered by the machine session (1, 2 … as the candidate moves between machines) and by
a sequence within it. The last one of a question wins, by these numbers alone: so saves may come
late, twice and in any order, and the sheet is the same.
"""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

LONGEST_ANSWER = 20_000  # characters
MOST_SAVES = 2_000  # in one message
FORM = "jiangjie-answer-1"  # of the signed text; a change of it takes another name


@dataclass(frozen=True, slots=True)
class Save:
    session: int
    sequence: int  # from 1 within the session
    unit: int
    value: str  # letters as shown, T or F, or text
    made_ms: int  # by the machine's reckoning of the server's clock, milliseconds since 1970
    seconds: int  # spent on the unit so far in this session
    signature: bytes = b""


def signed_text(seat: int, save: Save) -> bytes:
    """What is signed on the exam machine; the value stands last, so nothing needs escaping."""
    head = (FORM, seat, save.session, save.sequence, save.unit, save.made_ms, save.seconds)
    return "\n".join([*map(str, head), save.value]).encode()


def sign(key: bytes, seat: int, save: Save) -> bytes:
    return hmac.digest(key, signed_text(seat, save), sha256)


def signed(key: bytes, seat: int, save: Save) -> Save:
    return replace(save, signature=sign(key, seat, save))


def is_signed(key: bytes, seat: int, save: Save) -> bool:
    return hmac.compare_digest(sign(key, seat, save), save.signature)


class Admission(StrEnum):
    IN_TIME = "in_time"
    LATE_ARRIVAL = "late_arrival"  # made in time, and brought when the line was up again
    TOO_LATE = "too_late"


def admission(
    *, made_ms: int, received_at: datetime, until: datetime, closed_at: datetime | None
) -> Admission:
    """Whether a signed save counts. `until`: the end of the seat's time, its hand-in, or the
    moment its machine was replaced, whichever came first; `closed_at`: the room was closed.

    What the server has in time counts whatever the machine's clock says. Later, the signed time
    decides, until the room is closed.
    """
    if closed_at is not None and received_at >= closed_at:
        return Admission.TOO_LATE
    if received_at <= until:
        return Admission.IN_TIME
    if made_ms <= to_ms(until):
        return Admission.LATE_ARRIVAL
    return Admission.TOO_LATE


def latest(saves: Iterable[Save]) -> dict[int, Save]:
    """By unit, the save that stands."""
    found: dict[int, Save] = {}
    for save in saves:
        known = found.get(save.unit)
        if known is None or (known.session, known.sequence) < (save.session, save.sequence):
            found[save.unit] = save
    return found


def missing(known: Collection[int], last: int) -> list[int]:
    """Sequences up to `last` that have not come in."""
    return [sequence for sequence in range(1, last + 1) if sequence not in known]


def seconds_by_unit(saves: Iterable[Save]) -> dict[int, int]:
    """Time spent on each unit: the most of every session, summed over the sessions."""
    most: dict[tuple[int, int], int] = {}
    for save in saves:
        place = save.unit, save.session
        most[place] = max(most.get(place, 0), save.seconds)
    found: dict[int, int] = {}
    for (unit, _), seconds in most.items():
        found[unit] = found.get(unit, 0) + seconds
    return found


def to_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def from_ms(ms: int, zone_of: datetime) -> datetime:
    return datetime.fromtimestamp(0, zone_of.tzinfo) + timedelta(milliseconds=ms)
