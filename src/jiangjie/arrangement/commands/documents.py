"""What a command reads as JSON."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from jiangjie.kernel.errors import BadInput, gettext_noop


def read_text(name: str) -> str:
    """`-` is standard input. BadInput where it cannot be read."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as why:
        raise BadInput(gettext_noop("无法读取：%(why)s"), why=why.strerror or str(why)) from why
    except UnicodeDecodeError as why:
        raise BadInput(gettext_noop("不是UTF-8文字。")) from why


def json_document(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as why:
        raise BadInput(gettext_noop("不是JSON：%(why)s"), why=str(why)) from why


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) != len(dict(pairs)):
        repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
        raise BadInput(gettext_noop("同一对象中重复的字段：%(keys)s。"), keys="、".join(repeated))
    return dict(pairs)
