"""The bank: element tables, items and their versions, practical tasks, loans, uses, statistics.

What an item says is sealed (`secrecy`); what assembly needs to choose by stands in clear: point,
kind, difficulty, importance, uses, statistics. Papers and sittings are not here.
"""

from math import sqrt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.files.models import Blob
from jiangjie.orgs.models import Organisation


class Part(models.TextChoices):
    THEORY = "theory", _("理论知识")
    SKILL = "skill", _("操作技能")


class Importance(models.TextChoices):
    CORE = "X", _("X 核心")
    COMMON = "Y", _("Y 一般")
    AUXILIARY = "Z", _("Z 辅助")


class KindName(models.TextChoices):
    """The codes of rules.content.Kind with their names on screen."""

    SINGLE = "B", _("单选题")
    MULTIPLE = "G", _("多选题")
    TRUE_FALSE = "C", _("判断题")
    BLANK = "T", _("填空题")
    SHORT = "D", _("简答题")
    CALCULATION = "U", _("计算题")
    ESSAY = "W", _("论述题")
    CASE = "E", _("案例题")
    COMPOSITE = "F", _("综合题")


class State(models.TextChoices):
    """Of one version of an item, or of a task."""

    DRAFT = "draft", _("草稿")
    REVIEW = "review", _("待审")
    RETURNED = "returned", _("退回")
    READY = "ready", _("可用")
    REPLACED = "replaced", _("已被新版替代")
    RETIRED = "retired", _("停用")


class ElementTable(models.Model):
    """鉴定要素细目表 of theory: one for each standard, level and owner; editions follow each other."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="element_tables")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="element_tables")
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    edition = models.CharField(_("版次"), max_length=20)
    source = models.CharField(_("依据"), max_length=300)
    confidence = models.CharField(max_length=2, default="U")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "standard", "work_type", "level", "edition"],
                name="itembank_element_table_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.level} {self.edition}"


class Element(models.Model):
    """A row of an element table: a 范围 with its weight, or a 点 with its importance."""

    table = models.ForeignKey(ElementTable, models.CASCADE, related_name="elements")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    code = models.CharField(_("代码"), max_length=40, db_collation="C")  # whole path: A-B-C-001
    name = models.CharField(_("名称"), max_length=200)
    place = models.PositiveIntegerField()  # order in the table, parents before children
    weight = models.PositiveIntegerField(_("鉴定比重"), null=True, blank=True)  # hundredths of 1 %
    importance = models.CharField(
        _("重要程度"), max_length=1, choices=Importance, blank=True, db_collation="C"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="itembank_element_code_once"),
            models.CheckConstraint(
                condition=Q(importance="") ^ Q(weight=None),
                name="itembank_scope_weighs_point_matters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SkillTable(models.Model):
    """操作技能考核内容结构表 of one standard, level and owner."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="skill_tables")
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="skill_tables")
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"))  # ord 1-8
    edition = models.CharField(_("版次"), max_length=20)
    source = models.CharField(_("依据"), max_length=300)
    confidence = models.CharField(max_length=2, default="U")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "standard", "work_type", "level", "edition"],
                name="itembank_skill_table_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.standard} {self.level} {self.edition}"


class SkillForm(models.TextChoices):
    PRACTICE = "practice", _("实操")
    WRITTEN = "written", _("笔试")
    ORAL = "oral", _("口试")


class SkillModule(models.Model):
    """A row of the structure table. Rows with the same `choice` are 任选一; "" is 必考."""

    table = models.ForeignKey(SkillTable, models.CASCADE, related_name="modules")
    place = models.PositiveSmallIntegerField()
    function = models.CharField(_("职业功能"), max_length=100)
    work = models.CharField(_("工作内容"), max_length=200)
    choice = models.CharField(_("选考组"), max_length=20, blank=True)
    weight = models.PositiveIntegerField(_("鉴定比重"))  # hundredths of 1 %
    minutes = models.PositiveSmallIntegerField(_("考试时间（分钟）"))
    form = models.CharField(_("考核形式"), max_length=10, choices=SkillForm)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "place"], name="itembank_module_place_once")
        ]

    def __str__(self) -> str:
        return self.work


