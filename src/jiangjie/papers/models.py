"""Blueprints, assembly runs, papers under two keys, and who had them in hand.

What a paper says is sealed at every moment: under the installation's key while it is proofed and
after it was opened, in between under a key of which two persons hold one half each
(docs/explanation/paper-secrecy.md). Items and their words belong to `itembank`.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.applications.models import Application
from jiangjie.itembank.models import ElementTable
from jiangjie.orgs.models import Organisation
from jiangjie.planning.models import Batch


class Aim(models.TextChoices):
    DIFFICULTY = "difficulty", _("各套难度相当")
    INFORMATION = "information", _("各套测量最准")


class Blueprint(models.Model):
    """What papers are to be like (组卷方案). Without a batch it is a pattern for any batch."""

    org = models.ForeignKey(Organisation, models.PROTECT, related_name="blueprints")
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="blueprints"
    )
    title = models.CharField(_("名称"), max_length=200)
    table = models.ForeignKey(ElementTable, models.PROTECT, related_name="blueprints")
    minutes = models.PositiveSmallIntegerField(_("考试时间（分钟）"))
    # [kind, items, points of each in hundredths], in the order of the paper
    shape = models.JSONField(_("题型"))
    forms = models.PositiveSmallIntegerField(_("正卷套数"), default=2)
    spares = models.PositiveSmallIntegerField(_("备用卷套数"), default=1)
    overlap = models.PositiveSmallIntegerField(_("任意两套至多相同的题数"), default=0)
    by_weight = models.BooleanField(_("按细目表的鉴定比重分配题数"), default=True)
    aim = models.CharField(_("目标"), max_length=12, choices=Aim, default=Aim.DIFFICULTY)
    difficulty = models.PositiveSmallIntegerField(_("平均难度（预计得分率%）"), default=65)
    spread = models.PositiveSmallIntegerField(_("难度的离散（标准差%）"), default=12)
    max_uses = models.PositiveSmallIntegerField(_("只用至多使用过几次的题"), null=True, blank=True)
    rest_days = models.PositiveSmallIntegerField(_("多少天内用过的题不用"), default=0)
    # counts, sums, exclusive, together, stimulus in the form of docs/reference/assembly.md
    rules = models.JSONField(_("其他要求"), default=dict, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(forms__range=(1, 20)) & Q(spares__lte=5) & Q(minutes__gt=0)
                & Q(difficulty__range=(1, 99)),
                name="papers_blueprint_possible",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class AssemblyRun(models.Model):
    """One assembly: a long job that survives a restart.

    The problem is frozen with its seed, so that the same papers come out again. Problem and chosen
    items are sealed, and erased when the papers are sealed: they tell what is asked. The digest of
    the problem stays, here and in the ledger.
    """

    blueprint = models.ForeignKey(Blueprint, models.PROTECT, related_name="runs")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="assembly_runs")
    problem = models.BinaryField(null=True)  # sealed: pool in random order, rules, seed, shape
    digest = models.CharField(max_length=64, db_collation="C")  # of the problem in clear
    items = models.PositiveIntegerField()  # in the pool
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    phase = models.CharField(max_length=10, blank=True)  # a name in rules.assembly.Phase
    found = models.BinaryField(null=True)  # sealed: the best forms so far, lists of item codes
    objective = models.FloatField(null=True, blank=True)
    bound = models.FloatField(null=True, blank=True)
    conflict = models.JSONField(default=list, blank=True)  # rules that cannot all hold
    # Of each form: counts by kind and scope, mean difficulty; shared items. No item is named.
    comparison = models.JSONField(default=dict, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.blueprint} {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None and not self.error

    @property
    def has_forms(self) -> bool:
        """Forms were found; a run that was stopped may have some too."""
        return self.objective is not None and not self.is_running


class PaperSet(models.Model):
    """The papers of one run: parallel forms and spares, with their proofs and key holders."""

    run = models.OneToOneField(AssemblyRun, models.PROTECT, related_name="paper_set")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="paper_sets")
    title = models.CharField(_("名称"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("考试时间（分钟）"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    opens_at = models.DateTimeField(_("启封时间"), null=True, blank=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(_("作废原因"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed_at=None) | Q(opens_at__isnull=False, sealed_by__isnull=False),
                name="papers_sealed_with_a_time",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""),
                name="papers_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Paper(models.Model):
    """One form. `content` is PaperContent as JSON, always encrypted: see the module."""

    set = models.ForeignKey(PaperSet, models.PROTECT, related_name="papers")
    form = models.CharField(_("卷别"), max_length=4)  # A, B, … ; 备1, 备2, …
    is_spare = models.BooleanField(_("备用卷"), default=False)
    code = models.CharField(_("试卷编号"), max_length=60, unique=True, db_collation="C")
    content = models.BinaryField()
    digest = models.CharField(max_length=64, db_collation="C")  # of the content in clear
    questions = models.PositiveSmallIntegerField(_("题数"))
    points = models.PositiveIntegerField(_("总分"))  # hundredths

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set", "form"], name="papers_form_once"),
        ]

    def __str__(self) -> str:
        return self.code


class ProofChoice(models.TextChoices):
    PASS = "pass", _("校对无误")
    RETURN = "return", _("有问题，退回")


class Proof(models.Model):
    """One expert asked to proof the set, and what he found."""

    set = models.ForeignKey(PaperSet, models.CASCADE, related_name="proofs")
    expert = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    choice = models.CharField(max_length=6, choices=ProofChoice, blank=True)
    opinion = models.TextField(_("校对意见"), blank=True)
    faulty = models.JSONField(default=list, blank=True)  # codes of items not to be used again
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set", "expert"], name="papers_proof_once"),
            models.CheckConstraint(
                condition=Q(choice="", decided_at=None) | ~Q(choice="") & ~Q(decided_at=None),
                name="papers_proof_decided_with_a_choice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.set_id} {self.expert}"


class KeyHolder(models.Model):
    """One of the two. `public` belongs to the code that only he has seen."""

    set = models.ForeignKey(PaperSet, models.CASCADE, related_name="holders")
    place = models.PositiveSmallIntegerField()  # 1, 2
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12)  # in which he was appointed
    public = models.BinaryField(null=True)
    drawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set", "place"], name="papers_holder_place_once"),
            models.UniqueConstraint(fields=["set", "user"], name="papers_two_different_holders"),
            models.CheckConstraint(condition=Q(place__range=(1, 2)), name="papers_two_holders"),
        ]

    def __str__(self) -> str:
        return f"{self.set_id} {self.user}"


class KeyShare(models.Model):
    """Half of a paper's key, readable only with its holder's code.

    `turned` is the half again, under the installation's key, from the moment when its holder turned
    his key until the other one has turned his or the time for it is over.
    """

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="shares")
    holder = models.ForeignKey(KeyHolder, models.PROTECT, related_name="shares")
    sealed = models.BinaryField()
    turned = models.BinaryField(null=True)
    turned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "holder"], name="papers_share_once")
        ]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.holder_id}"


class Opening(models.Model):
    """Opening of one paper: where, before which two candidates, and when both keys were turned."""

    paper = models.OneToOneField(Paper, models.PROTECT, related_name="opening")
    place = models.CharField(_("启封地点"), max_length=200)
    first_witness = models.ForeignKey(Application, models.PROTECT, related_name="+")
    second_witness = models.ForeignKey(Application, models.PROTECT, related_name="+")
    envelope = models.CharField(_("封口检查"), max_length=200)  # 完好 or what was found
    reason = models.CharField(_("启用备用卷的原因"), max_length=300, blank=True)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(first_witness=F("second_witness")), name="papers_two_witnesses"
            )
        ]

    def __str__(self) -> str:
        return str(self.paper)


class Handover(models.Model):
    """A sealed paper (envelope) from one hand to the next; both sign, each in his own session."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="handovers")
    copies = models.PositiveIntegerField(_("份数"))
    envelope = models.CharField(_("封袋编号"), max_length=60)
    place = models.CharField(_("交接地点"), max_length=200)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="papers_two_hands"),
            models.CheckConstraint(condition=Q(copies__gt=0), name="papers_some_copies"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.giver} → {self.taker}"
