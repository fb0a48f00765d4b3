"""Certificate numbers, certificates, and the runs that issue a batch's."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch


class Series(models.Model):
    """The counter of one (prefix, year, level); its row lock orders the allocations."""

    prefix = models.CharField(max_length=13, db_collation="C")
    year = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()  # ord 2-8
    last_serial = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prefix", "year", "level"], name="certificates_series_once"
            ),
            models.CheckConstraint(
                condition=Q(last_serial__lte=999_999), name="certificates_series_six_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}/{self.year}/{self.level}"


class CertificateState(models.TextChoices):
    VALID = "valid", _("有效")
    REVOKED = "revoked", _("已撤销")


class Certificate(models.Model):
    """One issued certificate. Its words are copied: a later change of names rewrites nothing."""

    number = models.CharField(_("证书编号"), max_length=22, unique=True, db_collation="C")
    prefix = models.CharField(max_length=13, db_collation="C")
    year = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 2-8
    serial = models.PositiveIntegerField()
    application = models.OneToOneField(Application, models.PROTECT, related_name="certificate")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="certificates")
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="certificates")
    holder_name = models.CharField(_("姓名"), max_length=100)
    occupation_code = models.CharField(max_length=12, db_collation="C")
    occupation_name = models.CharField(_("职业名称"), max_length=100)
    work_type = models.CharField(_("工种/职业方向"), max_length=100, blank=True)
    issuer_name = models.CharField(_("评价机构"), max_length=200)
    issued_on = models.DateField(_("发证日期"))
    secret = models.CharField(max_length=32, unique=True, db_collation="C")  # in the QR code
    # The printed certificate carries the identity number in clear, so its bytes are kept sealed
    # (people.identity); the digest is of the clear bytes, as the holder has them.
    pdf = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    pdf_digest = models.CharField(max_length=64, db_collation="C")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=CertificateState, default=CertificateState.VALID)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_reason = models.CharField(_("撤销原因"), max_length=300, blank=True)
    handed_over_on = models.DateField(_("领取日期"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prefix", "year", "level", "serial"], name="certificates_serial_once"
            ),
            models.CheckConstraint(
                condition=Q(state="valid", revoked_at=None)
                | Q(state="revoked", revoked_at__isnull=False) & ~Q(revoked_reason=""),
                name="certificates_revoked_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["batch", "number"]), models.Index(fields=["person"])]

    def __str__(self) -> str:
        return self.number


class IssueRun(models.Model):
    """Issuing a batch's certificates: a long job that survives a restart.

    What is still to do is always asked from the decisions; this row holds wish and progress.
    """

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="issue_run")
    issued_on = models.DateField()
    total = models.PositiveIntegerField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)  # why it stopped; it is started anew

    def __str__(self) -> str:
        return f"{self.batch_id}"

    @property
    def is_running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None and not self.error


class Obstacle(models.Model):
    """Why somebody's certificate could not be made, so that it holds up nobody else's.

    Made by a run and dropped by the next one, which tries again.
    """

    application = models.OneToOneField(Application, models.CASCADE, related_name="obstacle")
    text = models.CharField(max_length=300)  # a gettext source with places for `values`
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.text

    @property
    def message(self) -> str:
        """The text in the reader's language."""
        message: str = gettext(self.text) % self.values
        return message


class Lookup(models.Model):
    """How often one asker looked up certificates in one window: the bound against guessing."""

    asker = models.BinaryField(max_length=32)  # keyed hash of the address
    window = models.DateTimeField()  # its beginning
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "window"], name="certificates_lookup_window_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.window} {self.count}"
