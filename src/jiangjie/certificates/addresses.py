"""Where strangers look a certificate up: what its QR code holds."""

from django.conf import settings
from django.urls import reverse


def site() -> str:
    """Address of this installation as others reach it, without a slash at the end."""
    config = settings.CONFIG
    host = f"[{config.host}]" if ":" in config.host else config.host
    return config.public_url.rstrip("/") or f"http://{host}:{config.port}"


def verify_url(secret: str) -> str:
    return site() + reverse("certificates:by_secret", args=[secret])
