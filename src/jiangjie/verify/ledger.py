"""The events of a bag: signed checkpoint, inclusion of each, and the seal over all files."""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jiangjie.kernel import checkpoints, merkle
from jiangjie.kernel.checkpoints import BadCheckpoint, Checkpoint
from jiangjie.kernel.errors import gettext_noop
from jiangjie.verify.container import UNREADABLE, Container
from jiangjie.verify.dossier import (
    APPLICATIONS,
    EVENTS,
    MISSHAPEN,
    RECORDS,
    Dossier,
    Event,
    parse_json,
)
from jiangjie.verify.report import Findings

PROOFS = "data/ledger/proofs.json"
CHECKPOINT = "data/ledger/checkpoint.txt"
KEY = "data/ledger/public_key.txt"
CONSISTENCY = "data/ledger/consistency.json"
REQUIRED = (EVENTS, PROOFS, CHECKPOINT, KEY, CONSISTENCY)
SEALED = "archive.bag_sealed"
_NO_JSON = gettext_noop("不是可以读取的JSON：%(why)s")


@dataclass(frozen=True, slots=True)
class Ledger:
    events: tuple[Event, ...]
    leaves: dict[int, bytes]  # leaf hash by position


def read(bag: Container, found: Findings, kept: str | None) -> Ledger:
    """The events that the checkpoint proves; everything else becomes a finding."""
    for path in REQUIRED:
        if path not in bag.sizes:
            found.error("完整性-3", path, gettext_noop("缺少必备的数据文件"))
    key = _key(bag, found)
    head = _head(bag, key, found)
    proofs_of = _consistency(bag, found)
    if kept is not None:
        _check_kept(key, head, kept, proofs_of, found)
    if head is None:
        return Ledger((), {})
    try:
        lines = bag.read(EVENTS).splitlines() if EVENTS in bag.sizes else []
        proofs = parse_json(bag.read(PROOFS)) if PROOFS in bag.sizes else []
        if len(lines) != len(proofs):
            found.error(
                "完整性-6", EVENTS,
                gettext_noop("办理记录%(events)d条，证明%(proofs)d份，数目不符"),
                events=len(lines), proofs=len(proofs),
            )  # fmt: skip
    except (*UNREADABLE, *MISSHAPEN, RecursionError) as why:
        found.error("可用性-2", PROOFS, _NO_JSON, why=str(why))
        return Ledger((), {})
    events: list[Event] = []
    leaves: dict[int, bytes] = {}
    for number, (line, proof) in enumerate(zip(lines, proofs, strict=False), start=1):
        place = f"{EVENTS}#{number}"
        try:
            position = proof["position"]
            leaf = merkle.leaf_hash(line)
            nodes = [bytes.fromhex(node) for node in proof["proof"]]
            if not merkle.verify_inclusion(leaf, position, head.size, nodes, head.root):
                found.error("真实性-4", place, gettext_noop("办理记录不在检查点所证明的账本中"))
            elif position in leaves:
                found.error("真实性-4", place, gettext_noop("办理记录重复"))
            else:
                leaves[position] = leaf
                events.append(_event(position, line))
        except (*MISSHAPEN, RecursionError) as why:
            found.error("可用性-2", place, gettext_noop("办理记录不能读取：%(why)s"), why=str(why))
    return Ledger(tuple(sorted(events, key=lambda event: event.position)), leaves)


def _event(position: int, line: bytes) -> Event:
    body = parse_json(line)
    return Event(
        position=position, action=body["action"], subject=body["subject"],
        context=body["context"], org=body["org"], by=body["by"],
        at=datetime.fromisoformat(body["at"]), data=body["data"],
    )  # fmt: skip


def parse_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """Name and key of a line "name+id+key"; ValueError when it is none."""
    line = text.strip()
    return line.partition("+")[0], checkpoints.parse_verifier_key(line)


def _key(bag: Container, found: Findings) -> tuple[str, Ed25519PublicKey] | None:
    if KEY not in bag.sizes:
        return None
    try:
        return parse_key(bag.read(KEY).decode())
    except (*UNREADABLE, binascii.Error) as why:
        found.error("真实性-3", KEY, gettext_noop("公钥不能读取：%(why)s"), why=str(why))
        return None


