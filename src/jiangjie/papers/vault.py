"""Papers and problems at rest under the installation's key: while they are proofed, and once opened.

Between sealing and opening a paper lies under its two halves instead (rules.custody) and `read`
cannot open it.
"""

import json
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from jiangjie.itembank import secrecy
from jiangjie.itembank.rules.content import PaperContent
from jiangjie.papers.models import AssemblyRun, Paper


def content_bytes(content: PaperContent) -> bytes:
    return json.dumps(content.to_dict(), ensure_ascii=False, separators=(",", ":")).encode()


def content_of(clear: bytes) -> PaperContent:
    return PaperContent.from_dict(json.loads(clear))


def digest(clear: bytes) -> str:
    """SHA-256 of a paper as it was sealed: what the ledger keeps of it."""
    return sha256(clear).hexdigest()


def seal_paper(clear: bytes, *, code: str) -> bytes:
    return secrecy.seal(clear, f"paper:{code}")


def unseal_paper(paper: Paper) -> bytes:
    """cryptography's InvalidTag while the paper lies under two keys."""
    return secrecy.unseal(paper.content, f"paper:{paper.code}")


def read(paper: Paper) -> PaperContent:
    return content_of(unseal_paper(paper))


def seal_form(form: Mapping[str, Any] | list[Any], *, digest: str, what: str) -> bytes:
    """A problem or the forms found, small: a pool of thousands of items repeats itself."""
    clear = json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()
    return secrecy.seal(zlib.compress(clear), f"{what}:{digest}")


def problem_of(run: AssemblyRun) -> dict[str, Any]:
    assert run.problem is not None  # noqa: S101 -- erased only with the sealing of its papers
    clear = zlib.decompress(secrecy.unseal(run.problem, f"problem:{run.digest}"))
    problem: dict[str, Any] = json.loads(clear)
    return problem


def found_of(run: AssemblyRun) -> list[list[str]]:
    assert run.found is not None  # noqa: S101 -- as above
    forms: list[list[str]] = json.loads(
        zlib.decompress(secrecy.unseal(run.found, f"found:{run.digest}"))
    )
    return forms
