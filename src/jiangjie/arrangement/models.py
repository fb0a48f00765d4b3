"""Panels of a batch, who sits on them, what stands between people, and the letters sent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.orgs.models import Organisation
from jiangjie.people.models import Person
from jiangjie.planning.models import Batch, BatchLine
from jiangjie.resources.models import Booking, Duty, Expert


class TieKind(models.TextChoices):
    """As `examiner.recusal` of the policy packs names them; a dispute is our own."""

    SUPERVISOR = "supervisor", _("直接上下级")
    MENTOR = "mentor", _("师徒")
    RELATIVE = "relative", _("亲属")
    TRAINER = "trainer", _("培训教师与学员")
    DISPUTE = "dispute", _("曾有争议")


class Tie(models.Model):
    """Something between two verified people that bears on 回避; told by one of them or recorded
    by an office from its papers. It is taken back, never changed."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="ties")
    other = models.ForeignKey(Person, models.PROTECT, related_name="ties_of_others")
    kind = models.CharField(_("关系"), max_length=10, choices=TieKind)
    source = models.CharField(_("来源"), max_length=200)
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=F("other")), name="arrangement_tie_of_two_people"
            ),
            models.UniqueConstraint(
                fields=["person", "other", "kind"], condition=Q(taken_back_at=None),
                name="arrangement_tie_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()} {self.other}"


class Declaration(models.Model):
    """回避声明 of an expert or a candidate for one batch: that he has told all his ties."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="recusal_declarations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="recusal_declarations")
    is_expert = models.BooleanField(_("专家"))
    names = models.TextField(_("须回避的人和理由"), blank=True)  # "": nobody
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "person", "is_expert"], name="arrangement_declared_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.batch}"


class PanelPart(models.TextChoices):
    PRACTICAL = "practical", _("操作技能考评组")
    REVIEW = "review", _("综合评审组")
    THEORY = "theory", _("理论监考组")
    SUPERVISION = "supervision", _("质量督导组")


DUTY_OF = {
    PanelPart.PRACTICAL: Duty.ASSESS,
    PanelPart.REVIEW: Duty.REVIEW,
    PanelPart.THEORY: Duty.INVIGILATE,
    PanelPart.SUPERVISION: Duty.INSIDE,
}
NEEDS_CARD = frozenset({PanelPart.PRACTICAL, PanelPart.REVIEW})


class Panel(models.Model):
    """A group of experts that assesses, invigilates or supervises candidates of a batch."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="panels")
    part = models.CharField(_("类别"), max_length=12, choices=PanelPart)
    line = models.ForeignKey(  # None: of all occupations and levels, e.g. a theory room
        BatchLine, models.PROTECT, null=True, blank=True, related_name="panels"
    )
    name = models.CharField(_("名称"), max_length=60)
    size = models.PositiveSmallIntegerField(_("人数"))
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    booking = models.ForeignKey(
        Booking, models.PROTECT, null=True, blank=True, related_name="panels"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "name"], condition=Q(cancelled_at=None),
                name="arrangement_panel_name_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(size__gt=0),
                name="arrangement_panel_possible",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class PanelCase(models.Model):
    """A candidate of a panel; one panel for each part. `told` is what his ticket last said."""

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="cases")
    part = models.CharField(max_length=12, choices=PanelPart)
    application = models.ForeignKey(Application, models.PROTECT, related_name="panel_cases")
    place = models.PositiveSmallIntegerField(_("序号"))
    told = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "part"], name="arrangement_one_panel_a_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.panel} {self.place}"


class Seat(models.Model):
    """An expert's seat on a panel; who leaves keeps his row with the reason."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="seats")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats")
    is_chair = models.BooleanField(_("组长"), default=False)
    is_locked = models.BooleanField(_("锁定"), default=False)
    by_hand = models.BooleanField(_("人工选定"), default=False)
    taken_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(_("离开原因"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "expert"], condition=Q(left_at=None),
                name="arrangement_seated_once",
            ),
            models.UniqueConstraint(
                fields=["panel"], condition=Q(left_at=None, is_chair=True),
                name="arrangement_one_chair",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.expert} · {self.panel}"


class RunKind(models.TextChoices):
    FILL = "fill", _("自动安排")
    REPAIR = "repair", _("最少变动调整")


class Solving(models.Model):
    """One search for seatings. A row without an end is the duty to make it.

    `found` is the best so far, panel → experts, written only when the checker passed it.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="solvings")
    kind = models.CharField(_("方式"), max_length=6, choices=RunKind)
    outside_percent = models.PositiveSmallIntegerField(_("外单位成员比例"), default=0)
    seed = models.PositiveIntegerField(default=1)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=1)
    found = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)  # total, worst, bound, moves
    conflict = models.JSONField(default=list)  # texts of rules that cannot all hold
    before = models.JSONField(default=dict)  # the seats when it began
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(ended_at=None), name="arrangement_one_search_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(outside_percent__lte=100), name="arrangement_percent"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.batch} {self.get_kind_display()}"

    @property
    def state(self) -> str:
        """As components/progress.html names it."""
        if self.cancelled_at:
            return "cancelled"
        if self.error or self.conflict:
            return "failed"
        return "done" if self.ended_at else "running"


class Letter(models.Model):
    """派遣令 for one seat as it was sent; a changed time or room sends another that replaces it."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="letters")
    number = models.CharField(_("编号"), max_length=80, unique=True, db_collation="C")
    content = models.JSONField()  # panel, part, starts_at, ends_at, room, address, is_chair
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True, blank=True)
    answer = models.CharField(_("说明"), max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seat"], condition=Q(withdrawn_at=None), name="arrangement_one_letter_a_seat"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class DayCheck(models.Model):
    """The re-check of a panel on its day: what stood against it at that moment."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="day_checks")
    findings = models.JSONField()  # member ("" for the panel), text, values, source, is_hard
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.panel} {self.at}"
