"""Draws that anybody can check again: of experts, papers, seats, and of what is inspected.

Before the draw the list, the rule and the SHA-256 of a secret number are published (the
commitment); then comes a public number that nobody could know before; then the secret is told.
Both together decide the order of the list, by HMAC-SHA-256. Whoever made the list could not know
the public number, and whoever names the public number does not know the secret.

How it is counted, in words: docs/explanation/draws.md.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from jiangjie.arrangement.rules.seating import Seat, seated
from jiangjie.kernel.canonical import Json, digest
from jiangjie.kernel.errors import RuleViolation, gettext_noop

RULE = "jiangjie-draw-1"
PURPOSES = ("experts", "papers", "seats", "inspections")
SECRET_BYTES = 32
WORD = 1 << 64  # the stream comes in words of eight bytes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One of those that may be drawn. `stratum`: the group that a share is asked of."""

    id: str
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Who would be on the list but for a reason (回避), which is published with it."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """What is published before the draw.

    `size`: how many are drawn. `at_least`: how many of them from each stratum named.
    `secret_digest`: SHA-256 of the secret's bytes, in hexadecimal digits. `public_source`: where
    the public number will come from, in words, so exact that there is no choice later.
    `rows` × `columns`: seats that those drawn are shown to, by `seating`; 0: none.
    """

    purpose: str
    subject: str
    eligible: tuple[Entry, ...]
    excluded: tuple[Excluded, ...]
    size: int
    at_least: Mapping[str, int]
    secret_digest: str
    public_source: str
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """`order`: all of the list as shuffled. `drawn`: those chosen, in that order.

    `seats`: by id, where those drawn sit; {} where the call has no seats.
    """

    order: tuple[str, ...]
    drawn: tuple[str, ...]
    seats: Mapping[str, Seat]


@dataclass(frozen=True, slots=True)
class Record:
    """A draw as it was kept."""

    call: Call
    commitment: str
    secret: bytes
    public: str
    draw: Draw


def document(call: Call) -> dict[str, Json]:
    """The call as it is published and hashed."""
    return {
        "rule": RULE,
        "purpose": call.purpose,
        "subject": call.subject,
        "eligible": [{"id": one.id, "stratum": one.stratum} for one in call.eligible],
        "excluded": [{"id": one.id, "reason": one.reason} for one in call.excluded],
        "size": call.size,
        "at_least": dict(call.at_least),
        "secret_digest": call.secret_digest,
        "public_source": call.public_source,
        "rows": call.rows,
        "columns": call.columns,
    }


def commitment(call: Call) -> str:
    """SHA-256 over the canonical JSON of the call."""
    return digest(document(call))


def secret_digest(secret: bytes) -> str:
    return sha256(secret).hexdigest()


def check_call(call: Call) -> None:
    """RuleViolation where no draw can keep what the call promises."""
    ids = [one.id for one in call.eligible]
    twice = sorted({one for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise RuleViolation(
            "arrangement.draw.listed_twice",
            gettext_noop("名单中重复：%(ids)s。"),
            ids="、".join(twice[:5]),
        )
    both = sorted({one.id for one in call.excluded} & set(ids))
    if both:
        raise RuleViolation(
            "arrangement.draw.excluded_and_listed",
            gettext_noop("既须回避又在名单中：%(ids)s。"),
            ids="、".join(both[:5]),
        )
    if not 0 < call.size <= len(ids):
        raise RuleViolation(
            "arrangement.draw.too_few",
            gettext_noop("要抽%(size)d名（件），名单中只有%(have)d。"),
            size=call.size,
            have=len(ids),
        )
    for stratum, least in call.at_least.items():
        have = sum(one.stratum == stratum for one in call.eligible)
        if least > have:
            raise RuleViolation(
                "arrangement.draw.too_few_of_group",
                gettext_noop("“%(stratum)s”组至少抽%(least)d，名单中只有%(have)d。"),
                stratum=stratum,
                least=least,
                have=have,
            )
    if call.rows and call.rows * call.columns < call.size:
        raise RuleViolation(
            "arrangement.draw.too_few_seats",
            gettext_noop("只有%(seats)d个座位，要坐%(size)d人。"),
            seats=call.rows * call.columns,
            size=call.size,
        )
    if sum(call.at_least.values()) > call.size:
        raise RuleViolation(
            "arrangement.draw.groups_exceed_size",
            gettext_noop("各组至少要抽的合计%(sum)d，多于要抽的%(size)d。"),
            sum=sum(call.at_least.values()),
            size=call.size,
        )


class Stream:
    """Whole numbers out of the secret, the public number and the commitment.

    Block n (from 0) is HMAC-SHA-256 with the key `secret` over
    `commitment + ":" + public + ":" + n` (UTF-8); its 32 bytes are four words, big-endian.
    """

    def __init__(self, secret: bytes, public: str, committed: str) -> None:
        self._secret, self._prefix = secret, f"{committed}:{public}:"
        self._block = 0
        self._words: list[int] = []

    def _word(self) -> int:
        if not self._words:
            message = f"{self._prefix}{self._block}".encode()
            raw = hmac.new(self._secret, message, sha256).digest()
            self._words = [int.from_bytes(raw[at : at + 8], "big") for at in (24, 16, 8, 0)]
            self._block += 1
        return self._words.pop()

    def below(self, count: int) -> int:
        """0 to count - 1, each equally likely: words of the last, incomplete run are passed over."""
        limit = WORD - WORD % count
        while (word := self._word()) >= limit:
            pass
        return word % count


def shuffled(things: Sequence[T], stream: Stream) -> list[T]:
    """Fisher and Yates, from the end: place i changes with a place from 0 to i."""
    order = list(things)
    for i in range(len(order) - 1, 0, -1):
        j = stream.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def draw(call: Call, secret: bytes, public: str) -> Draw:
    """The list is put in the order of its ids, shuffled, and taken from the front.

    First each stratum (by name) gets its least number, from the front of the order; then whoever
    comes first of all others fills the rest. RuleViolation where the secret is another one.
    """
    check_call(call)
    if secret_digest(secret) != call.secret_digest:
        raise RuleViolation(
            "arrangement.draw.other_secret", gettext_noop("这不是抽取前承诺的随机数。")
        )
    entries = sorted(call.eligible, key=lambda one: one.id.encode())
    order = shuffled(entries, Stream(secret, public, commitment(call)))
    chosen: set[str] = set()
    for stratum, least in sorted(call.at_least.items()):
        own = [one.id for one in order if one.stratum == stratum]
        chosen.update(own[:least])
    for one in order:
        if len(chosen) == call.size:
            break
        chosen.add(one.id)
    drawn = tuple(one.id for one in order if one.id in chosen)
    units = {one.id: one.stratum for one in order}
    seats = seated(drawn, units, call.rows, call.columns) if call.rows else {}
    return Draw(tuple(one.id for one in order), drawn, seats)


def record_document(call: Call, secret: bytes, public: str) -> dict[str, Json]:
    """A draw as it is kept and handed out: all that is needed to check it again."""
    done = draw(call, secret, public)
    return {
        "call": document(call),
        "commitment": commitment(call),
        "secret": secret.hex(),
        "public": public,
        "order": list(done.order),
        "drawn": list(done.drawn),
        "seats": {one: list(seat) for one, seat in done.seats.items()},
    }


# ---- checking again ----


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared. `text` is a gettext source string."""

    item: str
    is_right: bool
    text: str


