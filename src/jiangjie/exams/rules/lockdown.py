"""Safe Exam Browser: the settings file of a sitting, and whether a request came from under it.

The Config Key is SHA-256 over the settings in a form like JSON (https://safeexambrowser.org/
developer/seb-config-key.html): keys of every dictionary sorted without regard to case, no white
space, no escaping, no `originatorVersion`, no empty dictionary; bytes as Base64, times as ISO 8601.
The browser sends SHA-256 of the address, without its fragment, and that key.
"""

import plistlib
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

Settings = Mapping[str, Any]  # what a property list holds


def settings_for(*, start_url: str, quit_url: str) -> Settings:
    """As little as is needed: one site, the whole screen, and out by the link of the last page."""
    return {
        "allowQuit": False,
        "allowSpellCheck": False,
        "browserViewMode": 1,  # full screen
        # On macOS and iOS the one engine that keeps a page without a line; it tells the page the
        # key, where the other one would send it in a header.
        "browserWindowWebView": 3,
        "enablePrivateClipboard": True,
        "examSessionClearCookiesOnEnd": True,
        "examSessionClearCookiesOnStart": False,  # a browser that crashed finds its seat again
        "newBrowserWindowByLinkPolicy": 0,
        "quitURL": quit_url,
        "quitURLConfirm": False,
        "sebConfigPurpose": 0,  # to start an exam
        "sendBrowserExamKey": True,
        "showReloadButton": True,
        "showTaskBar": True,
        "showTime": True,
        "startURL": start_url,
    }


def config_file(settings: Settings) -> bytes:
    """The settings as the browser opens them (a property list, not encrypted: it has no secret)."""
    return plistlib.dumps(dict(settings))


def config_key(settings: Settings) -> str:
    """64 hexadecimal digits."""
    return sha256(_seb_json(settings, is_whole=True).encode()).hexdigest()


def _seb_json(value: Any, *, is_whole: bool = False) -> str:
    if isinstance(value, Mapping):
        parts = (
            f'"{name}":{_seb_json(value[name])}'
            for name in sorted(value, key=str.casefold)
            if value[name] != {} and not (is_whole and name == "originatorVersion")
        )
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_seb_json, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f'"{b64encode(value).decode()}"'
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def request_hash(url: str, key: str) -> str:
    """What the browser sends with a request of `url` (without its fragment)."""
    return sha256((url + key).encode()).hexdigest()


def is_from(url: str, key: str, sent: str) -> bool:
    return compare_digest(request_hash(url, key), sent.strip().lower())
