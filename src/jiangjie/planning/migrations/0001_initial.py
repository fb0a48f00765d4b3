import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalogue", "0001_initial"),
        ("orgs", "0001_initial"),
        ("policy", "0001_initial"),
        ("procedures", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnualPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("note", models.TextField(blank=True, verbose_name="说明")),
                ("made_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "returned_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="退回理由"),
                ),
                (
                    "approved_by",
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
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("org", "year"), name="planning_one_plan_a_year")
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=30, verbose_name="批次编号")),
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("as_of", models.DateField(verbose_name="条件截止日")),
                ("apply_from", models.DateField(verbose_name="申报起始日")),
                ("apply_until", models.DateField(verbose_name="申报截止日")),
                ("exam_on", models.DateField(verbose_name="考评日期")),
                ("venue", models.CharField(max_length=300, verbose_name="考评地点")),
                ("method", models.TextField(blank=True, verbose_name="认定方案")),
                ("opened_at", models.DateTimeField()),
                ("scheme_round", models.PositiveSmallIntegerField(default=1)),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                (
                    "report_receipt",
                    models.CharField(blank=True, max_length=200, verbose_name="报备回执"),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="orgs.organisation",
                    ),
                ),
                (
                    "pack",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="policy.packversion",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="planning.annualplan",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batch",
                        to="procedures.run",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("org", "number"), name="planning_batch_number_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("apply_until__gte", models.F("apply_from")),
                            ("exam_on__gt", models.F("apply_until")),
                        ),
                        name="planning_batch_dates_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("body", models.TextField(verbose_name="正文")),
                ("contact", models.CharField(max_length=60, verbose_name="咨询电话")),
                ("supervision_phone", models.CharField(max_length=60, verbose_name="监督电话")),
                ("published_at", models.DateTimeField()),
                (
                    "published_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="announcement",
                        to="planning.batch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BatchLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("planned", models.PositiveIntegerField(default=0, verbose_name="计划人数")),
                ("frozen", models.JSONField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="planning.batch",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.standard",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("batch", "standard", "work_type", "level"),
                        name="planning_line_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work_type", models.CharField(blank=True, max_length=100, verbose_name="工种")),
                ("level", models.PositiveSmallIntegerField(verbose_name="等级")),
                ("people", models.PositiveIntegerField(verbose_name="计划人数")),
                ("month", models.PositiveSmallIntegerField(verbose_name="计划月份")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="planning.annualplan",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.standard",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "standard", "work_type", "level"),
                        name="planning_plan_line_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__range", (1, 12)), ("people__gt", 0)),
                        name="planning_plan_line_possible",
                    ),
                ],
            },
        ),
    ]
