"""Stored files by digest. Who may read one is decided by the app whose row points to it."""

from django.db import models


class Blob(models.Model):
    """Bytes under their SHA-256; the same bytes are stored once."""

    digest = models.CharField(max_length=64, primary_key=True, db_collation="C")  # hex
    size = models.BigIntegerField()  # bytes
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]
