"""BagIt (RFC 8493): every file is there, none besides, none altered."""

import re
from dataclasses import dataclass

from jiangjie.kernel.errors import gettext_noop
from jiangjie.verify.container import UNREADABLE, Container, digests
from jiangjie.verify.report import Findings

PAYLOAD, TAGS = re.compile("manifest-(sha256|sha512).txt"), re.compile(
    "tagmanifest-(sha256|sha512).txt"
)  # fmt: skip
DECLARATION = re.compile(
    rb"BagIt-Version: (0\.9[67]|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\s*"
)
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_MISSING = gettext_noop("清单所列的文件不在包内")
_ALTERED = gettext_noop("文件内容与清单的校验值不符，已被改动或损坏")


@dataclass(frozen=True, slots=True)
class Manifest:
    path: str
    algorithm: str
    digests: dict[str, str]


def check(bag: Container, found: Findings) -> dict[str, str]:
    """The SHA-256 of each payload file as it is now; findings for all that differs."""
    for each in bag.unsafe:
        found.error("安全性-1", each.path, each.why)
    _check_declaration(bag, found)
    payload = _manifests(bag, PAYLOAD, found)
    tags = _manifests(bag, TAGS, found)
    if not payload:
        found.error("可用性-1", "manifest-sha256.txt", gettext_noop("没有可用的清单文件"))
    inside = {path for path in bag.sizes if path.startswith("data/")}
    wanted = dict.fromkeys(sorted(inside), "sha256")
    now = digests(bag, wanted)
    for manifest in payload:
        actual = now
        if manifest.algorithm != "sha256":
            there = inside & manifest.digests.keys()
            actual = digests(bag, dict.fromkeys(there, manifest.algorithm))
        _compare(manifest, actual, "真实性-1", found)
        for path in sorted(inside - manifest.digests.keys()):
            found.error("完整性-2", path, gettext_noop("文件不在清单%(manifest)s中"),
                        manifest=manifest.path)  # fmt: skip
    for manifest in tags:
        there = bag.sizes.keys() & manifest.digests.keys()
        _compare(
            manifest, digests(bag, dict.fromkeys(there, manifest.algorithm)), "真实性-2", found
        )
    if not tags:
        found.error("完整性-1", "tagmanifest-sha256.txt", gettext_noop("没有标签清单"))
    _check_tags(bag, tags, found)
    _check_oxum(bag, inside, found)
    return now


def _compare(manifest: Manifest, now: dict[str, str], item: str, found: Findings) -> None:
    for path, expected in sorted(manifest.digests.items()):
        if path not in now:
            found.error("完整性-1", path, _MISSING)
        elif now[path] != expected:
            found.error(item, path, _ALTERED)


def _check_declaration(bag: Container, found: Findings) -> None:
    if "bagit.txt" not in bag.sizes:
        found.error("可用性-1", "bagit.txt", gettext_noop("没有BagIt声明文件"))
    elif not DECLARATION.fullmatch(_read(bag, "bagit.txt") or b""):
        found.error("可用性-1", "bagit.txt", gettext_noop("BagIt声明不能识别"))


def _check_tags(bag: Container, tags: list[Manifest], found: Findings) -> None:
    """Tag files that no tag manifest covers could say anything."""
    covered = {path for manifest in tags for path in manifest.digests}
    for path in sorted(bag.sizes):
        if not path.startswith("data/") and not TAGS.fullmatch(path) and path not in covered:
            found.error("完整性-2", path, gettext_noop("文件不在标签清单中"))


def _check_oxum(bag: Container, inside: set[str], found: Findings) -> None:
    text = (_read(bag, "bag-info.txt") or b"").decode("utf-8", "replace")
    said = re.search(r"^Payload-Oxum: *(\d+)\.(\d+) *$", text, re.MULTILINE)
    size = sum(bag.sizes[path] for path in inside)
    if said is None:
        found.warn("完整性-7", "bag-info.txt", gettext_noop("没有文件数和字节数（Payload-Oxum）"))
    elif (int(said[1]), int(said[2])) != (size, len(inside)):
        found.error(
            "完整性-7", "bag-info.txt",
            gettext_noop("说明为%(said)s，实际为%(size)d字节、%(count)d个文件"),
            said=f"{said[1]}.{said[2]}", size=size, count=len(inside),
        )  # fmt: skip


def _manifests(bag: Container, pattern: re.Pattern[str], found: Findings) -> list[Manifest]:
    manifests = []
    for path in sorted(bag.sizes):
        if named := pattern.fullmatch(path):
            listed: dict[str, str] = {}
            text = (_read(bag, path) or b"").decode("utf-8", "replace")
            for number, line in enumerate(text.splitlines(), start=1):
                parsed = _LINE.fullmatch(line)
                if not parsed or _plain(parsed[2]) in listed:
                    found.error("可用性-1", f"{path}#{number}",
                                gettext_noop("清单的这一行不能识别或重复"))  # fmt: skip
                    continue
                listed[_plain(parsed[2])] = parsed[1].lower()
            manifests.append(Manifest(path, named[1], listed))
    return manifests


def _plain(path: str) -> str:
    return path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def _read(bag: Container, path: str) -> bytes | None:
    try:
        return bag.read(path)
    except (KeyError, *UNREADABLE):
        return None
