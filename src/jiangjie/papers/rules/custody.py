"""Two keys to one paper: how its key is divided, who may hold a half, and when it may be opened.

A paper is encrypted with a random key. The key is the exclusive or of two halves; each half alone is
a random number and says nothing. A half is sealed to its holder's code, which is shown to him once
and kept nowhere. Randomness comes in from outside, so that all of it can be tested.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jiangjie.kernel.errors import RuleViolation, gettext_noop

KEY_SIZE, NONCE_SIZE, SEED_SIZE = 32, 12, 16
TURN_TOGETHER = timedelta(minutes=30)  # between the two keys (house decision)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread aloud; 32 of them
_GROUP = 4
SECRECY = "试卷保密管理做法：双人双锁、到时启封、两名考生见证（公开做法，推定）"


class State(StrEnum):
    DRAFTED = "drafted"
    PROOFED = "proofed"
    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    OPENED = "opened"
    WITHDRAWN = "withdrawn"


def state(
    *, is_proofed: bool, is_sealed: bool, is_handed_over: bool, is_opened: bool, is_withdrawn: bool
) -> State:
    if is_withdrawn:
        return State.WITHDRAWN
    if is_opened:
        return State.OPENED
    if is_handed_over:
        return State.HANDED_OVER
    if is_sealed:
        return State.SEALED
    return State.PROOFED if is_proofed else State.DRAFTED


# ---- the key ---------------------------------------------------------------------------------


def divide(key: bytes, pad: bytes) -> tuple[bytes, bytes]:
    """Two halves whose exclusive or is the key. `pad` is random and as long as the key."""
    return pad, _xor(key, pad)


def join(first: bytes, second: bytes) -> bytes:
    return _xor(first, second)


def _xor(first: bytes, second: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(first, second, strict=True))


def lock(clear: bytes, key: bytes, *, nonce: bytes, place: str) -> bytes:
    """Nonce and ciphertext; `place` names what it is, and is authenticated with it."""
    return nonce + AESGCM(key).encrypt(nonce, clear, place.encode())


def unlock(locked: bytes, key: bytes, *, place: str) -> bytes:
    """InvalidTag when the bytes, the key or the place are others."""
    return AESGCM(key).decrypt(locked[:NONCE_SIZE], locked[NONCE_SIZE:], place.encode())


# ---- a holder's code ---------------------------------------------------------------------------


def code_of(seed: bytes) -> str:
    """The code on a holder's slip: 26 characters of secret and two of check, in groups of four."""
    if len(seed) != SEED_SIZE:
        raise ValueError("a seed has 16 bytes")
    body = _base32(int.from_bytes(seed) << 2, 26)
    text = body + _check(body)
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def seed_of(code: str) -> bytes:
    """The seed of a code, however it was typed; RuleViolation papers.code_mistyped."""
    text = "".join(letter for letter in code.upper() if letter.isalnum())
    if len(text) != 28 or set(text) - set(_LETTERS) or not hmac.compare_digest(
        _check(text[:26]), text[26:]
    ):  # fmt: skip
        raise RuleViolation(
            "papers.code_mistyped", gettext_noop("密钥码有误，请对照密钥条逐组核对。")
        )
    number = 0
    for letter in text[:26]:
        number = number * 32 + _LETTERS.index(letter)
    return (number >> 2).to_bytes(SEED_SIZE)


def _check(body: str) -> str:
    return _base32(int.from_bytes(sha256(b"papers\x00" + body.encode()).digest()[:2]) & 0x3FF, 2)


def _base32(number: int, length: int) -> str:
    return "".join(_LETTERS[number >> 5 * at & 31] for at in reversed(range(length)))


def _private(seed: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(sha256(b"papers.holder\x00" + seed).digest())


def public_of(seed: bytes) -> bytes:
    """What the system keeps of a code: enough to seal to it, not to open."""
    return _private(seed).public_key().public_bytes_raw()


def seal_to(half: bytes, public: bytes, *, ephemeral: bytes, nonce: bytes, place: str) -> bytes:
    """A half of a key that only the holder of the code can read. `ephemeral` is 32 random bytes."""
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    head = own.public_key().public_bytes_raw()
    return head + lock(half, _wrapping(shared, head, public), nonce=nonce, place=place)


def open_with(sealed: bytes, seed: bytes, *, place: str) -> bytes:
    """The half. RuleViolation papers.other_code when the code is whole but not this holder's."""
    private, head = _private(seed), sealed[:KEY_SIZE]
    shared = private.exchange(X25519PublicKey.from_public_bytes(head))
    key = _wrapping(shared, head, private.public_key().public_bytes_raw())
    try:
        return unlock(sealed[KEY_SIZE:], key, place=place)
    except InvalidTag:
        raise RuleViolation(
            "papers.other_code", gettext_noop("这不是您为本套试卷领取的密钥码。")
        ) from None


def _wrapping(shared: bytes, head: bytes, public: bytes) -> bytes:
    return hmac.digest(shared, b"papers.share\x00" + head + public, sha256)


# ---- who and when ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody proposed as holder of a key. `person` is the verified person behind the account."""

    user: int
    person: int | None
    roles: frozenset[str]


OFFICE, OVERSEERS = "office", frozenset({"supervisor", "committee"})


def check_holders(first: Candidate, second: Candidate) -> None:
    """Office keeps the first key, supervisor or committee the second; never one person both.

    So whoever assembled alone can't open alone, by whatever accounts (house decision after R-22).
    """
    is_same = first.user == second.user or (
        first.person is not None and first.person == second.person
    )
    if is_same:
        raise RuleViolation(
            "papers.one_holder", gettext_noop("两把密钥须由两个人分别保管。"), source=SECRECY
        )
    if OFFICE not in first.roles or not second.roles & OVERSEERS:
        raise RuleViolation(
            "papers.holder_role",
            gettext_noop("第一把密钥由评价办公室保管，第二把由督导员或评价委员会保管。"),
            source=SECRECY,
        )


def check_proofer(*, expert: int, assembler: int) -> None:
    if expert == assembler:
        raise RuleViolation(
            "papers.own_proof", gettext_noop("组卷人不能校对自己组的试卷。"), source=SECRECY
        )


def check_opens_at(*, opens_at: datetime, at: datetime) -> None:
    if opens_at <= at:
        raise RuleViolation("papers.opens_in_the_past", gettext_noop("启封时间应晚于现在。"))


def check_may_open(*, opens_at: datetime, at: datetime, opens_text: str) -> None:
    """A sealed paper opens at its time, not before."""
    if at < opens_at:
        raise RuleViolation(
            "papers.too_early",
            gettext_noop("未到启封时间：本卷%(opens)s起方可启封。"),
            source=SECRECY,
            opens=opens_text,
        )


def is_turned(turned_at: datetime | None, at: datetime) -> bool:
    """A key that was turned counts for half an hour: both persons are there at once."""
    return turned_at is not None and at - turned_at <= TURN_TOGETHER


def check_witnesses(witnesses: Collection[int], holders: Collection[int | None]) -> None:
    """Two different candidates, neither of whom holds a key (persons, not accounts)."""
    if len(set(witnesses)) != 2 or set(witnesses) & set(holders):
        raise RuleViolation(
            "papers.witnesses",
            gettext_noop("启封须由两名考生见证，且不能是密钥保管人。"),
            source=SECRECY,
        )
