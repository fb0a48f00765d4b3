"""Secret keys of one installation: files outside the database, made at first use, mode 0600."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jiangjie.kernel.errors import BadInput, gettext_noop

SIZES = {"session": 48, "field": 32, "index": 32, "ledger": 32, "database": 24}


@dataclass(frozen=True, slots=True)
class Keys:
    session: bytes  # Django's SECRET_KEY
    field: bytes  # AES-256-GCM over identity numbers
    index: bytes  # HMAC of the blind index
    ledger: bytes  # Ed25519 seed that signs checkpoints
    database: bytes  # password of our own PostgreSQL

    def ledger_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.ledger)


def load_or_create(folder: Path) -> Keys:
    """Read the five keys, making those that are missing. Never overwrites a key.

    BadInput when the folder cannot be used or a file in it is no key.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Keys(**{name: _key(folder / f"{name}.key", size) for name, size in SIZES.items()})
    except (OSError, ValueError) as why:
        raise BadInput(
            gettext_noop("密钥目录%(folder)s不可用：%(why)s"), folder=folder, why=why
        ) from why


def install(folder: Path, given: Mapping[str, bytes]) -> None:
    """Put given keys into an installation that has none yet. BadInput where it has others."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = {
            name: _key(folder / f"{name}.key", SIZES[name], key) for name, key in given.items()
        }
    except (OSError, ValueError) as why:
        raise BadInput(
            gettext_noop("密钥目录%(folder)s不可用：%(why)s"), folder=folder, why=why
        ) from why
    if found != given:
        raise BadInput(
            gettext_noop("%(folder)s已有其他密钥，请用JIANGJIE_HOME指定一个空目录。"), folder=folder
        )


def _key(path: Path, size: int, given: bytes = b"") -> bytes:
    try:
        # Written whole beside its place and then linked: a crash leaves no half-written key,
        # and of two processes that start together both end with the same one.
        if not path.exists():
            draft = path.with_suffix(f".{os.getpid()}.new")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write((given or secrets.token_bytes(size)).hex().encode())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError as why:
        raise ValueError(f"{path} is not a key file") from why
    if len(key) != size:
        raise ValueError(f"{path} holds {len(key)} bytes, expected {size}")
    return key