def verify(record: Record, published: str | None = None) -> list[Finding]:
    """Everything that can be compared, without any network or database.

    `published`: the commitment as it was seen before the draw; without it a record that was made
    anew from another list cannot be told from the true one.
    """
    call = record.call
    committed = commitment(call)
    is_secret = secret_digest(record.secret) == call.secret_digest
    findings = [
        Finding(
            "commitment",
            record.commitment == committed,
            gettext_noop("承诺值与名单、规则、人数一致"),
        ),
        Finding("secret", is_secret, gettext_noop("公开的随机数就是事先承诺的那一个")),
    ]
    if published is not None:
        findings.append(
            Finding(
                "published",
                published.strip().lower() == committed,
                gettext_noop("与抽取前公布的承诺值一致"),
            )
        )
    done = None
    try:
        check_call(call)
        is_sound = True
        done = draw(call, record.secret, record.public) if is_secret else None
    except RuleViolation:
        is_sound = False
    findings += [
        Finding("call", is_sound, gettext_noop("名单无重复、无须回避者，人数够抽")),
        Finding(
            "order",
            done is not None and record.draw.order == done.order,
            gettext_noop("重新计算的次序与记录相同"),
        ),
        Finding(
            "drawn",
            done is not None and record.draw.drawn == done.drawn,
            gettext_noop("重新抽取的结果与记录相同"),
        ),
    ]
    if call.rows or record.draw.seats:
        findings.append(
            Finding(
                "seats",
                done is not None and record.draw.seats == done.seats,
                gettext_noop("重新排出的座位与记录相同"),
            )
        )
    return findings
