"""Bags that were exported; what belongs into one is derived (queries.volumes)."""

from django.conf import settings
from django.db import models

from jiangjie.files.models import Blob
from jiangjie.planning.models import Batch


class Bag(models.Model):
    """One exported BagIt bag of a batch, as a zip file; sealed with a ledger checkpoint.

    A row without `blob`, `cancelled_at` and `error` is the duty to make it.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="bags")
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    completeness = models.JSONField(default=list)  # the volumes as they were
    report = models.JSONField(default=dict)  # of the verification right after making
    checkpoint_size = models.BigIntegerField(null=True)
    written = models.PositiveIntegerField(default=0)  # files of the bag, while it is made
    total = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch"],
                condition=models.Q(made_at=None, cancelled_at=None, error=""),
                name="archive_one_bag_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def state(self) -> str:
        """As components/progress.html names it."""
        if self.made_at:
            return "done"
        if self.cancelled_at:
            return "cancelled"
        return "failed" if self.error else "running"
