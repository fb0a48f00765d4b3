"""Where strangers look a certificate up: what its QR code holds."""

from django.conf import settings
from django.urls import reverse

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 -- told apart, not listened on
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]", "*"})


def site() -> str:
    """Address of this installation as others reach it, without a slash at the end.

    Without `public_url` it is guessed: the name that is served, then the address listened on.
    """
    config = settings.CONFIG
    if config.public_url:
        return str(config.public_url).rstrip("/")
    named = next((host for host in settings.ALLOWED_HOSTS if host not in _HERE), "")
    listening = "127.0.0.1" if config.host in _EVERYWHERE else config.host
    host = named.lstrip(".") or (f"[{listening}]" if ":" in listening else listening)
    return f"http://{host}:{config.port}"


def verify_url(secret: str) -> str:
    return site() + reverse("certificates:by_secret", args=[secret])
