"""The append-only ledger: events, their place in the Merkle tree, signed checkpoints.

The database refuses UPDATE, DELETE and TRUNCATE on all of these but Pending (migration 0002).
DO NOT keep state here: an event says what was done, the apps' own rows say what is.
"""

from django.conf import settings
from django.db import models

from jiangjie.ledger.actions import action_name
from jiangjie.orgs.models import Organisation


class Event(models.Model):
    """One deed, written in the transaction of the deed."""

    org = models.ForeignKey(Organisation, models.PROTECT, null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    action = models.CharField(max_length=80)  # stable text, "<app>.<done>"
    subject = models.CharField(max_length=80, db_collation="C")  # "<app>.<model>:<pk>"
    # The batch a deed belongs to, as "planning.batch:<pk>"; "" outside of any. For the archive.
    context = models.CharField(max_length=80, db_collation="C", blank=True)
    data = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=32)  # leaf hash over the canonical JSON of the above

    class Meta:
        indexes = [
            models.Index(fields=["context", "id"]),
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["org", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    @property
    def label(self) -> str:
        """The action in the reader's words."""
        return str(action_name(self.action))


class Pending(models.Model):
    """An event that is not yet in the tree. A trigger writes it, the sequencer takes it away.

    Ids become visible out of order between transactions, so no mark "sequenced up to id n"
    could be right; and asking which events have no leaf would read the whole ledger.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.event_id}"


class Leaf(models.Model):
    """The place of an event in the tree; given by the sequencer, dense from 0."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="leaf")

    def __str__(self) -> str:
        return f"{self.position}: {self.event_id}"


class Node(models.Model):
    """Hash of a complete subtree of 2**level leaves, so that a proof needs no scan."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """A signed statement: the first `size` leaves hash to `root`."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()  # signed note, C2SP tlog-checkpoint form
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.size}"
