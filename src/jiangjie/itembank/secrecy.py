"""Items at rest: sealed with AES-256-GCM under a key of their own, bound to where they belong.

The keys are derived from the installation's key files (settings.KEYS), which lie outside the
database: a stolen database or backup shows no question. `place` is authenticated with the bytes,
so that one item's body put into another's row does not open.
"""

import hmac
import json
import secrets
from collections.abc import Iterable
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from jiangjie.itembank.rules.content import ItemContent
from jiangjie.itembank.rules.practical import TaskContent

_NONCE = 12

Sealed = bytes | memoryview  # a BinaryField comes back as memoryview


@cache
def _key(root: bytes, purpose: str) -> bytes:
    return hmac.digest(root, f"itembank\x00{purpose}".encode(), sha256)


def shingle_key() -> bytes:
    """Of the signatures that find near-duplicates."""
    return _key(settings.KEYS.index, "shingles")


def fingerprint(content: ItemContent) -> str:
    """64 hex digits, equal for equal contents; says nothing without the key."""
    return hmac.new(
        _key(settings.KEYS.index, "contents"), _json(content.to_dict()), sha256
    ).hexdigest()


def digest_of(codes: Iterable[str], *, occasion: str) -> str:
    """64 hex digits that bind an event to the items it was about without naming them: the ledger is
    read by people who must not know what stands in a sealed paper. Bound to the occasion too, so
    that equal choices do not show."""
    stated = _json([occasion, *sorted(codes)])
    return hmac.new(_key(settings.KEYS.index, "choices"), stated, sha256).hexdigest()


def seal(clear: bytes, place: str) -> bytes:
    """Nonce and ciphertext; `place` names the row, e.g. "item:12"."""
    nonce = secrets.token_bytes(_NONCE)
    box = AESGCM(_key(settings.KEYS.field, "bodies"))
    return nonce + box.encrypt(nonce, clear, place.encode())


def unseal(sealed: Sealed, place: str) -> bytes:
    """cryptography's InvalidTag when the bytes, the place or the key are others."""
    whole = bytes(sealed)
    box = AESGCM(_key(settings.KEYS.field, "bodies"))
    return box.decrypt(whole[:_NONCE], whole[_NONCE:], place.encode())


def seal_content(content: ItemContent, *, item_id: int) -> bytes:
    return seal(_json(content.to_dict()), f"item:{item_id}")


def unseal_content(sealed: Sealed, *, item_id: int) -> ItemContent:
    return ItemContent.from_dict(json.loads(unseal(sealed, f"item:{item_id}")))


def seal_task(content: TaskContent, *, module_id: int) -> bytes:
    return seal(_json(content.to_dict()), f"module:{module_id}")


def unseal_task(sealed: Sealed, *, module_id: int) -> TaskContent:
    return TaskContent.from_dict(json.loads(unseal(sealed, f"module:{module_id}")))


def _json(form: object) -> bytes:
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()
