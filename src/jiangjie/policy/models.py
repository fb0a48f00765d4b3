"""Frozen policy packs and the confirmed years of the work calendar.

The packs themselves are files (packs/*.yaml). Here is only what a batch froze when it was
opened, so that a later change of a file rewrites no history.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class PackVersion(models.Model):
    """A resolved pack as it was used at least once; never changed."""

    digest = models.CharField(max_length=64, primary_key=True, db_collation="C")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    body = models.JSONField()
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"


class CalendarYear(models.Model):
    """Holidays and make-up days (调休) of one year, by the State Council's yearly notice.

    Overrides what the program ships; a year in neither is refused, never guessed.
    """

    year = models.PositiveSmallIntegerField(primary_key=True)
    days_off = ArrayField(models.DateField(), verbose_name=_("放假的工作日"))
    made_up = ArrayField(models.DateField(), verbose_name=_("上班的休息日"))
    source = models.CharField(_("依据"), max_length=200)
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.year)
