"""Applications (申报), their evidence, and rosters that brought them in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch, BatchLine


class Route(models.TextChoices):
    """How the person comes to the level; all but REGULAR need clause, evidence and approval."""

    REGULAR = "regular", _("正常申报")
    EXCEPTION = "exception", _("破格")
    SKIP = "skip", _("越级")
    DIRECT = "direct", _("直接认定")
    THEORY_EXEMPT = "theory_exempt", _("免理论")


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("审核中")
    RETURNED = "returned", _("退回修改")
    REJECTED = "rejected", _("审核不通过")
    QUALIFIED = "qualified", _("审核通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class RosterImport(models.Model):
    """A workbook that was checked, and perhaps taken in. The file itself is kept."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rosters")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    marked = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    faults = models.JSONField()  # as `jiangjie check-roster` prints them
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created = models.PositiveIntegerField(default=0)  # applications made by it
    unchanged = models.PositiveIntegerField(default=0)  # rows that were there already

    def __str__(self) -> str:
        return self.file_name


class Application(models.Model):
    """One person's case in one batch, from 申报 on; everything later points to it.

    `facts` and `verdict` are frozen when it is submitted: the archive re-computes the second
    from the first with the batch's pack.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="applications")
    line = models.ForeignKey(BatchLine, models.PROTECT, related_name="applications")
    person = models.ForeignKey(Person, models.PROTECT, related_name="applications")
    unit = models.ForeignKey(  # the unit (基层单位) whose clerk signs layer 1
        Organisation, models.PROTECT, related_name="unit_applications"
    )
    unit_name = models.CharField(_("单位"), max_length=200)
    department = models.CharField(_("部门"), max_length=100, blank=True)
    team = models.CharField(_("班组"), max_length=100, blank=True)
    state = models.CharField(
        max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT
    )
    round = models.PositiveSmallIntegerField(default=1)
    # The layer whose turn it is to review; None when the case is not under review.
    turn = models.PositiveSmallIntegerField(null=True, blank=True)
    route = models.CharField(_("申报方式"), max_length=14, choices=Route, default=Route.REGULAR)
    route_reason = models.CharField(_("破格等理由"), max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    verdict = models.JSONField(default=dict)
    is_eligible = models.BooleanField(_("符合条件"), null=True)
    clause = models.CharField(_("符合的条款"), max_length=60, blank=True)
    photo = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="+")
    roster = models.ForeignKey(
        RosterImport, models.PROTECT, null=True, blank=True, related_name="applications"
    )
    ticket = models.CharField(_("准考证号"), max_length=20, blank=True, db_collation="C")
    # Until it is submitted a case is seen by its person and by whoever entered it.
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "person"],
                condition=~Q(state="withdrawn"),
                name="applications_one_a_batch",
            ),
            models.UniqueConstraint(
                fields=["batch", "ticket"],
                condition=~Q(ticket=""),
                name="applications_ticket_once",
            ),
            models.CheckConstraint(
                condition=Q(state="submitted", turn__isnull=False)
                | ~Q(state="submitted") & Q(turn=None),
                name="applications_turn_while_under_review",
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "state"]),
            models.Index(fields=["unit", "state"]),
            models.Index(
                fields=["batch", "turn"],
                condition=Q(turn__isnull=False),
                name="applications_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.line_id}"


class Intake(models.Model):
    """That a batch takes no more applications: written once, after the last day."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="intake")
    people = models.PositiveIntegerField()  # cases under review or decided at that moment
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(  # None: the program, the day after
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.batch_id}"


class Evidence(models.Model):
    """A document of an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="evidence")
    kind = models.CharField(_("材料"), max_length=60)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name
