"""How many objections one address may send in an hour (house decision against flooding)."""

from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from jiangjie.kernel.errors import RuleViolation, gettext_noop

OBJECTIONS_AN_HOUR = 5
LOOK_UPS_AN_HOUR = 30  # of receipts
_HOUR = 3600  # seconds


def client_address(request: HttpRequest) -> str:
    """The address of the reader; what a proxy says counts only for the proxies we trust."""
    if hops := settings.CONFIG.trusted_proxies:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")
        return forwarded[-min(hops, len(forwarded))].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def count(deed: str, address: str, *, limit: int, at: datetime) -> None:
    """Count one more; RuleViolation beyond the limit of the running hour.

    Only a digest of the address is kept, and for an hour: an objector stays anonymous.
    """
    hour = int(at.timestamp()) // _HOUR
    key = f"limit:{deed}:{hour}:{sha256(f'{hour}:{address}'.encode()).hexdigest()[:32]}"
    if cache.add(key, 1, _HOUR):
        return
    if cache.incr(key) > limit:
        raise RuleViolation(
            "publicity.too_many",
            gettext_noop("操作过于频繁，请一小时后再试，或拨打公告中的监督电话。"),
        )
