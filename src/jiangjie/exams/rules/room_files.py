"""Files between the centre and a room node: the package that goes out, the results that come back.

The package is one line of JSON (who made it, for which room), one line of its signature, and the
content, encrypted with a code. The results are lines of JSON in a hash chain; the last line seals
them: their number, the chain's end and its Ed25519 signature.
"""

import gzip
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from hashlib import scrypt, sha256, sha512
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jiangjie.kernel import canonical
from jiangjie.kernel.errors import BadInput, gettext_noop

PACKAGE = "jiangjie-room-1"
RESULTS = "jiangjie-room-results-1"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread
GROUP = 4
_SALT, _NONCE = 16, 12


class WrongCode(ValueError):
    """The code does not open it, or it was changed."""


# ---- codes ----------------------------------------------------------------------------------


def code(secret: bytes, length: int) -> str:
    """Groups of four signs, e.g. "7KQM-2XWD-…"; five bits a sign, less a little."""
    number = int.from_bytes(hmac.digest(secret, b"code", sha512))
    signs = []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return grouped("".join(signs))


def grouped(typed: str) -> str:
    """As it is printed, however it was typed: small letters, spaces, no hyphens."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def lock(clear: bytes, with_code: str) -> bytes:
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    return salt + nonce + AESGCM(_stretched(with_code, salt)).encrypt(nonce, clear, None)


def unlock(locked: bytes, with_code: str) -> bytes:
    """WrongCode when it does not open."""
    salt, nonce = locked[:_SALT], locked[_SALT : _SALT + _NONCE]
    try:
        return AESGCM(_stretched(with_code, salt)).decrypt(nonce, locked[_SALT + _NONCE :], None)
    except (InvalidTag, ValueError) as why:
        raise WrongCode from why


def _stretched(with_code: str, salt: bytes) -> bytes:
    return scrypt(
        grouped(with_code).encode(), salt=salt, n=2**15, r=8, p=1, dklen=32, maxmem=64 << 20
    )


# ---- the package ----------------------------------------------------------------------------


def write_package(
    head: Mapping[str, Any], body: Mapping[str, Any], *, with_code: str, key: Ed25519PrivateKey
) -> bytes:
    locked = lock(
        gzip.compress(json.dumps(body, ensure_ascii=False).encode(), 6, mtime=0), with_code
    )
    first = json.dumps(
        {"form": PACKAGE, **head, "key": key.public_key().public_bytes_raw().hex(),
         "content": sha256(locked).hexdigest()},
        ensure_ascii=False, sort_keys=True,
    ).encode()  # fmt: skip
    return b"\n".join([first, key.sign(first).hex().encode(), locked])


def read_package(package: bytes, with_code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and body. BadInput for a file that is no package, was changed, or another code's."""
    try:
        first, signature, locked = package.split(b"\n", 2)
        head = json.loads(first)
        if head["form"] != PACKAGE or head["content"] != sha256(locked).hexdigest():
            raise ValueError("content")
        signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"]))
        signer.verify(bytes.fromhex(signature.decode("ascii")), first)
    except (ValueError, KeyError, TypeError, InvalidSignature) as why:
        raise BadInput(gettext_noop("这不是完整的考场包，请重新从中心系统下载。")) from why
    try:
        body = json.loads(gzip.decompress(unlock(locked, with_code)))
    except WrongCode as why:
        raise BadInput(gettext_noop("装载密码不正确。")) from why
    return head, body


# ---- the results ----------------------------------------------------------------------------


def write_results(lines: Iterable[Mapping[str, Any]], key: Ed25519PrivateKey) -> bytes:
    """A line for each; the same content gives the same bytes."""
    written = [canonical.canonical_bytes(canonical.jsonable(dict(line))) for line in lines]
    end = _chain(written)
    seal = {
        "kind": "seal", "lines": len(written), "end": end.hex(),
        "signature": key.sign(_signed(len(written), end)).hex(),
    }  # fmt: skip
    return b"\n".join([*written, canonical.canonical_bytes(canonical.jsonable(seal)), b""])


def read_results(content: bytes, signer: Ed25519PublicKey) -> list[dict[str, Any]]:
    """The lines without the seal. BadInput for anything that the node has not signed so."""
    try:
        *written, last = content.removesuffix(b"\n").split(b"\n")
        seal, end = json.loads(last), _chain(written)
        if seal["lines"] != len(written) or seal["end"] != end.hex():
            raise ValueError("chain")
        signer.verify(bytes.fromhex(seal["signature"]), _signed(len(written), end))
        return [json.loads(line) for line in written]
    except (ValueError, KeyError, TypeError, InvalidSignature) as why:
        raise BadInput(
            gettext_noop("结果文件不是本场考场节点签名的，或者已被改动，不能导入。")
        ) from why


def _chain(written: Iterable[bytes]) -> bytes:
    end = sha256(RESULTS.encode()).digest()
    for line in written:
        end = sha256(end + line).digest()
    return end


def _signed(lines: int, end: bytes) -> bytes:
    return f"{RESULTS}\n{lines}\n{end.hex()}".encode()