class SkillTask(models.Model):
    """One version of a practical task: notices, score sheet and vetoes, sealed."""

    module = models.ForeignKey(SkillModule, models.PROTECT, related_name="tasks")
    code = models.CharField(_("试题代码"), max_length=20, db_collation="C")
    version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(_("名称"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    sealed = models.BinaryField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField(_("审定意见"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["module", "code", "version"], name="itembank_task_version_once"
            ),
            models.CheckConstraint(
                condition=~Q(reviewer=F("author")), name="itembank_task_not_reviewed_by_author"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}.{self.version}"

    @property
    def reference(self) -> str:
        """Which task it is in the whole system: "skill/12/001.2"."""
        return f"skill/{self.module_id}/{self}"


class Bank(models.Model):
    """Items of one owner for one occupation; lent as a whole or in part."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="banks")
    name = models.CharField(_("题库名称"), max_length=100)
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="banks")
    work_type = models.CharField(_("工种"), max_length=100, blank=True)
    note = models.TextField(_("说明"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="itembank_bank_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """A question with a life: its versions say what it asks. `ready` is the version in use."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="items")
    point = models.ForeignKey(Element, models.PROTECT, related_name="items")
    kind = models.CharField(_("题型"), max_length=1, choices=KindName, db_collation="C")
    level = models.PositiveSmallIntegerField(_("等级"))  # ord, of the point's table
    number = models.PositiveIntegerField()  # serial among the kind's items at the point
    code = models.CharField(_("试题代码"), max_length=50, db_collation="C")  # B-A-B-C-001-002
    ready = models.OneToOneField(
        "ItemVersion", models.PROTECT, null=True, blank=True, related_name="ready_of"
    )
    latest = models.OneToOneField(
        "ItemVersion", models.PROTECT, null=True, blank=True, related_name="latest_of"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_reason = models.CharField(_("停用原因"), max_length=200, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "level", "code"], name="itembank_item_code_once"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | ~Q(retired_reason=""),
                name="itembank_retired_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ItemVersion(models.Model):
    """One wording of an item. Frozen once it is sent to review; a change is the next version."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("版本"))
    # Known to papers and sittings, in the whole system: "7-4/B-A-B-C-001-002.3" is version 3 of
    # an item of bank 7 at level 4.
    code = models.CharField(max_length=60, unique=True, db_collation="C")
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    sealed = models.BinaryField()  # secrecy.seal of the content's JSON
    fingerprint = models.CharField(max_length=64, db_collation="C")  # keyed; equal for equal items
    signature = models.BinaryField()  # rules.similarity, keyed: finds near-duplicates
    bands = ArrayField(models.BigIntegerField())
    parts = models.PositiveSmallIntegerField(default=1)  # sub-questions that get points
    difficulty = models.PositiveSmallIntegerField(_("难度"))  # 1 easy - 5 hard
    consistency = models.PositiveSmallIntegerField(_("一致性"), null=True, blank=True)  # 1-5
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="item_versions"
    )
    written_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField(_("审定意见"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="itembank_version_once"),
            models.CheckConstraint(
                condition=~Q(reviewer=F("author")), name="itembank_not_reviewed_by_author"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "returned", "replaced"])
                | Q(reviewer__isnull=False, reviewed_at__isnull=False),
                name="itembank_judged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(difficulty__range=(1, 5)), name="itembank_difficulty_1_to_5"
            ),
        ]
        indexes = [
            GinIndex(fields=["bands"], name="itembank_bands"),
            models.Index(fields=["state", "submitted_at"], name="itembank_queue"),
            models.Index(fields=["fingerprint"], name="itembank_fingerprint"),
        ]

    def __str__(self) -> str:
        return self.code


class Figure(models.Model):
    """A picture of a bank's items, sealed; markup names it by the digest of its clear bytes."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="figures")
    digest = models.CharField(max_length=64, db_collation="C")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")  # the sealed bytes
    media_type = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "digest"], name="itembank_figure_once")
        ]

    def __str__(self) -> str:
        return self.name


class Finding(models.TextChoices):
    OPEN = "open", _("待判断")
    DIFFERENT = "different", _("不是重复")
    ENEMIES = "enemies", _("不得同卷")
    SAME = "same", _("重复，停用其一")


class NearPair(models.Model):
    """Two items whose words are nearly the same, and what an expert found."""

    first = models.ForeignKey(Item, models.CASCADE, related_name="+")
    second = models.ForeignKey(Item, models.CASCADE, related_name="+")
    percent = models.PositiveSmallIntegerField(_("相似度"))
    finding = models.CharField(max_length=10, choices=Finding, default=Finding.OPEN)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="itembank_pair_once"),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="itembank_pair_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}~{self.second_id}"


