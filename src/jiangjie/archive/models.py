"""Bags that were exported; what belongs into one is derived (queries.volumes)."""

from django.conf import settings
from django.db import models

from jiangjie.files.models import Blob
from jiangjie.planning.models import Batch


class Bag(models.Model):
    """One exported BagIt bag of a batch, as a zip file; sealed with a ledger checkpoint."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="bags")
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")  # None: being made
    file_name = models.CharField(max_length=200)
    completeness = models.JSONField(default=dict)  # volumes as they were
    checkpoint_size = models.BigIntegerField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.file_name
