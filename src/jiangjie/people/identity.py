"""Identity numbers at rest: sealed with AES-256-GCM, found by a keyed blind index.

The keys lie in files outside the database (settings.KEYS): a stolen database shows no number,
and a plain hash of 18 digits could be guessed in hours.
"""

import hmac
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_SIZE = 12


def seal(number: str) -> bytes:
    """Nonce and ciphertext; sealing twice gives two different values."""
    return seal_bytes(number.encode())


def unseal(sealed: bytes) -> str:
    """The number. cryptography's InvalidTag if the bytes were changed or the key is another."""
    return unseal_bytes(sealed).decode()


def seal_bytes(clear: bytes) -> bytes:
    """As `seal`, for a document that shows a number, e.g. a printed certificate."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(settings.KEYS.field).encrypt(nonce, clear, None)


def unseal_bytes(sealed: bytes) -> bytes:
    # A BinaryField comes back as memoryview.
    whole = bytes(sealed)
    return AESGCM(settings.KEYS.field).decrypt(whole[:NONCE_SIZE], whole[NONCE_SIZE:], None)


def blind_index(id_type: str, number: str) -> bytes:
    """32 bytes, equal for equal numbers of one type; says nothing without the key."""
    return hmac.digest(settings.KEYS.index, f"{id_type}\x00{number}".encode(), sha256)
