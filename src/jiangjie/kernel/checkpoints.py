"""Signed tree heads as C2SP tlog-checkpoint notes with Ed25519: plain text that others' tools read.

    jiangjie.example/ledger
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — jiangjie.example/ledger Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z…

The key signs under the origin as its name. Lines of witnesses may follow; they are left alone.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiangjie.kernel.errors import MalformedValue, gettext_noop
from jiangjie.kernel.merkle import HASH_SIZE

ED25519 = b"\x01"
KEY_ID_SIZE = 4
DASH = "\N{EM DASH} "

_SIZE = re.compile("0|[1-9][0-9]{0,18}")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class BadCheckpoint(MalformedValue):
    """`code` is checkpoint_malformed, checkpoint_unsigned or checkpoint_signature."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str  # names the log and its key
    size: int  # leaves
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The text that is signed."""
        head = (self.origin, str(self.size), base64.b64encode(self.root).decode())
        return "".join(f"{line}\n" for line in (*head, *self.extensions))


def key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    """Four bytes that tell which key of a name has signed."""
    key = ED25519 + public_key.public_bytes_raw()
    return sha256(name.encode() + b"\n" + key).digest()[:KEY_ID_SIZE]


def verifier_key(name: str, public_key: Ed25519PublicKey) -> str:
    """The public key as the line to publish: "name+c74f20a3+ARpc2Qc…"."""
    key = base64.b64encode(ED25519 + public_key.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{key}"


def parse_verifier_key(line: str) -> Ed25519PublicKey:
    """The key of a published line; BadCheckpoint checkpoint_key if its id does not fit."""
    name, _, rest = line.partition("+")
    identifier, _, encoded = rest.partition("+")
    decoded = _base64(encoded)
    if decoded[:1] == ED25519 and len(decoded) == 33:
        key = Ed25519PublicKey.from_public_bytes(decoded[1:])
        if key_id(name, key).hex() == identifier:
            return key
    raise BadCheckpoint("checkpoint_key", gettext_noop("公钥行格式不正确。"))


def sign_checkpoint(origin: str, size: int, root: bytes, key: Ed25519PrivateKey) -> str:
    """The signed note. ValueError if the origin cannot be a key name or the head is no tree's."""
    if not _is_key_name(origin):
        raise ValueError("an origin is not empty and has no space, '+' or control character")
    if size < 0 or len(root) != HASH_SIZE:
        raise ValueError("a tree head is a size and a SHA-256 root")
    body = Checkpoint(origin, size, root).body
    signature = key_id(origin, key.public_key()) + key.sign(body.encode())
    return f"{body}\n{DASH}{origin} {base64.b64encode(signature).decode()}\n"


def verify_checkpoint(text: str, public_key: Ed25519PublicKey) -> Checkpoint:
    """The tree head in a note that this key has signed; compare its origin with the one expected.

    BadCheckpoint: checkpoint_malformed if it is no such note, checkpoint_unsigned if no line
    is by this key, checkpoint_signature if the key's line does not fit the text.
    """
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or _CONTROL.search(text):
        raise _malformed()
    checkpoint = _parse(f"{body}\n")
    expected = key_id(checkpoint.origin, public_key)
    ours = [
        signature
        for name, signature in map(_signature_line, signatures[:-1].split("\n"))
        if name == checkpoint.origin and signature[:KEY_ID_SIZE] == expected
    ]
    if not ours:
        raise BadCheckpoint("checkpoint_unsigned", gettext_noop("检查点没有该密钥的签名。"))
    try:
        for signature in ours:
            public_key.verify(signature[KEY_ID_SIZE:], checkpoint.body.encode())
    except InvalidSignature:
        raise BadCheckpoint(
            "checkpoint_signature", gettext_noop("检查点的签名与内容不符，可能被改动。")
        ) from None
    return checkpoint


def _parse(body: str) -> Checkpoint:
    origin, *rest = body[:-1].split("\n")
    if len(rest) < 2 or not all(rest) or not _is_key_name(origin) or not _SIZE.fullmatch(rest[0]):
        raise _malformed()
    root = _base64(rest[1])
    if len(root) != HASH_SIZE:
        raise _malformed()
    return Checkpoint(origin, int(rest[0]), root, tuple(rest[2:]))


def _signature_line(line: str) -> tuple[str, bytes]:
    name, _, signature = line.removeprefix(DASH).partition(" ")
    decoded = _base64(signature)
    if not line.startswith(DASH) or not _is_key_name(name) or len(decoded) <= KEY_ID_SIZE:
        raise _malformed()
    return name, decoded


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def _base64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling, so that no two texts mean the same."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if base64.b64encode(decoded).decode() != text:
        raise _malformed()
    return decoded


def _malformed() -> BadCheckpoint:
    return BadCheckpoint(
        "checkpoint_malformed", gettext_noop("不是有效的检查点文件（C2SP tlog-checkpoint）。")
    )
