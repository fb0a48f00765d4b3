import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("files", "0001_initial"),
        ("orgs", "0001_initial"),
        ("people", "0001_initial"),
        ("planning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("unit_name", models.CharField(max_length=200, verbose_name="单位")),
                ("department", models.CharField(blank=True, max_length=100, verbose_name="部门")),
                ("team", models.CharField(blank=True, max_length=100, verbose_name="班组")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "审核中"),
                            ("returned", "退回修改"),
                            ("rejected", "审核不通过"),
                            ("qualified", "审核通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("turn", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("regular", "正常申报"),
                            ("exception", "破格"),
                            ("skip", "越级"),
                            ("direct", "直接认定"),
                            ("theory_exempt", "免理论"),
                        ],
                        default="regular",
                        max_length=14,
                        verbose_name="申报方式",
                    ),
                ),
                (
                    "route_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="破格等理由"),
                ),
                ("facts", models.JSONField(default=dict)),
                ("verdict", models.JSONField(default=dict)),
                ("is_eligible", models.BooleanField(null=True, verbose_name="符合条件")),
                ("clause", models.CharField(blank=True, max_length=60, verbose_name="符合的条款")),
                (
                    "ticket",
                    models.CharField(
                        blank=True, db_collation="C", max_length=20, verbose_name="准考证号"
                    ),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="planning.batch",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="planning.batchline",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="people.person",
                    ),
                ),
                (
                    "photo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unit_applications",
                        to="orgs.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["batch", "state"], name="application_batch_i_57f95c_idx"),
                    models.Index(fields=["unit", "state"], name="application_unit_id_763291_idx"),
                    models.Index(
                        condition=models.Q(("turn__isnull", False)),
                        fields=["batch", "turn"],
                        name="applications_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("batch", "person"),
                        name="applications_one_a_batch",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ticket", ""), _negated=True),
                        fields=("batch", "ticket"),
                        name="applications_ticket_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), ("turn__isnull", False)),
                            models.Q(
                                models.Q(("state", "submitted"), _negated=True), ("turn", None)
                            ),
                            _connector="OR",
                        ),
                        name="applications_turn_while_under_review",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=60, verbose_name="材料")),
                ("file_name", models.CharField(max_length=200)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="applications.application",
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
        ),
        migrations.CreateModel(
            name="RosterImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("rows", models.PositiveIntegerField()),
                ("good", models.PositiveIntegerField()),
                ("faults", models.JSONField()),
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
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="planning.batch",
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
                    "marked",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.blob",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="application",
            name="roster",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="applications.rosterimport",
            ),
        ),
    ]
