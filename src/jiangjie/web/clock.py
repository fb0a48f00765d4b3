"""The one place that reads the clock. Views, commands and tasks call it; deeds take `at=`."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    return timezone.now()


def today() -> date:
    """The day in Shanghai, by which every legal term counts."""
    return timezone.localdate(now())
