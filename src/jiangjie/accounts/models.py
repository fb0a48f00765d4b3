"""Who logs in, and in which role for which organisation."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiangjie.orgs.models import Organisation


class User(AbstractUser):
    """A log-in. The verified person behind it is `people.Person` (one to one)."""

    display_name = models.CharField(_("姓名"), max_length=100)
    is_demo = models.BooleanField(_("虚构"), default=False)
    # A one-time password from an administrator; every page leads to the change of it first.
    must_change_password = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.display_name or self.username


class Role(models.TextChoices):
    WORKER = "worker", _("职工")
    CLERK = "clerk", _("基层经办人")
    OFFICE = "office", _("评价办公室")
    COMMITTEE = "committee", _("评价委员会")
    ASSESSOR = "assessor", _("考评员")
    INVIGILATOR = "invigilator", _("监考员")
    WRITER = "writer", _("命题专家")
    SUPERVISOR = "supervisor", _("质量督导员")
    PAYROLL = "payroll", _("薪酬经办人")
    OFFICER = "officer", _("人社工作人员")
    ADMIN = "admin", _("机构管理员")


class Membership(models.Model):
    """One role of one user in one organisation, from a day until a day."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    since = models.DateField(_("自"))
    until = models.DateField(_("至"), null=True, blank=True)  # the last day

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "org", "role"],
                condition=models.Q(until=None),
                name="accounts_role_held_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.org}"


class Invitation(models.Model):
    """A role offered to an account of elsewhere; it holds once the person has accepted it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="invitations")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="invitations")
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    since = models.DateField(_("自"))
    until = models.DateField(_("至"), null=True, blank=True)  # the last day
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "org", "role"],
                condition=models.Q(answered_at=None),
                name="accounts_one_open_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None, answered_by=None, is_accepted=None)
                | models.Q(
                    answered_at__isnull=False, answered_by__isnull=False, is_accepted__isnull=False
                ),
                name="accounts_answered_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.org}"
