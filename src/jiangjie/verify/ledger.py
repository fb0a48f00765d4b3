"""The ledger's part of a bag: signed checkpoint, proofs of the events, the seal over all files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jiangjie.kernel import checkpoints, merkle
from jiangjie.kernel.checkpoints import Checkpoint
from jiangjie.kernel.errors import MalformedValue
from jiangjie.verify.report import PROVEN, SEALED, SIGNED, Report

EVENTS = "data/ledger/events.json"
CHECKPOINT = "data/ledger/checkpoint.txt"
KEY = "data/ledger/public_key.txt"
SEAL = "archive.sealed"


@dataclass(frozen=True, slots=True)
class Event:
    """One proven event, as the deed wrote it."""

    position: int
    at: str
    by: int | None
    action: str
    subject: str
    context: str
    data: Mapping[str, Any]

    @property
    def subject_id(self) -> int:
        return int(self.subject.rpartition(":")[2])


class Events:
    """Events of the bag in the order of the ledger."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = sorted(events, key=lambda event: event.position)

    def of(self, *actions: str) -> Iterator[Event]:
        return (event for event in self._events if event.action in actions)

    def last(self, action: str) -> Event | None:
        return next((e for e in reversed(self._events) if e.action == action), None)

    def __len__(self) -> int:
        return len(self._events)


def public_key_of(line: str) -> Ed25519PublicKey:
    """The key of a published line "name+id+base64" (checkpoints.verifier_key)."""
    return checkpoints.parse_verifier_key(line.strip())


def check_checkpoint(
    note: str, key_line: str, known: str | None, report: Report
) -> Checkpoint | None:
    """The signature by the key in the bag; with a `known` note from outside, the same log too."""
    try:
        key = public_key_of(key_line)
        found = checkpoints.verify_checkpoint(note, key)
    except (MalformedValue, ValueError) as why:
        report.error(SIGNED, CHECKPOINT, f"检查点签名无效：{why}")
        return None
    if known is None:
        return found
    try:
        outside = checkpoints.verify_checkpoint(known, key)
    except (MalformedValue, ValueError):
        report.error(SIGNED, KEY, "档案包的公钥与所持检查点的签名者不是同一个账本")
        return None
    if outside.origin != found.origin:
        report.error(SIGNED, CHECKPOINT, "检查点来自另一个账本")
    elif outside.size == found.size and outside.root != found.root:
        report.error(SIGNED, CHECKPOINT, "同一位置的检查点与所持检查点不同：账本被改写")
    elif outside.size != found.size:
        report.warn(
            SIGNED, CHECKPOINT,
            f"所持检查点在第{outside.size}条，本包在第{found.size}条；连续性请在账本公开页核对",
        )  # fmt: skip
    return found


def read_events(entries: Any, checkpoint: Checkpoint | None, report: Report) -> Events:
    """The events whose bytes lie in the tree of the checkpoint; the others are findings."""
    found: list[Event] = []
    positions: set[int] = set()
    for number, entry in enumerate(entries):
        path = f"{EVENTS}#{number}"
        with report.reading(path):
            leaf, position = str(entry["leaf"]), int(entry["position"])
            proof = [bytes.fromhex(node) for node in entry["proof"]]
            hashed = merkle.leaf_hash(leaf.encode())
            if checkpoint is None or not merkle.verify_inclusion(
                hashed, position, checkpoint.size, proof, checkpoint.root
            ):
                report.error(PROVEN, path, "事件不在签名的账本中，或内容已被改动")
                continue
            if position in positions:
                report.error(PROVEN, path, "同一事件出现两次")
                continue
            positions.add(position)
            body = json.loads(leaf)
            found.append(
                Event(
                    position, body["at"], body["by"], body["action"], body["subject"],
                    body["context"], body["data"],
                )
            )  # fmt: skip
    return Events(found)


def check_seal(events: Events, digests: Mapping[str, str], report: Report) -> None:
    """Every payload file outside data/ledger/ is the one that was sealed, and none is missing."""
    seal = events.last(SEAL)
    if seal is None:
        report.error(SEALED, EVENTS, "账本中没有本包的封存事件")
        return
    with report.reading(EVENTS):
        sealed: Mapping[str, str] = seal.data["files"]
        payload = {
            name: digest
            for name, digest in digests.items()
            if name.startswith("data/") and not name.startswith("data/ledger/")
        }
        for name in sorted(sealed.keys() - payload.keys()):
            report.error(SEALED, name, "封存时有此文件，现已缺失")
        for name in sorted(payload.keys() - sealed.keys()):
            report.error(SEALED, name, "封存时没有此文件")
        for name in sorted(sealed.keys() & payload.keys()):
            if sealed[name] != payload[name]:
                report.error(SEALED, name, "文件与账本中封存的摘要不符")