class Loan(models.Model):
    """A bank, or a part of it, lent to another organisation on terms."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="loans")
    borrower = models.ForeignKey(Organisation, models.PROTECT, related_name="borrowed_banks")
    levels = ArrayField(models.PositiveSmallIntegerField(), default=list)  # ord; empty: all
    kinds = ArrayField(models.CharField(max_length=1), default=list)  # empty: all
    scope = models.CharField(_("范围代码"), max_length=40, blank=True, db_collation="C")
    first_day = models.DateField(_("自"))
    last_day = models.DateField(_("至"))
    max_uses = models.PositiveIntegerField(_("使用次数上限"), null=True, blank=True)
    may_read = models.BooleanField(_("可查看题目内容"), default=False)
    terms = models.TextField(_("约定"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="itembank_loan_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""),
                name="itembank_loan_ends_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} → {self.borrower}"


class ItemUse(models.Model):
    """An item version in one paper (or other occasion) of one organisation. Counted once each."""

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="uses")
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="+")  # who used it
    occasion = models.CharField(max_length=80, db_collation="C")  # ledger reference
    title = models.CharField(_("用于"), max_length=200)
    used_on = models.DateField(_("使用日期"))
    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="uses"
    )  # through which it was borrowed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "occasion"], name="itembank_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.occasion}"


class Opening(models.Model):
    """What was opened, when, by whom and for what: the detail that the ledger's event, which more
    people read, only counts and binds by a keyed digest."""

    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    reader = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    purpose = models.CharField(max_length=10)  # a value of services.reading.Purpose
    codes = ArrayField(models.CharField(max_length=60))  # of versions, sorted
    digest = models.CharField(max_length=64, db_collation="C")  # as in the event

    class Meta:
        indexes = [GinIndex(fields=["codes"], name="itembank_opened_codes")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.at:%Y-%m-%d} {len(self.codes)}"


ENOUGH = 100  # people from which statistics are more than a hint (house decision)


class ItemStatistics(models.Model):
    """What one sitting (or other source) taught of one item version."""

    version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="statistics")
    source = models.CharField(max_length=80, db_collation="C")  # ledger reference of the sitting
    title = models.CharField(_("来源"), max_length=200)
    sat_on = models.DateField(_("考试日期"))
    n = models.PositiveIntegerField(_("人数"))
    p_value = models.FloatField(_("难度（通过率）"))  # mean share of the points, 0-1
    discrimination = models.FloatField(_("区分度"), null=True, blank=True)  # corrected item-total r
    b = models.FloatField(_("难度参数b"), null=True, blank=True)  # logits
    se = models.FloatField(_("b的标准误"), null=True, blank=True)
    # The same answers under two parameters, from 200 people on: its b is another one.
    a_2pl = models.FloatField(_("双参数a"), null=True, blank=True)
    a_2pl_se = models.FloatField(_("双参数a的标准误"), null=True, blank=True)
    b_2pl = models.FloatField(_("双参数b"), null=True, blank=True)
    b_2pl_se = models.FloatField(_("双参数b的标准误"), null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "source"], name="itembank_statistics_once"),
            models.CheckConstraint(
                condition=Q(p_value__range=(0, 1)), name="itembank_p_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.source}"

    @property
    def is_few(self) -> bool:
        return self.n < ENOUGH

    @property
    def p_error(self) -> float | None:
        """Standard error of the pass rate; of items with partial points an upper bound."""
        return sqrt(self.p_value * (1 - self.p_value) / (self.n - 1)) if self.n > 1 else None

    @property
    def discrimination_error(self) -> float | None:
        """Standard error of the correlation, for samples from one normal population."""
        if self.discrimination is None or self.n < 3:
            return None
        return float((1 - self.discrimination**2) / sqrt(self.n - 1))


class ItemImport(models.Model):
    """A checked file of items: its findings, and what was taken in. The file is kept sealed."""

    bank = models.ForeignKey(Bank, models.PROTECT, related_name="imports")
    table = models.ForeignKey(ElementTable, models.PROTECT, related_name="+")
    default_point = models.ForeignKey(
        Element, models.PROTECT, null=True, blank=True, related_name="+"
    )
    form = models.CharField(_("格式"), max_length=12)  # a name in formats.FORMATS
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    found = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    faults = models.JSONField()  # {"place", "column", "code", "text", "values"}; no item's words
    losses = models.JSONField()
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.file_name
