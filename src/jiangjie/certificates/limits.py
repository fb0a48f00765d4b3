"""How often one address may look certificates up: numbers run in sequence and could be guessed."""

import hmac
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from django.conf import settings

from jiangjie.certificates import queries

WINDOW = 600  # seconds
WRONG = 3  # what an answer "unknown" costs, when another one costs 1
ALLOWED = 32  # in a window: thirty found, or ten not found


class TooMany(Exception):
    """No more answers for this asker in this window."""


def spend(address: str, at: datetime) -> None:
    """Take the cost of a wrong answer before it is known: guesses at one moment all count.

    Raises TooMany beyond the bound.
    """
    if queries.lookups_counted(asker_of(address), window_of(at), cost=WRONG) > ALLOWED:
        raise TooMany


def give_back(address: str, at: datetime) -> None:
    """The certificate was found: it was no guess."""
    queries.lookups_given_back(asker_of(address), window_of(at), cost=WRONG - 1)


def asker_of(address: str) -> bytes:
    """Keyed, so that the table holds no addresses; a network counts as one asker under IPv6."""
    try:
        known = ip_address(address.strip("[]"))
    except ValueError:
        known = None
    if isinstance(known, IPv6Address):
        address = str(IPv6Address(int(known) >> 64 << 64))
    return hmac.digest(settings.KEYS.index, f"lookup\x00{address}".encode(), sha256)


def window_of(at: datetime) -> datetime:
    seconds = int(at.timestamp()) // WINDOW * WINDOW
    return datetime.fromtimestamp(seconds, at.tzinfo)