def _head(
    bag: Container, key: tuple[str, Ed25519PublicKey] | None, found: Findings
) -> Checkpoint | None:
    if key is None or CHECKPOINT not in bag.sizes:
        return None
    try:
        head = checkpoints.verify_checkpoint(bag.read(CHECKPOINT).decode(), key[1])
    except BadCheckpoint as why:
        found.error("真实性-3", CHECKPOINT, why.text, **why.values)
        return None
    except UNREADABLE as why:
        found.error("真实性-3", CHECKPOINT, gettext_noop("检查点不能读取：%(why)s"), why=str(why))
        return None
    if head.origin != key[0]:
        found.error("真实性-3", CHECKPOINT, gettext_noop("检查点与公钥的名称不符"))
    return head


def _check_kept(
    key: tuple[str, Ed25519PublicKey] | None,
    head: Checkpoint | None,
    kept: str,
    proofs: Mapping[int, list[bytes]],
    found: Findings,
) -> None:
    """A checkpoint from elsewhere shows a rewritten ledger, and another's key."""
    if key is None or head is None:
        return
    try:
        before = checkpoints.verify_checkpoint(kept, key[1])
    except BadCheckpoint:
        found.error(
            "真实性-6", KEY,
            gettext_noop("留存的检查点不是包内密钥所签：档案不是出自同一账本，或检查点被改动"),
        )  # fmt: skip
        return
    if before.size == head.size:
        if before.root != head.root:
            found.error("真实性-6", CHECKPOINT, _REWRITTEN)
        return
    proof = proofs.get(before.size)
    if proof is None:
        found.warn(
            "可用性-4", CONSISTENCY,
            gettext_noop("包内没有与留存检查点（%(size)d条）之间的证明，无法比对"),
            size=before.size,
        )  # fmt: skip
    elif not merkle.verify_consistency(before.size, head.size, before.root, head.root, proof):
        found.error("真实性-6", CHECKPOINT, _REWRITTEN)


_REWRITTEN = gettext_noop("账本与留存的检查点不符：办理记录被重写")


def _consistency(bag: Container, found: Findings) -> dict[int, list[bytes]]:
    """Proofs by the size of an earlier checkpoint."""
    if CONSISTENCY not in bag.sizes:
        return {}
    try:
        proofs: dict[str, Any] = parse_json(bag.read(CONSISTENCY))
        return {
            int(size): [bytes.fromhex(node) for node in proof] for size, proof in proofs.items()
        }
    except (*UNREADABLE, *MISSHAPEN, RecursionError) as why:
        found.error("可用性-2", CONSISTENCY, _NO_JSON, why=str(why))
        return {}


def check_seal(dossier: Dossier, ledger: Ledger, found: Findings) -> None:
    """The files against the digests that went into the ledger when the bag was made."""
    sealed = dossier.about(dossier.index["bag"], SEALED)
    if not sealed:
        found.error("真实性-5", EVENTS, gettext_noop("没有封存本档案包的办理记录"))
        return
    seal = sealed[-1]  # a bag that was interrupted is sealed again
    for path, digest in sorted(seal.data["files"].items()):
        if path not in dossier.digests:
            found.error("完整性-1", path, gettext_noop("封存时在包内的文件缺失"))
        elif dossier.digests[path] != digest:
            found.error("真实性-5", path, gettext_noop("文件内容与封存时记入账本的校验值不符"))
    sealed_ones = seal.data["files"].keys()
    referenced = evidence_of(dossier)
    for path in sorted(dossier.digests.keys() - sealed_ones - referenced.keys()):
        if path not in REQUIRED:
            found.error("完整性-2", path, gettext_noop("封存时不在包内的文件"))
    if len(referenced) != seal.data["evidence"]:
        found.error(
            "完整性-6", EVENTS, gettext_noop("封存时材料%(then)d份，现为%(now)d份"),
            then=seal.data["evidence"], now=len(referenced),
        )  # fmt: skip
    others = sorted(leaf for place, leaf in ledger.leaves.items() if place != seal.position)
    if sha256(b"".join(others)).hexdigest() != seal.data["events_digest"]:
        found.error(
            "完整性-6", EVENTS,
            gettext_noop("办理记录与封存时的%(then)d条不一致（现为%(now)d条）：有增减或改动"),
            then=seal.data["events"], now=len(others),
        )  # fmt: skip


def evidence_of(dossier: Dossier) -> dict[str, str]:
    """Path and digest of every material that applications and records name."""
    named = {
        each["path"]: each["digest"]
        for case in dossier.rows(APPLICATIONS) for each in case["evidence"]
    }  # fmt: skip
    return named | {
        row["file"]["path"]: row["file"]["digest"]
        for row in dossier.rows(RECORDS) if row["file"] is not None
    }  # fmt: skip
