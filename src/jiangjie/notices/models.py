"""Messages to people: the in-site inbox and the e-mail outbox.

What waits for somebody is NOT stored here: it is derived from the procedure (see hooks.py).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """A message to one user; `text` is a gettext source with %(name)s places for `values`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    text = models.CharField(_("内容"), max_length=300)
    values = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-sent_at"])]

    def __str__(self) -> str:
        return self.text

    @property
    def message(self) -> str:
        """The text in the reader's language."""
        message: str = gettext(self.text) % self.values
        return message


class Mail(models.Model):
    """An e-mail still to be sent or sent; written with the deed, delivered by a job."""

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)  # the next attempt; None: no more
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)  # of the last attempt

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="notices_mail_due",
            )
        ]

    def __str__(self) -> str:
        return self.subject
