"""Marking (阅卷): rounds, anonymous scripts, marks of two or three people, slips, re-checks.

Not for what the machine marks (`exams.Sheet`), nor for the composite result (`results`).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.exams.models import Paper, Sheet
from jiangjie.planning.models import Batch


class ThirdRule(models.TextChoices):
    """As `rules.marks.Third`."""

    NEAREST_TWO = "nearest", _("取最接近的两个分数的平均分")
    MEAN_OF_THREE = "mean", _("取三个分数的平均分")
    THIRD_STANDS = "third", _("以第三人的评分为准")


class Round(models.Model):
    """All answer sheets of a batch's closed sittings that no earlier round took."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="marking_rounds")
    title = models.CharField(_("阅卷轮次"), max_length=100)
    limit_percent = models.PositiveSmallIntegerField(_("允许误差（占题目分值的百分比）"))
    third = models.CharField(_("第三人评分后"), max_length=8, choices=ThirdRule)
    bars_own_unit = models.BooleanField(_("阅卷人回避本单位考生"), default=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("建立时间"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("合分时间"), null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, db_collation="C")  # of the totals
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(_("复核合分时间"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    recheck_until = models.DateField(_("复核申请截止"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(limit_percent__lte=100), name="marking_limit_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, digest="") | Q(closed_at__isnull=False) & ~Q(digest=""),
                name="marking_closed_with_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None)
                | Q(closed_by__isnull=False) & ~Q(checked_by=F("closed_by")),
                name="marking_sums_take_two",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None)
                | Q(checked_at__isnull=False, recheck_until__isnull=False),
                name="marking_released_when_checked",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Script(models.Model):
    """One answer sheet in a round, under a number that tells no marker whose it is."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="scripts")
    sheet = models.OneToOneField(Sheet, models.PROTECT, related_name="script")
    number = models.PositiveIntegerField(_("密号"))
    # From the closing on; hundredths. By unit: {"1": 100, …}.
    marks = models.JSONField(default=dict)
    earned = models.PositiveIntegerField(_("卷面得分"), null=True, blank=True)
    possible = models.PositiveIntegerField(_("卷面满分"))
    score = models.PositiveSmallIntegerField(_("成绩"), null=True, blank=True)  # out of 100.00

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="marking_number_once"),
            models.CheckConstraint(
                condition=Q(earned=None, score=None)
                | Q(earned__isnull=False, score__isnull=False, earned__lte=F("possible")),
                name="marking_summed_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number:04d}"


class Question(models.Model):
    """What people mark in a round: one item, or one part of it, across all forms of the paper."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="questions")
    # Where its words are read; other forms may hold the same item under another number.
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="+")
    unit = models.PositiveSmallIntegerField(_("题号"))
    item = models.CharField(max_length=80, db_collation="C")  # the bank's code of the version
    part = models.PositiveSmallIntegerField(default=0)  # place among the item's parts
    points = models.PositiveIntegerField(_("分值"))  # hundredths

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "item", "part", "points"], name="marking_question_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.unit}"


class Share(models.Model):
    """A marker of a question: the first, the second, or the third for what deviates."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="shares")
    marker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="marking_shares"
    )
    place = models.PositiveSmallIntegerField(_("第几阅卷人"))
    signed_at = models.DateTimeField(_("签字时间"), null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, db_collation="C")  # of the marks signed

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None, digest="") | Q(signed_at__isnull=False) & ~Q(digest=""),
                name="marking_signed_with_a_digest",
            ),
            models.UniqueConstraint(fields=["question", "place"], name="marking_place_once"),
            models.UniqueConstraint(fields=["question", "marker"], name="marking_marker_once"),
            models.CheckConstraint(condition=Q(place__in=[1, 2, 3]), name="marking_three_places"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}/{self.place}"


class Response(models.Model):
    """One candidate's answer to a question that people mark."""

    script = models.ForeignKey(Script, models.PROTECT, related_name="responses")
    question = models.ForeignKey(Question, models.PROTECT, related_name="responses")
    unit = models.PositiveSmallIntegerField()  # in the candidate's own form

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["script", "unit"], name="marking_response_once"),
        ]

    def __str__(self) -> str:
        return f"{self.script_id}/{self.unit}"


class GivenMark(models.Model):
    """What one person gave one answer; seen by no other marker, his own until he signs."""

    response = models.ForeignKey(Response, models.PROTECT, related_name="given")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    points = models.PositiveIntegerField(_("得分"))  # hundredths
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "place"], name="marking_given_once"),
            models.UniqueConstraint(
                fields=["response", "marker"], name="marking_different_markers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}/{self.place}"


class RecheckOutcome(models.TextChoices):
    KEPT = "kept", _("维持")
    CORRECTED = "corrected", _("更正")


class Recheck(models.Model):
    """成绩复核: a candidate asks to have the summing and completeness of his script checked."""

    script = models.OneToOneField(Script, models.PROTECT, related_name="recheck")
    reason = models.CharField(_("申请理由"), max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"))
    answer_by = models.DateField(_("答复期限"))
    outcome = models.CharField(_("复核结论"), max_length=10, choices=RecheckOutcome, blank=True)
    settled_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    before = models.PositiveSmallIntegerField()  # the score that was asked about, hundredths

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", settled_at=None)
                | ~Q(outcome="") & Q(settled_at__isnull=False),
                name="marking_recheck_settled_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.script)


class Check(models.Model):
    """What one of the people of a re-check found."""

    recheck = models.ForeignKey(Recheck, models.PROTECT, related_name="checks")
    is_in_order = models.BooleanField(_("核对无误"))
    note = models.CharField(_("复核意见"), max_length=500)  # the candidate reads it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recheck", "by"], name="marking_checks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.recheck_id}/{self.by_id}"


class Slip(models.Model):
    """更正单 of one question's points after the closing: asked by one, decided by another."""

    script = models.ForeignKey(Script, models.PROTECT, related_name="slips")
    unit = models.PositiveSmallIntegerField(_("题号"))
    before = models.PositiveIntegerField(_("原得分"))  # hundredths
    after = models.PositiveIntegerField(_("更正为"))
    reason = models.CharField(_("更正理由"), max_length=500)
    recheck = models.ForeignKey(
        Recheck, models.PROTECT, null=True, blank=True, related_name="slips"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["script"], condition=Q(decided_at=None), name="marking_one_open_slip"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="marking_slip_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return self.reason[:20]
