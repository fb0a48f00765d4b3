"""Scores by double entry, corrections, and the composite decision of each candidate."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.files.models import Blob
from jiangjie.planning.models import Batch
from jiangjie.results.rules import Judged, Value, Vote, format_value


class Part(models.TextChoices):
    """As `parts.*` of the policy packs name them."""

    PROBATION = "probation", _("转正定级考核")
    THEORY = "theory", _("理论知识考试")
    PRACTICAL = "practical", _("操作技能考核")
    REVIEW = "review", _("综合评审")
    DOSSIER = "dossier", _("业绩评审")
    DEFENCE = "defence", _("现场答辩")
    VOTE = "vote", _("委员表决")


# A comparison with NULL is NULL, which a check lets pass: hence each "not null" in so many words.
ONE_KIND = (
    Q(is_absent=True, hundredths=None, ayes=None, voters=None, is_good=None)
    | Q(is_absent=False, ayes=None, voters=None, is_good=None)
    & Q(hundredths__isnull=False, hundredths__lte=10000)
    | Q(is_absent=False, hundredths=None, is_good=None)
    & Q(ayes__isnull=False, voters__isnull=False, ayes__lte=F("voters"), voters__gt=0)
    | Q(is_absent=False, hundredths=None, ayes=None, voters=None, is_good__isnull=False)
)


class Scored(models.Model):
    """One value of one part: a score, a vote as it was cast, a judgement, or absent."""

    part = models.CharField(_("科目"), max_length=10, choices=Part)
    hundredths = models.PositiveSmallIntegerField(_("成绩"), null=True, blank=True)
    ayes = models.PositiveSmallIntegerField(_("同意票数"), null=True, blank=True)
    voters = models.PositiveSmallIntegerField(_("到会委员数"), null=True, blank=True)
    is_good = models.BooleanField(_("合格"), null=True, blank=True)
    is_absent = models.BooleanField(_("缺考"), default=False)

    class Meta:
        abstract = True

    @property
    def value(self) -> Value:
        if self.ayes is not None and self.voters is not None:
            return Vote(self.ayes, self.voters)
        return self.hundredths if self.is_good is None else Judged(self.is_good)

    @value.setter
    def value(self, value: Value) -> None:
        self.is_absent = value is None
        self.hundredths = value if isinstance(value, int) else None
        self.ayes, self.voters = (
            (value.ayes, value.voters) if isinstance(value, Vote) else (None, None)
        )
        self.is_good = value.is_good if isinstance(value, Judged) else None

    @property
    def text(self) -> str:
        """As it is typed."""
        return format_value(self.value)


class ScoreEntry(Scored):
    """One typing-in of one part's score; two by different people make a Mark."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="score_entries")
    entry = models.PositiveSmallIntegerField()  # 1 or 2
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "part", "entry"], name="results_entry_once"
            ),
            models.CheckConstraint(condition=ONE_KIND, name="results_entry_one_value"),
            models.CheckConstraint(condition=Q(entry__in=[1, 2]), name="results_entry_1_or_2"),
        ]

    def __str__(self) -> str:
        return f"{self.part} #{self.entry}"


class Handover(models.Model):
    """One typist's unsettled scores of a pass were given to another, for a reason."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="score_handovers")
    part = models.CharField(_("科目"), max_length=10, choices=Part)
    entry = models.PositiveSmallIntegerField()  # 1 or 2
    leaver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    successor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("移交原因"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(leaver=F("successor")), name="results_handed_to_another"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="results_handover_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.part} #{self.entry}"


class ScoreSheet(models.Model):
    """A workbook of one part's scores that was checked, and perhaps taken in. The file is kept."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="score_sheets")
    part = models.CharField(max_length=10, choices=Part)
    entry = models.PositiveSmallIntegerField()  # which of the two typings it is
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    good = models.PositiveIntegerField()  # cells that can be taken
    faults = models.JSONField()  # [{"row", "column", "code", "text", "values"}, …]
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name


class Mark(Scored):
    """The value of a part on which both entries agree, or which the marking of answer sheets
    released; then only a Correction changes it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="marks")
    settled_at = models.DateTimeField()
    # Ledger reference of the marked script, or of the seat that stayed empty; "": typed.
    taken_from = models.CharField(max_length=60, blank=True, default="", db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "part"], name="results_mark_once"),
            models.CheckConstraint(condition=ONE_KIND, name="results_mark_one_value"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.value}"


class Correction(models.Model):
    """更正单: asked for with a reason by one person, decided by another."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="corrections")
    # As the value is typed ("59.5", "7/9", "缺考"): one column for every kind of part.
    before = models.CharField(_("原成绩"), max_length=10)
    after = models.CharField(_("更正为"), max_length=10)
    reason = models.CharField(_("更正理由"), max_length=500)
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
                fields=["mark"], condition=Q(decided_at=None), name="results_one_open_correction"
            )
        ]

    def __str__(self) -> str:
        return self.reason[:20]


class Outcome(models.TextChoices):
    PASSED = "passed", _("合格")
    FAILED = "failed", _("不合格")
    ABSENT = "absent", _("缺考")


class Decision(models.Model):
    """The composite result of one candidate with all that it was computed from."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("评定结果"), max_length=8, choices=Outcome)
    inputs = models.JSONField()  # as rules.inputs_of: combination, parts, values
    explanation = models.JSONField()  # as rules.decide: one entry a part, with its clause
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["batch", "outcome"])]

    def __str__(self) -> str:
        return self.outcome
