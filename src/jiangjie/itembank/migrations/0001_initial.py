import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalogue", "0001_initial"),
        ("files", "0001_initial"),
        ("orgs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bank",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="题库名称")),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "occupation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="banks",
                        to="catalogue.occupation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="banks",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "name"), name="itembank_bank_name_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ElementTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("edition", models.CharField(max_length=20, verbose_name="版次")),
                ("source", models.CharField(max_length=300, verbose_name="依据")),
                ("confidence", models.CharField(default="U", max_length=2)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="element_tables",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="element_tables",
                        to="catalogue.standard",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "standard", "work_type", "level", "edition"),
                        name="itembank_element_table_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Element",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=40, verbose_name="代码")),
                ("name", models.CharField(max_length=200, verbose_name="名称")),
                ("place", models.PositiveIntegerField()),
                (
                    "weight",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="鉴定比重"),
                ),
                (
                    "importance",
                    models.CharField(
                        blank=True,
                        choices=[("X", "X 核心"), ("Y", "Y 一般"), ("Z", "Z 辅助")],
                        db_collation="C",
                        max_length=1,
                        verbose_name="重要程度",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="itembank.element",
                    ),
                ),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="elements",
                        to="itembank.elementtable",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("table", "code"), name="itembank_element_code_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("importance", ""), ("weight", None), _connector="XOR"),
                        name="itembank_scope_weighs_point_matters",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("media_type", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="figures",
                        to="itembank.bank",
                    ),
                ),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("bank", "digest"), name="itembank_figure_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("B", "单选题"),
                            ("G", "多选题"),
                            ("C", "判断题"),
                            ("T", "填空题"),
                            ("D", "简答题"),
                            ("U", "计算题"),
                            ("W", "论述题"),
                            ("E", "案例题"),
                            ("F", "综合题"),
                        ],
                        db_collation="C",
                        max_length=1,
                        verbose_name="题型",
                    ),
                ),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("number", models.PositiveIntegerField()),
                (
                    "code",
                    models.CharField(db_collation="C", max_length=50, verbose_name="试题代码"),
                ),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "retired_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="停用原因"),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="itembank.bank",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="itembank.element",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("bank", "level", "code"), name="itembank_item_code_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retired_at", None),
                            models.Q(("retired_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="itembank_retired_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form", models.CharField(max_length=12, verbose_name="格式")),
                ("file_name", models.CharField(max_length=200)),
                ("found", models.PositiveIntegerField()),
                ("good", models.PositiveIntegerField()),
                ("faults", models.JSONField()),
                ("losses", models.JSONField()),
                ("checked_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("created", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                (
                    "applied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="itembank.bank",
                    ),
                ),
                (
                    "blob",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "default_point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="itembank.element",
                    ),
                ),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="itembank.elementtable",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ItemVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("code", models.CharField(db_collation="C", max_length=60, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "待审"),
                            ("returned", "退回"),
                            ("ready", "可用"),
                            ("replaced", "已被新版替代"),
                            ("retired", "停用"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("fingerprint", models.CharField(db_collation="C", max_length=64)),
                ("signature", models.BinaryField()),
                (
                    "bands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                ("parts", models.PositiveSmallIntegerField(default=1)),
                ("difficulty", models.PositiveSmallIntegerField(verbose_name="难度")),
                (
                    "consistency",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="一致性"),
                ),
                ("written_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("opinion", models.TextField(blank=True, verbose_name="审定意见")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="item_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="itembank.item",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["bands"], name="itembank_bands"
                    ),
                    models.Index(fields=["state", "submitted_at"], name="itembank_queue"),
                    models.Index(fields=["fingerprint"], name="itembank_fingerprint"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "number"), name="itembank_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reviewer", models.F("author")), _negated=True),
                        name="itembank_not_reviewed_by_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["ready", "returned", "replaced"]), _negated=True
                            ),
                            models.Q(("reviewed_at__isnull", False), ("reviewer__isnull", False)),
                            _connector="OR",
                        ),
                        name="itembank_judged_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("difficulty__range", (1, 5))),
                        name="itembank_difficulty_1_to_5",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemStatistics",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(db_collation="C", max_length=80)),
                ("title", models.CharField(max_length=200, verbose_name="来源")),
                ("sat_on", models.DateField(verbose_name="考试日期")),
                ("n", models.PositiveIntegerField(verbose_name="人数")),
                ("p_value", models.FloatField(verbose_name="难度（通过率）")),
                ("discrimination", models.FloatField(blank=True, null=True, verbose_name="区分度")),
                ("b", models.FloatField(blank=True, null=True, verbose_name="难度参数b")),
                ("se", models.FloatField(blank=True, null=True, verbose_name="b的标准误")),
                ("a_2pl", models.FloatField(blank=True, null=True, verbose_name="双参数a")),
                (
                    "a_2pl_se",
                    models.FloatField(blank=True, null=True, verbose_name="双参数a的标准误"),
                ),
                ("b_2pl", models.FloatField(blank=True, null=True, verbose_name="双参数b")),
                (
                    "b_2pl_se",
                    models.FloatField(blank=True, null=True, verbose_name="双参数b的标准误"),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statistics",
                        to="itembank.itemversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "source"), name="itembank_statistics_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("p_value__range", (0, 1))), name="itembank_p_is_a_share"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="item",
            name="latest",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="latest_of",
                to="itembank.itemversion",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="ready",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="ready_of",
                to="itembank.itemversion",
            ),
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=1), default=list, size=None
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        blank=True, db_collation="C", max_length=40, verbose_name="范围代码"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="自")),
                ("last_day", models.DateField(verbose_name="至")),
                (
                    "max_uses",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="使用次数上限"),
                ),
                ("may_read", models.BooleanField(default=False, verbose_name="可查看题目内容")),
                ("terms", models.TextField(verbose_name="约定")),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="终止原因"),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="itembank.bank",
                    ),
                ),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="borrowed_banks",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="itembank_loan_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            models.Q(("end_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="itembank_loan_ends_with_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("occasion", models.CharField(db_collation="C", max_length=80)),
                ("title", models.CharField(max_length=200, verbose_name="用于")),
                ("used_on", models.DateField(verbose_name="使用日期")),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="itembank.itemversion",
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="itembank.loan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "occasion"), name="itembank_use_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NearPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(verbose_name="相似度")),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("open", "待判断"),
                            ("different", "不是重复"),
                            ("enemies", "不得同卷"),
                            ("same", "重复，停用其一"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="itembank.item",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="itembank.item",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="itembank_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="itembank_pair_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("edition", models.CharField(max_length=20, verbose_name="版次")),
                ("source", models.CharField(max_length=300, verbose_name="依据")),
                ("confidence", models.CharField(default="U", max_length=2)),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skill_tables",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="skill_tables",
                        to="catalogue.standard",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "standard", "work_type", "level", "edition"),
                        name="itembank_skill_table_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillModule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("function", models.CharField(max_length=100, verbose_name="职业功能")),
                ("work", models.CharField(max_length=200, verbose_name="工作内容")),
                ("choice", models.CharField(blank=True, max_length=20, verbose_name="选考组")),
                ("weight", models.PositiveIntegerField(verbose_name="鉴定比重")),
                ("minutes", models.PositiveSmallIntegerField(verbose_name="考试时间（分钟）")),
                (
                    "form",
                    models.CharField(
                        choices=[("practice", "实操"), ("written", "笔试"), ("oral", "口试")],
                        max_length=10,
                        verbose_name="考核形式",
                    ),
                ),
                (
                    "table",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="modules",
                        to="itembank.skilltable",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("table", "place"), name="itembank_module_place_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(db_collation="C", max_length=20, verbose_name="试题代码"),
                ),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "待审"),
                            ("returned", "退回"),
                            ("ready", "可用"),
                            ("replaced", "已被新版替代"),
                            ("retired", "停用"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("written_at", models.DateTimeField()),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("opinion", models.TextField(blank=True, verbose_name="审定意见")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "module",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="itembank.skillmodule",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("module", "code", "version"), name="itembank_task_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reviewer", models.F("author")), _negated=True),
                        name="itembank_task_not_reviewed_by_author",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("purpose", models.CharField(max_length=10)),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None
                    ),
                ),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["codes"], name="itembank_opened_codes"
                    )
                ],
            },
        ),
    ]
