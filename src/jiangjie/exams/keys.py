"""Keys of sittings: papers at rest, the package fetched before the bell, and each seat's own."""

import hmac
import secrets
from hashlib import sha256, sha512

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from jiangjie.exams.rules import room_files
from jiangjie.people.identity import NONCE_SIZE, seal_bytes, unseal_bytes

__all__ = [
    "follow_key", "load_code", "lock_package", "new_package_key", "room_keys",
    "room_public_key", "seal_bytes", "seat_key", "start_code", "unlock_package", "unseal_bytes",
]  # fmt: skip


def new_package_key() -> bytes:
    return AESGCM.generate_key(256)


def lock_package(clear: bytes, key: bytes) -> bytes:
    """Nonce and ciphertext, as the exam page opens them with WebCrypto."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, clear, None)


def unlock_package(locked: bytes, key: bytes) -> bytes:
    """The clear text of `lock_package`. cryptography's InvalidTag for another key."""
    return AESGCM(key).decrypt(locked[:NONCE_SIZE], locked[NONCE_SIZE:], None)


def seat_key(seat_id: int, session: int, root: bytes = b"") -> bytes:
    """With which one machine session signs its answers; computed, so nothing is stored.

    `root`: of a room node, asked for at the centre; else our own.
    """
    name = f"exams.seat\x00{seat_id}\x00{session}"
    return hmac.digest(root or settings.KEYS.index, name.encode(), sha256)


# ---- room nodes: everything follows from the centre's key and the package's number -------------


def _of_room(uid: str, name: str, size: int = 32) -> bytes:
    whole = f"exams.room\x00{uid}\x00{name}".encode()
    return hmac.digest(settings.KEYS.index, whole, sha512)[:size]


def room_keys(uid: str) -> dict[str, bytes]:
    """The keys of the node's home (runtime.keys), the same on the first node and its spare."""
    return {"session": _of_room(uid, "session", 48)} | {
        name: _of_room(uid, name) for name in ("field", "index", "ledger")
    }


def room_public_key(uid: str) -> Ed25519PublicKey:
    """Checks what the node has signed."""
    return Ed25519PrivateKey.from_private_bytes(_of_room(uid, "ledger")).public_key()


def load_code(uid: str) -> str:
    """Opens the package; goes to the room by another way than the file."""
    return room_files.code(_of_room(uid, "load"), 16)


def start_code(uid: str) -> str:
    """Opens the papers on the node; the centre gives it out at the time of the examination."""
    return room_files.code(_of_room(uid, "start"), 12)


def follow_key() -> bytes:
    """Between a node and its spare."""
    return hmac.digest(settings.KEYS.index, b"exams.room.follow", sha256)
